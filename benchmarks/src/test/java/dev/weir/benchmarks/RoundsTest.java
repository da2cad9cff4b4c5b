package dev.weir.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class RoundsTest {
    private final List<String> ran = Collections.synchronizedList(new ArrayList<>());

    private final List<String> steps = new ArrayList<>();

    private static Settings settings(int rounds, Duration newRounds, Duration newTrials, Duration trialLimit) {
        return new Settings(
                true,
                rounds,
                newRounds,
                newTrials,
                trialLimit,
                Duration.ZERO,
                Duration.ZERO,
                Duration.ZERO,
                Path.of("target"));
    }

    private static Settings settings(int rounds) {
        Duration minute = Duration.ofMinutes(1);
        return settings(rounds, minute, minute, minute);
    }

    private Entry entry(String scenario, String contender) {
        return new Entry(scenario, contender, () -> {
            ran.add(scenario + contender);
            return new Sample(ran.size(), 0);
        });
    }

    private static List<String> names(List<Entry> entries) {
        return entries.stream()
                .map(entry -> entry.scenario() + entry.contender())
                .toList();
    }

    @Test
    void order_rotatesTheContendersWithinEachScenario() {
        List<Entry> entries =
                List.of(entry("x", "A"), entry("x", "B"), entry("x", "C"), entry("y", "A"), entry("y", "B"));

        assertEquals(List.of("xA", "xB", "xC", "yA", "yB"), names(Rounds.order(entries, 0)));
        assertEquals(List.of("xB", "xC", "xA", "yB", "yA"), names(Rounds.order(entries, 1)));
        assertEquals(List.of("xC", "xA", "xB", "yA", "yB"), names(Rounds.order(entries, 2)));
    }

    @Test
    void run_interleavesTheContendersAndKeepsTheMedian() throws InterruptedException {
        Results results = Rounds.run(List.of(entry("x", "A"), entry("x", "B")), settings(3), steps::add);

        assertEquals(List.of("xA", "xB", "xB", "xA", "xA", "xB"), ran);
        assertEquals(new Stats(4, 1.6, 4.8, 1, 5), results.rows().get(0).nanos());
        assertEquals(3, results.rows().get(0).rounds());
        assertEquals(4, steps.size(), steps.toString());
        assertTrue(steps.getLast().startsWith("round 3 took "), steps.toString());
    }

    @Test
    void run_contenderFails_saysSoAndGoesOnWithTheOthers() throws InterruptedException {
        Entry broken = new Entry("x", "broken", () -> {
            throw new IllegalStateException("it broke");
        });

        Results results = Rounds.run(List.of(broken, entry("x", "A")), settings(3), steps::add);

        assertEquals(
                "java.lang.IllegalStateException: it broke",
                results.rows().get(0).failure());
        assertEquals(3, results.rows().get(1).rounds());
    }

    @Test
    void run_contenderHangs_isInterruptedAndLeftOut() throws InterruptedException {
        CountDownLatch interrupted = new CountDownLatch(1);
        Entry hanging = new Entry("x", "hanging", () -> {
            try {
                new CountDownLatch(1).await();
            } finally {
                interrupted.countDown();
            }
            return new Sample(0, 0);
        });
        List<Entry> entries = List.of(hanging, entry("x", "A"));
        Duration hour = Duration.ofHours(1);

        Results results = Rounds.run(entries, settings(2, hour, hour, Duration.ofMillis(100)), steps::add);
        int limit = 1;
        // On a slow machine also the other one may be left out, and the one that hangs may not have begun.
        while ((results.rows().get(1).rounds() < 2 || interrupted.getCount() > 0) && limit < 100) {
            results = Rounds.run(entries, settings(2, hour, hour, Duration.ofSeconds(limit)), steps::add);
            limit *= 2;
        }

        interrupted.await();
        assertTrue(results.rows().get(0).failure().startsWith("took longer than"));
        assertEquals(2, results.rows().get(1).rounds());
    }

    @Test
    void run_outOfTime_endsAfterTheFirstRound() throws InterruptedException {
        Duration minute = Duration.ofMinutes(1);

        Results results =
                Rounds.run(List.of(entry("x", "A")), settings(9, Duration.ofNanos(-1), minute, minute), steps::add);

        assertEquals(1, results.rows().get(0).rounds());
    }

    @Test
    void run_outOfTimeForTrials_breaksOffAndSaysSo() throws InterruptedException {
        Duration minute = Duration.ofMinutes(1);

        Results results =
                Rounds.run(List.of(entry("x", "A")), settings(9, minute, Duration.ofNanos(-1), minute), steps::add);

        assertEquals(List.of(), ran);
        assertEquals("out of time", results.rows().get(0).failure());
    }
}
