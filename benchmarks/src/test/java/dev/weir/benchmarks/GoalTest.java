package dev.weir.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.benchmarks.Goal.Unit;
import org.junit.jupiter.api.Test;

class GoalTest {
    @Test
    void line_figureWithinTheTarget_isMet() {
        assertEquals(
                "goal round trip: 0.931× at submit, beside FJP (target ≤ 1.000×) met",
                Goal.atMost("round trip", new Figure(0.931, "submit, beside FJP"), 1, Unit.RATIO)
                        .line());
        assertEquals(
                "goal speed: 5.000× (target ≥ 5.000×) met",
                Goal.atLeast("speed", new Figure(5, ""), 5, Unit.RATIO).line());
    }

    @Test
    void line_figureBeyondTheTarget_isMissed() {
        assertEquals(
                "goal time: 40.1 ns (target ≤ 40.0 ns) missed",
                Goal.atMost("time", new Figure(40.1, ""), 40, Unit.NANOS).line());
        assertEquals(
                "goal speed: 4.990× (target ≥ 5.000×) missed",
                Goal.atLeast("speed", new Figure(4.99, ""), 5, Unit.RATIO).line());
    }

    @Test
    void line_nothingMeasured_isMissed() {
        assertEquals(
                "goal time: not measured (target ≤ 40.0 ns) missed",
                Goal.atMost("time", Figure.NONE, 40, Unit.NANOS).line());
        assertEquals(
                "goal speed: not measured (target ≥ 5.000×) missed",
                Goal.atLeast("speed", Figure.NONE.inverse(), 5, Unit.RATIO).line());
    }

    @Test
    void met_figureIsComparedAsItIsPrinted() {
        assertEquals(
                "goal heap: 0.0 B (target ≤ 0.0 B) met",
                Goal.atMost("heap", new Figure(0.04, ""), 0, Unit.BYTES).line());
        assertEquals(
                "goal heap: 0.1 B (target ≤ 0.0 B) missed",
                Goal.atMost("heap", new Figure(0.06, ""), 0, Unit.BYTES).line());
        assertEquals(
                "goal wait: 1.041× (target ≤ 1.040×) missed",
                Goal.atMost("wait", new Figure(1.0406, ""), 1.04, Unit.RATIO).line());
    }
}
