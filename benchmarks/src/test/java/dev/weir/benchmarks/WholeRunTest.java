package dev.weir.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class WholeRunTest {
    private final List<Integer> runs = new ArrayList<>();

    /** A hundred nanoseconds for each operation. */
    private Sample run(int operations) {
        runs.add(operations);
        return new Sample(100, 8);
    }

    private static Settings settings(Duration warmUp, Duration wholeRun) {
        Duration minute = Duration.ofMinutes(1);
        return new Settings(true, 1, minute, minute, minute, warmUp, wholeRun, Duration.ZERO, Path.of("target"));
    }

    @Test
    void lasting_warmsUpUntilARunTakesLongEnough() throws Exception {
        WholeRun trial = WholeRun.lasting(settings(Duration.ZERO, Duration.ofMillis(1)), this::run);

        trial.warmUp();
        trial.measure();

        assertEquals(List.of(1_000, 2_000, 4_000, 8_000, 10_000, 10_000, 10_000), runs);
    }

    @Test
    void lasting_warmsUpAsLongAsIsSet() throws Exception {
        WholeRun trial = WholeRun.lasting(settings(Duration.ofMillis(5), Duration.ofMillis(1)), this::run);

        trial.warmUp();

        assertEquals(List.of(1_000, 2_000, 4_000, 8_000, 10_000, 10_000, 10_000, 10_000), runs);
    }

    @Test
    void of_warmsUpAndMeasuresRunsOfTheSameNumber_untilTheyAreLongEnough() throws Exception {
        WholeRun trial = WholeRun.of(10_000, settings(Duration.ofMillis(3), Duration.ofMillis(2)), this::run);

        trial.warmUp();
        assertEquals(3, runs.size());
        assertEquals(new Sample(100, 8), trial.measure());
        assertEquals(List.of(10_000, 10_000, 10_000, 10_000, 10_000), runs);
    }

    @Test
    void timed_countsTimeAndBytesPerOperation() throws Exception {
        List<byte[]> kept = new ArrayList<>();

        Sample sample = WholeRun.timed(operations -> {
                    for (int operation = 0; operation < operations; operation++) {
                        kept.add(new byte[10_000]);
                    }
                })
                .of(1_000);

        assertEquals(1_000, kept.size());
        assertTrue(sample.bytes() >= 10_000, sample.toString());
        assertTrue(sample.nanos() > 0, sample.toString());
    }

    @Test
    void meeting_lastsUntilTheLastThreadAndTheEndAreThrough() throws Exception {
        AtomicInteger done = new AtomicInteger();
        AtomicInteger atEnd = new AtomicInteger();

        Meeting.measure(
                Meeting.virtualThreads(),
                1,
                List.of(done::incrementAndGet, done::incrementAndGet, done::incrementAndGet),
                () -> atEnd.set(done.get()));

        assertEquals(3, atEnd.get());
    }

    @Test
    void meeting_threadFails_interruptsTheOthersAndFails() {
        List<Meeting.Part> parts = List.of(
                () -> {
                    throw new IllegalArgumentException("it broke");
                },
                () -> new CountDownLatch(1).await());

        IllegalStateException failure =
                assertThrows(IllegalStateException.class, () -> Meeting.measure(Meeting.platformThreads(), 1, parts));

        assertEquals("it broke", failure.getCause().getMessage());
    }
}
