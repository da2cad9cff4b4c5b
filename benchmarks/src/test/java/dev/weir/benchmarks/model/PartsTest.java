package dev.weir.benchmarks.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PartsTest {
    private static final int HIT = 5;
    private static final Costs COSTS = new Costs(HIT, 60, 20, 12, 1_000, 5_000);

    private static Outcome run(Part part, int cores) {
        return Machine.run(COSTS, part, cores, 4_000, 3);
    }

    @Test
    void oneCore_paysAHitForEachCompareAndSet_andItsWork() {
        assertEquals(30 + 4 + HIT, run(Parts.limiter(30, 4), 1).nanosPerOperation(), 1);
        assertEquals(20 + 2 * HIT, run(Parts.channel(20, 1_024), 1).nanosPerOperation(), 1);
        assertEquals(10 + 15 + 2 * HIT, run(Parts.pool(10, 15, 1_024), 1).nanosPerOperation(), 1);
    }

    @Test
    void limiter_moreCores_losesAndPauses_butNeverStandsStill() {
        double last = run(Parts.limiter(30, 4), 2).nanosPerOperation();
        Outcome many = run(Parts.limiter(30, 4), 64);

        assertTrue(many.nanosPerOperation() > last / 2, many.toString());
        assertTrue(many.transfersPerOperation() >= 1, many.toString());
    }

    @Test
    void stripedLimiter_moreCores_doMoreInTheSameTime() {
        Outcome one = run(Parts.stripedLimiter(30, 30, 4, 256), 1);
        Outcome many = run(Parts.stripedLimiter(30, 30, 4, 256), 64);

        assertEquals(30, one.nanosPerOperation(), 1);
        assertEquals(30.0 / 64, many.nanosPerOperation(), 0.3);
        assertTrue(many.transfersPerOperation() < 0.1, many.toString());
    }

    @Test
    void channel_twoCores_moveBothEndsAndTheSlots() {
        Outcome outcome = run(Parts.channel(20, 1_024), 2);

        assertTrue(outcome.transfersPerOperation() >= 2, outcome.toString());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void channel_smallCapacity_goesOn(int capacity) {
        assertEquals(4_000, run(Parts.channel(20, capacity), 4).operations());
    }

    @Test
    void pool_slowWorkers_setThePace() {
        double nanos = run(Parts.pool(5, 195, 64), 2).nanosPerOperation();

        assertTrue(nanos >= 195 && nanos <= 195 + 3 * 60, "" + nanos); // a submitter that looks for room takes lines
    }

    @Test
    void pool_slowSubmitters_setThePace() {
        assertTrue(run(Parts.pool(500, 5, 64), 2).nanosPerOperation() >= 495);
    }

    @Test
    void calibration_findsTheLinesOfTheMachineThatWasMeasured() {
        Costs known = COSTS.withLines(0, 0);
        double withWork = run(Counters.atomic(60), 2).nanosPerOperation();
        double withoutWork = run(Counters.atomic(0), 2).nanosPerOperation();

        Costs found = Calibration.fit(known, 60, withWork, withoutWork);

        assertEquals(
                withWork, Machine.run(found, Counters.atomic(60), 2, 4_000, 9).nanosPerOperation(), 3);
        assertEquals(
                withoutWork, Machine.run(found, Counters.atomic(0), 2, 4_000, 9).nanosPerOperation(), 3);
        assertEquals(COSTS.transfer(), found.transfer(), 15);
    }
}
