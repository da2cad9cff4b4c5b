package dev.weir.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class ResultsTest {
    private final Results results = new Results(List.of(
            row("one", Entry.WEIR, 10, 0),
            row("one", "A", 20, 8),
            row("one", "B", 5, 8),
            row("two", Entry.WEIR, 30, 2),
            row("two", "A", 10, 8),
            Row.failed(new Entry("two", "B", () -> new Sample(0, 0)), "broken")));

    static Row row(String scenario, String contender, double nanos, double bytes) {
        return Row.of(
                new Entry(scenario, contender, () -> new Sample(nanos, bytes)), List.of(new Sample(nanos, bytes)));
    }

    @Test
    void worstRatio_severalPeers_isBesideTheFastestInTheWorstScenario() {
        assertEquals(
                new Figure(3, "two, beside A"),
                results.worstRatio(List.of("one", "two"), Entry.WEIR, List.of("A", "B")));
        assertEquals(new Figure(2, "one, beside B"), results.worstRatio(List.of("one"), Entry.WEIR, List.of("A", "B")));
    }

    @Test
    void worstNanosAndBytes_areThoseOfTheWorstScenario() {
        assertEquals(new Figure(30, "two"), results.worstNanos(List.of("one", "two"), Entry.WEIR));
        assertEquals(new Figure(2, "two"), results.worstBytes(List.of("one", "two"), Entry.WEIR));
    }

    @Test
    void widestSpread_isWhereTheSlowRoundsAreFarthestFromTheMedian() {
        Entry narrow = new Entry("narrow", Entry.WEIR, () -> new Sample(0, 0));
        Entry wide = new Entry("wide", Entry.WEIR, () -> new Sample(0, 0));
        Entry rests = new Entry("takes no time", Entry.WEIR, () -> new Sample(0, 0));
        Results spread = new Results(List.of(
                Row.of(rests, List.of(new Sample(0, 0))),
                Row.of(narrow, List.of(new Sample(100, 0), new Sample(110, 0))),
                Row.of(wide, List.of(new Sample(10, 0), new Sample(10, 0), new Sample(20, 0)))));
        assertEquals(new Figure(1.8, "wide"), spread.widestSpread(Entry.WEIR));
        assertTrue(Double.isNaN(spread.widestSpread("nobody").value()));
    }

    @Test
    void worst_somethingIsNotMeasured_isNoNumber() {
        assertTrue(Double.isNaN(results.worstNanos(List.of("one", "two"), "B").value()));
        assertTrue(Double.isNaN(
                results.worstRatio(List.of("one", "two"), Entry.WEIR, "B").value()));
        assertTrue(Double.isNaN(
                results.worstRatio(List.of("three"), Entry.WEIR, List.of("A")).value()));
    }
}
