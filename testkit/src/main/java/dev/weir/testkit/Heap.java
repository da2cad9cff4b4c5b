package dev.weir.testkit;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Uses up all memory, in a JVM of its own with a small heap. */
public final class Heap {
    private static final Object[] NOTHING = {};
    private static final long SHORT_NANOS = 1_000_000_000;

    private static volatile Object[] hoard = NOTHING;
    private static volatile boolean full;

    private Heap() {}

    /** Runs a program in a JVM with a heap of 64 MB; returns what it prints. */
    public static String run(Class<?> program, String... arguments) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current().info().command().orElseThrow());
        command.add(arguments[0]); // the collector
        command.add("-Xmx64m");
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add(program.getName());
        command.addAll(List.of(arguments).subList(1, arguments.length));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            throw new AssertionError("does not end: " + output);
        }
        return output;
    }

    /** Throws an OutOfMemoryError, and whatever is allocated from then on does. */
    public static void fill() {
        try {
            takeAll();
        } finally {
            full = true;
        }
    }

    /** Keeps memory short for a second after it has been used up, and frees it then. */
    public static void freeAfterASecond() {
        for (long since = System.nanoTime(); !full || System.nanoTime() - since < SHORT_NANOS; ) {
            since = full ? since : System.nanoTime();
            LockSupport.parkNanos(50_000_000L);
        }
        hoard = NOTHING; // made before, as there is no memory now
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
