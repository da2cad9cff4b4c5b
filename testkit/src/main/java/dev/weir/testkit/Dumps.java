package dev.weir.testkit;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.HotSpotDiagnosticMXBean.ThreadDumpFormat;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;

/** What thread dumps show. */
public final class Dumps {
    private Dumps() {}

    /** A dump of all threads, virtual ones too, as {@code jcmd Thread.dump_to_file} writes it. */
    public static String ofAllThreads() throws IOException {
        Path directory = Files.createTempDirectory("dump");
        Path file = directory.resolve("threads.txt");
        try {
            ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
                    .dumpThreads(file.toString(), ThreadDumpFormat.TEXT_PLAIN);
            return Files.readString(file);
        } finally {
            Files.deleteIfExists(file);
            Files.delete(directory);
        }
    }

    /** Waits until a thread is parked by a blocker whose whole text matches. */
    public static void awaitBlocker(Thread thread, String regex) {
        String[] last = {""};
        try {
            Call.until(() -> {
                Object blocker = LockSupport.getBlocker(thread);
                last[0] = String.valueOf(blocker);
                return last[0].matches(regex);
            });
        } catch (AssertionError never) {
            throw new AssertionError(
                    thread + " is blocked by \"" + last[0] + "\", which does not match " + regex, never);
        }
    }

    /** Waits until a dump of all threads has a thread of this name. */
    public static void awaitThread(String nameRegex) {
        String[] last = {""};
        try {
            Call.until(() -> {
                try {
                    last[0] = ofAllThreads();
                } catch (IOException failed) {
                    throw new AssertionError(failed);
                }
                return last[0].lines().anyMatch(line -> line.matches("#\\d+ \"" + nameRegex + "\".*"));
            });
        } catch (AssertionError never) {
            throw new AssertionError("no thread is named " + nameRegex + " in " + last[0], never);
        }
    }
}
