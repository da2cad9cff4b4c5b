package dev.weir.pipeline;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;

/** Runs in a JVM with a small heap: functions of pipelines use all of it, and memory stays short for a second. */
final class OutOfMemoryProgram {
    private static final Object[] NOTHING = {};

    private static volatile Object[] hoard = NOTHING;
    private static volatile boolean full;

    private OutOfMemoryProgram() {}

    public static void main(String[] args) throws Exception {
        List<String> ends = new ArrayList<>();
        for (int round = 0; round < 2; round++) {
            ends.add(play());
        }
        System.out.println("ends: " + ends);
        System.exit(0);
    }

    private static String play() throws InterruptedException {
        full = false;
        CountDownLatch started = new CountDownLatch(1);
        RunningPipeline running = Pipeline.from(Flows.numbers(100))
                .mapParallel("work", 2, i -> {
                    if (i == 20) {
                        started.await();
                        fill();
                    }
                    return i;
                })
                .to("sink", i -> {})
                .start();
        while (true) {
            try {
                return end(running, started);
            } catch (OutOfMemoryError mine) {
                // memory is short here, too
            }
        }
    }

    private static String end(RunningPipeline running, CountDownLatch started) throws InterruptedException {
        started.countDown();
        for (long since = System.nanoTime(); !full || System.nanoTime() - since < 1_000_000_000L; ) {
            since = full ? since : System.nanoTime();
            LockSupport.parkNanos(50_000_000L);
        }
        hoard = NOTHING; // made before, as there is no memory now
        System.gc();
        try {
            return running.awaitCompletion(Duration.ofSeconds(10)) ? "completed" : "never ended";
        } catch (PipelineException failure) {
            return "failed";
        }
    }

    private static void fill() {
        try {
            takeAllMemory();
        } finally {
            full = true;
        }
    }

    private static void takeAllMemory() {
        Object[] chain = NOTHING;
        int size = 1 << 20;
        while (true) {
            try {
                Object[] next = new Object[size / 4];
                next[0] = chain;
                chain = next;
                hoard = chain;
            } catch (OutOfMemoryError full) {
                if (size <= 64) {
                    throw full;
                }
                size /= 4;
            }
        }
    }
}
