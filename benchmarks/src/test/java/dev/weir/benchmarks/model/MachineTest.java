package dev.weir.benchmarks.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MachineTest {
    private static final int HIT = 5;
    private static final int TRANSFER = 60;
    private static final Costs COSTS = new Costs(HIT, TRANSFER, 20, 12, 1_000, 5_000);
    private static final long SEED = 7;

    private static Outcome run(Part part, int cores) {
        return Machine.run(COSTS, part, cores, 4_000, SEED);
    }

    @Test
    void oneCore_paysHitsOnly() {
        Outcome outcome = run(Counters.atomic(0), 1);

        assertEquals(HIT, outcome.nanosPerOperation(), 0.01);
        assertEquals(0, outcome.transfers());
    }

    @Test
    void oneCore_paysItsWorkToo() {
        assertEquals(100 + HIT, run(Counters.atomic(100), 1).nanosPerOperation(), 1);
    }

    @Test
    void twoCores_withWorkThatIsShorterThanATransfer_payATransferForEachOperation() {
        Outcome outcome = run(Counters.atomic(30), 2);

        assertEquals(1, outcome.transfersPerOperation(), 0.05);
    }

    @Test
    void twoCores_withoutWork_goOnUntilTheRequestIsThere() {
        Costs late = COSTS.withLines(TRANSFER, 40);
        Costs atOnce = COSTS.withLines(TRANSFER, 0);

        // 40 until the other core knows, of which 20 until the line is with it: four hits in the rest.
        assertEquals(0.25, Machine.run(late, Counters.atomic(0), 2, 4_000, SEED).transfersPerOperation(), 0.06);
        assertEquals(1, Machine.run(atOnce, Counters.atomic(0), 2, 4_000, SEED).transfersPerOperation(), 0.01);
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 16, 128})
    void oneLine_allCores_isNoFasterThanTheLineMoves(int cores) {
        Outcome few = run(Counters.atomic(0), 4);
        Outcome outcome = run(Counters.atomic(0), cores);

        assertEquals(few.nanosPerOperation(), outcome.nanosPerOperation(), 1);
        assertEquals(cores * outcome.nanosPerOperation(), outcome.nanosOfACore(), 0.01);
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 16, 128})
    void linesOfTheirOwn_scaleWithTheCores(int cores) {
        Outcome outcome = run(Counters.striped(20), cores);

        assertEquals((20.0 + HIT) / cores, outcome.nanosPerOperation(), 1.5);
        assertEquals(0, outcome.transfers());
    }

    @Test
    void onePartForEachGroup_scalesWithTheGroups() {
        double one = run(Counters.atomic(0), 8).nanosPerOperation();
        double eight = run(Counters.atomic(0).oneForEach(8), 64).nanosPerOperation();

        assertEquals(one / 8, eight, one / 40);
    }

    @Test
    void casLoop_manyCores_costsMoreThanAnAddition() {
        double added = run(Counters.atomic(0), 16).nanosPerOperation();

        assertTrue(run(Counters.casLoop(0), 16).nanosPerOperation() > added);
    }

    @Test
    void parkingLock_manyCores_endsAndIsFairEnoughToGoOn() {
        Outcome outcome = run(Counters.parkingLock(10), 16);

        assertEquals(4_000, outcome.operations());
        assertTrue(
                outcome.nanosPerOperation() > run(Counters.parkingLock(10), 1).nanosPerOperation());
    }

    @Test
    void line_thatIsRead_isSharedUntilItIsWritten() {
        Word word = new Word(0);
        Part readers = (first, cores) -> Loop.each(first, cores, core -> reading(word));

        assertTrue(run(readers, 2).transfers() <= 1);
    }

    private static Program reading(Word word) {
        return new Loop() {
            @Override
            Step at(int place, long result) {
                return switch (place) {
                    case 0 -> then(1, Step.work(10));
                    case 1 -> then(2, Step.read(word));
                    default -> then(0, Step.done());
                };
            }
        };
    }

    @Test
    void plainWrite_holdsUpTheNextAtomicOperationOnly() {
        Word other = new Word(0);
        Word own = new Word(0);
        Part part = (first, cores) ->
                List.of(writing(other, null), writing(other, null), writing(new Word(0), null), writing(other, own));
        Outcome outcome = run(part, 4);

        assertTrue(outcome.transfersPerOperation() > 0.05, outcome.toString());
        // Three cores go on without waiting, each for ten nanoseconds, though two of them write one line.
        assertTrue(outcome.nanosPerOperation() < 10.0 / 3 + 0.1, outcome.toString());
    }

    private static Program writing(Word word, Word counter) {
        return new Loop() {
            private long writes;

            @Override
            Step at(int place, long result) {
                return switch (place) {
                    case 0 -> then(1, Step.work(10));
                    case 1 -> writes++ % 8 == 0 ? then(2, Step.write(word, writes)) : then(2, Step.work(0));
                    case 2 -> counter == null ? then(0, Step.done()) : then(3, Step.add(counter, 1));
                    default -> then(0, Step.done());
                };
            }
        };
    }

    @Test
    void sameSeed_sameOutcome() {
        Part part = Parts.limiter(30, 5);

        assertEquals(run(part, 8), run(part, 8));
        assertNotEquals(run(part, 8), Machine.run(COSTS, part, 8, 4_000, SEED + 1));
    }

    @Test
    void allWait_isReported() {
        Part part = (first, cores) -> Loop.each(first, cores, core -> result -> Step.park());

        assertThrows(IllegalStateException.class, () -> run(part, 2));
    }

    @Test
    void badInput_isRefused() {
        Part part = Counters.atomic(0);

        assertThrows(IllegalArgumentException.class, () -> Machine.run(COSTS, part, 0, 1, SEED));
        assertThrows(IllegalArgumentException.class, () -> Machine.run(COSTS, part, 1, 0, SEED));
        assertThrows(IllegalArgumentException.class, () -> run(Counters.atomic(-1), 1));
        assertThrows(IllegalArgumentException.class, () -> run(Counters.atomic(Double.NaN), 1));
        assertThrows(IllegalArgumentException.class, () -> run(Parts.channel(0, 0), 1));
        assertThrows(IllegalArgumentException.class, () -> part.oneForEach(0));
        assertThrows(IllegalArgumentException.class, () -> new Costs(0, 1, 1, 1, 1, 1));
        assertThrows(IllegalArgumentException.class, () -> new Costs(1, 1, 2, 1, 1, 1));
        assertThrows(IllegalArgumentException.class, () -> new Costs(1, Double.NaN, 0, 1, 1, 1));
        assertThrows(IllegalArgumentException.class, () -> new Costs(1, 1, 1, 0, 1, 1));
        assertThrows(IllegalArgumentException.class, () -> new Costs(1, 1, 1, 1, -1, 1));
        assertThrows(IllegalArgumentException.class, () -> new Costs(1, 1, 1, 1, 1, Double.POSITIVE_INFINITY));
    }
}
