package dev.weir.benchmarks;

import dev.weir.channel.Channel;
import dev.weir.core.pool.WorkerPool;
import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.RateLimiter;
import dev.weir.ratelimit.StripedTokenBucket;
import dev.weir.ratelimit.TokenBucket;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/** What one and two threads do with something that they share, each in a loop of its own that is compiled for it. */
final class ContentionOps {
    static final String SUBMIT = "submit";
    static final String UNPARK = "unpark";
    static final int CAPACITY = 1_024;
    private static final int PLENTY = 1_000_000_000;
    private static final int WORK_ROUNDS = 32;
    private static final int FAR = 32;
    private static final int BATCH = 4_096;
    private static final Runnable NOTHING = () -> {};

    private ContentionOps() {}

    static Slices.Loop limiter() {
        return limiter(TokenBucket.builder(Rate.perSecond(PLENTY)).build());
    }

    static Slices.Loop stripedLimiter() {
        return limiter(StripedTokenBucket.builder(Rate.perSecond(PLENTY), Duration.ofMillis(1))
                .build());
    }

    private static Slices.Loop limiter(RateLimiter bucket) {
        return operations -> {
            int admitted = 0;
            for (int i = 0; i < operations; i++) {
                admitted += bucket.tryAcquire() ? 1 : 0;
            }
            check(admitted == operations);
        };
    }

    static Slices.Loop atomic() {
        AtomicLong counter = new AtomicLong();
        return operations -> {
            for (int i = 0; i < operations; i++) {
                counter.getAndIncrement();
            }
        };
    }

    /**
     * Where the word is follows from the work: or else the processor would fetch its line ahead, while it still works,
     * and a transfer would seem to cost next to nothing. There are two words, beside each other.
     */
    static Slices.Loop spacedAtomic() {
        AtomicLongArray counters = new AtomicLongArray(2 * FAR);
        return operations -> {
            long random = 1;
            for (int i = 0; i < operations; i++) {
                random = work(random);
                counters.getAndIncrement(FAR + (int) (random >>> 63));
            }
            check(random != 0);
        };
    }

    /** Some steps of a generator, each of which waits for the one before. */
    private static long work(long from) {
        long random = from;
        for (int i = 0; i < WORK_ROUNDS; i++) {
            random ^= random << 13;
            random ^= random >>> 7;
            random ^= random << 17;
        }
        return random;
    }

    static Slices.Loop casLoop() {
        AtomicLong counter = new AtomicLong();
        return operations -> {
            for (int i = 0; i < operations; i++) {
                long before = counter.get();
                while (!counter.compareAndSet(before, before + 1)) {
                    before = counter.get();
                }
            }
        };
    }

    static Slices.Loop lock() {
        ReentrantLock lock = new ReentrantLock();
        AtomicLong counter = new AtomicLong();
        return operations -> {
            for (int i = 0; i < operations; i++) {
                lock.lock();
                try {
                    counter.setPlain(counter.getPlain() + 1);
                } finally {
                    lock.unlock();
                }
            }
        };
    }

    static Slices.Loop adder() {
        LongAdder adder = new LongAdder();
        return operations -> {
            for (int i = 0; i < operations; i++) {
                adder.increment();
            }
        };
    }

    static Slices.Loop clock() {
        return operations -> {
            long last = 0;
            for (int i = 0; i < operations; i++) {
                last |= System.nanoTime();
            }
            check(last != 0);
        };
    }

    static Slices.Loop spinWait() {
        return operations -> {
            for (int i = 0; i < operations; i++) {
                Thread.onSpinWait();
            }
        };
    }

    static Slices.Loop channel() {
        Channel<Integer> channel = Channel.bounded(CAPACITY);
        return operations -> {
            Integer element = 42;
            for (int i = 0; i < operations; i++) {
                channel.send(element);
                element = channel.receive();
            }
        };
    }

    static Slices.Loop queue() {
        ArrayBlockingQueue<Integer> queue = new ArrayBlockingQueue<>(CAPACITY);
        return operations -> {
            Integer element = 42;
            for (int i = 0; i < operations; i++) {
                queue.put(element);
                element = queue.take();
            }
        };
    }

    private static void check(boolean asExpected) {
        if (!asExpected) {
            throw new IllegalStateException("it does not do what is measured");
        }
    }

    /** The calling thread submits and one worker runs, at the same time. */
    static Slices.Loop pool() {
        return new Submitting(newPool());
    }

    private static final class Submitting implements Slices.Loop {
        private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

        private final WorkerPool pool;
        private final AtomicInteger runs = new AtomicInteger();

        // Of the worker, and read after the last task of a run.
        private long startNanos;
        private long startProcessor;
        private boolean whole;

        Submitting(WorkerPool pool) {
            this.pool = pool;
        }

        @Override
        public void run(int operations) {
            int before = runs.get();
            pool.execute(() -> {
                startNanos = System.nanoTime();
                startProcessor = THREADS.getCurrentThreadCpuTime();
            });
            for (int i = 2; i < operations; i++) {
                pool.execute(NOTHING);
            }
            pool.execute(() -> {
                whole = Slices.isWhole(
                        System.nanoTime() - startNanos, THREADS.getCurrentThreadCpuTime() - startProcessor);
                runs.incrementAndGet();
            });
            while (runs.get() == before) {
                Thread.onSpinWait();
            }
        }

        @Override
        public boolean wasWhole() {
            return whole;
        }
    }

    /** Its worker ends when it has been idle for a while, so nobody has to close it. */
    private static WorkerPool newPool() {
        return WorkerPool.builder("contention")
                .minWorkers(0)
                .maxWorkers(1)
                .keepAlive(Duration.ofSeconds(1))
                .queueCapacity(2 * BATCH)
                .build();
    }

    /**
     * First all of a batch are submitted to a pool that is paused, and then its worker runs them: what each costs if
     * the other does not interfere. The time that the worker takes to wake is left out.
     */
    static Sample poolInTurns(int batches) throws Exception {
        List<Double> submits = new ArrayList<>();
        List<Double> runs = new ArrayList<>();
        try (WorkerPool pool = newPool()) {
            for (int batch = 0; batch < batches; batch++) {
                CountDownLatch over = new CountDownLatch(1);
                long[] times = new long[2];
                pool.execute(NOTHING); // so that there is a worker
                pool.pause();
                pool.execute(() -> times[0] = System.nanoTime());
                long start = System.nanoTime();
                for (int i = 2; i < BATCH; i++) {
                    pool.execute(NOTHING);
                }
                submits.add((double) (System.nanoTime() - start) / (BATCH - 2));
                pool.execute(() -> {
                    times[1] = System.nanoTime();
                    over.countDown();
                });
                pool.resume();
                over.await();
                runs.add((double) (times[1] - times[0]) / (BATCH - 1));
            }
        }
        double submit = Stats.of(submits).median();
        return new Sample(submit + Stats.of(runs).median(), Double.NaN, Map.of(SUBMIT, submit));
    }

    /** One thread wakes another that is parked. A figure says how long the call took. */
    static Sample wakeups(int wakeups) throws Exception {
        AtomicLong wokenNanos = new AtomicLong();
        AtomicInteger turn = new AtomicInteger();
        Thread sleeper = Thread.ofPlatform().daemon().start(() -> {
            for (int i = 1; i <= wakeups; i++) {
                while (turn.get() != i) {
                    LockSupport.park();
                }
                wokenNanos.set(System.nanoTime());
            }
        });
        List<Double> calls = new ArrayList<>();
        List<Double> all = new ArrayList<>();
        for (int i = 1; i <= wakeups; i++) {
            while (sleeper.getState() != Thread.State.WAITING) {
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
                Thread.onSpinWait();
            }
            wokenNanos.set(0);
            long start = System.nanoTime();
            turn.set(i);
            LockSupport.unpark(sleeper);
            calls.add((double) (System.nanoTime() - start));
            while (wokenNanos.get() == 0) {
                Thread.onSpinWait();
            }
            all.add((double) (wokenNanos.get() - start));
        }
        return new Sample(
                Stats.of(all).median(),
                Double.NaN,
                Map.of(UNPARK, Stats.of(calls).median()));
    }
}
