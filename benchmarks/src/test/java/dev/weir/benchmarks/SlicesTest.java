package dev.weir.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class SlicesTest {
    private final Settings quick = Settings.quick(Path.of("target"));

    @Test
    void measure_hasTheTimeForEachOperationOfAllThreads() throws Exception {
        AtomicInteger operations = new AtomicInteger();
        Slices slices = new Slices(2, false, 1_000, () -> operations::addAndGet, quick);

        slices.warmUp();
        Sample sample = slices.measure();

        assertTrue(sample.nanos() > 0, sample.toString());
        assertTrue(operations.get() > 0);
    }

    @Test
    void measure_aThreadThatFails_failsTheRound() {
        Slices slices = new Slices(
                2,
                false,
                1_000,
                () -> count -> {
                    throw new IllegalStateException("broken");
                },
                quick);

        IllegalStateException thrown = assertThrows(IllegalStateException.class, slices::measure);
        assertTrue(thrown.getMessage().contains("broken"), thrown.getMessage());
    }

    @Test
    void isWhole_ifNearlyAllTheTimeWasTheThreads() {
        assertTrue(Slices.isWhole(1_000, 950));
        assertFalse(Slices.isWhole(1_000, 850));
    }

    @Test
    void contentionModel_withoutMeasurements_isNone() {
        assertEquals(null, ContentionModel.of(new Results(java.util.List.of())));
    }
}
