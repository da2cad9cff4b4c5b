package dev.weir.testkit;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** Uses up all memory, in a JVM of its own with a small heap. */
public final class Heap {
    private static final Object[] NOTHING = {};
    private static final long SHORT_NANOS = 1_000_000_000;

    private static volatile Object[] hoard = NOTHING;
    private static volatile boolean full;
    private static volatile boolean watched;

    private Heap() {}

    /** Runs a program in a JVM with a heap of 64 MB; returns what it prints. */
    public static String run(Class<?> program, String... arguments) throws Exception {
        String[] others = Arrays.copyOfRange(arguments, 1, arguments.length);
        return ForkedJvm.run(List.of(arguments[0], "-Xmx64m"), program, others); // the first is the collector
    }

    /**
     * Throws an OutOfMemoryError, and whatever is allocated from then on does. Waits first for the thread that frees
     * memory again: what that does before must not find memory short.
     */
    public static void fill() {
        while (!watched) {
            LockSupport.parkNanos(1_000_000L);
        }
        try {
            takeAll();
        } finally {
            full = true;
        }
    }

    /** Keeps memory short for a second after it has been used up, and frees it then. */
    public static void freeAfterASecond() {
        watched = true;
        for (long since = System.nanoTime(); !full || System.nanoTime() - since < SHORT_NANOS; ) {
            since = full ? since : System.nanoTime();
            LockSupport.parkNanos(50_000_000L);
        }
        hoard = NOTHING; // made before, as there is no memory now
        watched = false;
        full = false;
        System.gc();
    }

    private static void takeAll() {
        Object[] chain = NOTHING;
        int size = 1 << 20;
        while (true) {
            try {
                Object[] next = new Object[size / 4];
                next[0] = chain;
                chain = next;
                hoard = chain;
            } catch (OutOfMemoryError error) {
                if (size <= 64) {
                    throw error;
                }
                size /= 4;
            }
        }
    }
}
