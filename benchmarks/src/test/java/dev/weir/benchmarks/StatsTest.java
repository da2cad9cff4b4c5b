package dev.weir.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class StatsTest {
    @Test
    void of_oddCount_hasTheMiddleOneAndTheSpread() {
        Stats stats = Stats.of(List.of(9.0, 1.0, 3.0));
        assertEquals(new Stats(3, stats.p10(), stats.p90(), 1, 9), stats);
        assertEquals(1.4, stats.p10(), 1e-9);
        assertEquals(7.8, stats.p90(), 1e-9);
    }

    @Test
    void of_evenCount_hasTheMeanOfTheTwoInTheMiddle() {
        Stats stats = Stats.of(List.of(100.0, 2.0, 1.0, 3.0));
        assertEquals(2.5, stats.median());
        assertEquals(70.9, stats.p90(), 1e-9);
    }

    @Test
    void of_nothing_isNoNumber() {
        assertEquals(Stats.NONE, Stats.of(List.of()));
        assertEquals(Stats.NONE, Stats.of(List.of(Double.NaN)));
    }

    @Test
    void of_whatWasNotMeasured_isLeftOut() {
        Stats stats = Stats.of(List.of(3.0, Double.NaN, 1.0));
        assertEquals(new Stats(2, stats.p10(), stats.p90(), 1, 3), stats);
    }
}
