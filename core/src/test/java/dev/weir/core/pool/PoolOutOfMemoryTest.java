package dev.weir.core.pool;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.testkit.ForkedJvm;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A pool whose JVM is out of memory for a moment: it ends, and no future is lost. */
@Timeout(240) // its JVM is killed after three minutes
class PoolOutOfMemoryTest {
    private static String run(String heap, String scenario) throws Exception {
        return ForkedJvm.run(
                List.of("-XX:+UseSerialGC", heap, "-Dorg.slf4j.simpleLogger.defaultLogLevel=off"),
                OutOfMemoryProgram.class,
                scenario);
    }

    @Test
    void a_stop_without_memory_for_a_report_ends_the_pool() throws Exception {
        String output = run("-Xmx96m", "stop");
        assertTrue(
                output.endsWith("ends: stopped without a report, ended, lost 0, abandoned 1000001\n"),
                output.lines().skip(Math.max(0, output.lines().count() - 5)).toList()::toString);
    }

    @Test
    void a_stop_after_a_start_without_memory_ends_the_pool() throws Exception {
        String output = run("-Xmx400m", "strand");
        assertTrue(
                output.contains("ends: not resumed, left 1000001, ended, lost 0"),
                output.lines().skip(Math.max(0, output.lines().count() - 5)).toList()::toString);
    }

    @Test
    void a_worker_that_dies_takes_no_task_with_it() throws Exception {
        String output = run("-Xmx32m", "die");
        assertTrue(
                output.contains("ends: " + "ended, lost 0; ".repeat(5)),
                output.lines().skip(Math.max(0, output.lines().count() - 5)).toList()::toString);
    }
}
