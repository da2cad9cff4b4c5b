package dev.weir.core.pool;

import dev.weir.testkit.Heap;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Runs in a JVM with a small heap, in which there is no memory for a list of all tasks of a pool. */
final class OutOfMemoryProgram {
    /** A list of them takes some 28 MB. */
    private static final int MANY = 1_000_000;

    private static final int LEFT_BYTES = 2 << 20;

    private OutOfMemoryProgram() {}

    public static void main(String[] args) throws Exception {
        String end = switch (args[0]) {
            case "stop" -> stop();
            case "strand" -> strand();
            case "die" -> die();
            default -> throw new IllegalArgumentException(args[0]);
        };
        System.out.println("ends: " + end);
        System.exit(0);
    }

    /** What remains is too little for a list, and enough for all else. */
    private static List<byte[]> hoard() {
        List<byte[]> hoard = new ArrayList<>(1 << 20);
        try {
            while (true) {
                hoard.add(new byte[1 << 16]);
            }
        } catch (OutOfMemoryError full) {
            for (int freed = 0; freed < LEFT_BYTES; freed += 1 << 16) {
                hoard.removeLast();
            }
        }
        return hoard;
    }

    private static WorkerPool fullPool(WorkerPoolBuilder builder, List<Future<?>> futures) {
        WorkerPool pool = builder.queueCapacity(MANY + 10).build();
        Runnable task = () -> {};
        futures.add(pool.submit(task));
        for (int i = 0; i < MANY; i++) {
            pool.execute(task);
        }
        futures.add(pool.submit(task));
        return pool;
    }

    /** A stop for which there is no memory. */
    private static String stop() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        List<Future<?>> futures = new ArrayList<>();
        WorkerPoolBuilder builder = WorkerPool.builder("full").maxWorkers(1);
        WorkerPool pool = builder.queueCapacity(MANY + 10).build();
        futures.add(pool.submit(() -> {
            begun.countDown();
            never.await();
            return null;
        }));
        begun.await();
        Runnable task = () -> System.out.println("a task ran after the stop");
        for (int i = 0; i < MANY; i++) {
            pool.execute(task);
        }
        futures.add(pool.submit(task));
        List<byte[]> hoard = hoard();
        String stopped;
        try {
            pool.shutdownNow();
            stopped = "stopped";
        } catch (OutOfMemoryError expected) {
            stopped = "stopped without a report";
        }
        hoard.clear();
        boolean ended = pool.awaitTermination(60, TimeUnit.SECONDS);
        return stopped + (ended ? ", ended" : ", did not end") + allEnd(futures) + ", abandoned "
                + pool.metrics().abandoned();
    }

    /** No thread can be started, and there is no memory to cancel what waits for one. */
    private static String strand() throws Exception {
        List<Future<?>> futures = new ArrayList<>();
        WorkerPool pool = WorkerPool.builder("stranded")
                .maxWorkers(1)
                .queueCapacity(MANY + 10)
                .threadFactory(work -> null)
                .failureHandler((task, failure) -> {})
                .build();
        pool.pause();
        Runnable task = () -> {};
        for (int i = 0; i < MANY; i++) {
            pool.execute(task);
        }
        futures.add(pool.submit(task));
        List<byte[]> hoard = hoard();
        String resumed = "resumed";
        try {
            pool.resume();
        } catch (OutOfMemoryError expected) {
            resumed = "not resumed";
        }
        hoard.clear();
        List<Runnable> left = pool.shutdownNow();
        boolean ended = pool.awaitTermination(60, TimeUnit.SECONDS);
        return resumed + ", left " + left.size() + (ended ? ", ended" : ", did not end") + allEnd(futures);
    }

    /** Memory ends while workers take tasks, and comes back. */
    private static String die() throws Exception {
        StringBuilder all = new StringBuilder();
        for (int round = 0; round < 5; round++) {
            WorkerPool pool = WorkerPool.builder("dying").maxWorkers(2).build();
            CountDownLatch gate = new CountDownLatch(1);
            List<Future<?>> futures = new ArrayList<>();
            for (int i = 0; i < 400; i++) {
                futures.add(pool.submit(() -> {
                    gate.await();
                    return new byte[100];
                }));
            }
            Thread freeing = new Thread(Heap::freeAfterASecond);
            freeing.start();
            try {
                Heap.fill();
            } catch (OutOfMemoryError full) {
                gate.countDown();
            }
            freeing.join();
            while (true) {
                try {
                    pool.shutdown();
                    break;
                } catch (OutOfMemoryError again) {
                    // somebody has not let go yet
                }
            }
            boolean ended = pool.awaitTermination(60, TimeUnit.SECONDS);
            if (!ended) {
                describe(pool);
            }
            all.append(ended ? "ended" : "did not end").append(allEnd(futures)).append("; ");
        }
        return all.toString();
    }

    /** For whoever has to find out why it did not end. */
    private static void describe(WorkerPool pool) {
        System.out.println(pool.metrics());
        Thread.getAllStackTraces().forEach((thread, stack) -> {
            System.out.println(thread);
            for (StackTraceElement frame : stack) {
                System.out.println("    " + frame);
            }
        });
    }

    private static String allEnd(List<Future<?>> futures) throws InterruptedException {
        int lost = 0;
        for (Future<?> future : futures) {
            try {
                future.get(lost == 0 ? 60_000 : 1, TimeUnit.MILLISECONDS);
            } catch (TimeoutException never) {
                System.out.println("lost: " + future);
                lost++;
            } catch (Exception end) {
                // an end as good as any
            }
        }
        return ", lost " + lost;
    }
}
