package dev.weir.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class StatsTest {
    @Test
    void of_oddCount_hasTheMiddleOneAndTheSpread() {
        assertEquals(new Stats(3, 1, 9), Stats.of(List.of(9.0, 1.0, 3.0)));
    }

    @Test
    void of_evenCount_hasTheMeanOfTheTwoInTheMiddle() {
        assertEquals(new Stats(2.5, 1, 100), Stats.of(List.of(100.0, 2.0, 1.0, 3.0)));
    }

    @Test
    void of_nothing_isNoNumber() {
        assertEquals(Stats.NONE, Stats.of(List.of()));
        assertEquals(Stats.NONE, Stats.of(List.of(Double.NaN)));
    }

    @Test
    void of_whatWasNotMeasured_isLeftOut() {
        assertEquals(new Stats(2, 1, 3), Stats.of(List.of(3.0, Double.NaN, 1.0)));
    }
}
