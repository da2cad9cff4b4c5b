package dev.weir.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Lets threads start at once and measures until all have ended. Their own start is not measured. One that fails
 * interrupts the others and fails the run.
 */
final class Meeting {
    /** What one thread does. */
    @FunctionalInterface
    interface Part {
        void run() throws Exception;
    }

    private final CountDownLatch gate = new CountDownLatch(1);
    private final CountDownLatch ready;
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final List<Thread> threads = new ArrayList<>();

    private Meeting(ThreadFactory factory, List<? extends Part> parts) {
        ready = new CountDownLatch(parts.size());
        for (Part part : parts) {
            threads.add(factory.newThread(() -> take(part)));
        }
    }

    static ThreadFactory platformThreads() {
        return Thread.ofPlatform().daemon().name("part-", 0).factory();
    }

    static ThreadFactory virtualThreads() {
        return Thread.ofVirtual().name("part-", 0).factory();
    }

    /** Runs the parts on threads of their own. */
    static Sample measure(ThreadFactory factory, int operations, List<? extends Part> parts) throws Exception {
        return measure(factory, operations, parts, () -> {});
    }

    /** Runs the parts on threads of their own, and then the end, which is measured, too. */
    static Sample measure(ThreadFactory factory, int operations, List<? extends Part> parts, Part end)
            throws Exception {
        return new Meeting(factory, parts).run(operations, end);
    }

    /** Virtual threads that have begun and wait. */
    static List<Thread> waiting(int count, Runnable body) throws InterruptedException {
        List<Thread> threads = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            threads.add(virtualThreads().newThread(body));
        }
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            while (thread.getState() != Thread.State.WAITING) {
                Thread.sleep(1);
            }
        }
        return threads;
    }

    private Sample run(int operations, Part end) throws Exception {
        threads.forEach(Thread::start);
        try {
            ready.await();
            return WholeRun.timed(ignored -> {
                        gate.countDown();
                        for (Thread thread : threads) {
                            thread.join();
                        }
                        if (failure.get() != null) {
                            throw new IllegalStateException("a thread failed: " + failure.get(), failure.get());
                        }
                        end.run();
                    })
                    .of(operations);
        } finally {
            threads.forEach(Thread::interrupt);
        }
    }

    private void take(Part part) {
        ready.countDown();
        try {
            gate.await();
            part.run();
        } catch (Throwable thrown) {
            failure.compareAndSet(null, thrown);
            threads.forEach(Thread::interrupt);
        }
    }
}
