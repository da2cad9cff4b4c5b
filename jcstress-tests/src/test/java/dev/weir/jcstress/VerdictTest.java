package dev.weir.jcstress;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.openjdk.jcstress.infra.runners.TestList;

class VerdictTest {
    private static final Observation GOOD = new Observation("a", 1_000, null);
    private static final Observation FORBIDDEN = new Observation("a", 1_000, "forbidden: -1");

    @Test
    void a_test_with_results_and_no_problem_passes() {
        assertEquals(
                List.of(), Verdict.ofTests(Set.of("a"), List.of(GOOD, GOOD)).failures());
    }

    @Test
    void an_empty_selection_fails() {
        assertEquals(
                List.of("no test was selected"),
                Verdict.ofSelection(Set.of(), Set.of()).failures());
        assertEquals(List.of(), Verdict.ofSelection(Set.of("a"), Set.of()).failures());
        assertEquals(List.of(), Verdict.ofSelection(Set.of(), Set.of("a")).failures());
    }

    @Test
    void a_skipped_test_fails() {
        assertEquals(
                List.of("b: no result, so it was skipped"),
                Verdict.ofTests(Set.of("b"), List.of(GOOD)).failures());
        assertEquals(
                1,
                Verdict.ofTests(Set.of("a"), List.of(new Observation("a", 0, null)))
                        .failures()
                        .size());
    }

    @Test
    void one_forbidden_result_among_good_ones_fails() {
        assertEquals(
                List.of("a: forbidden: -1"),
                Verdict.ofTests(Set.of("a"), List.of(GOOD, FORBIDDEN, GOOD)).failures());
    }

    @Test
    void a_control_must_be_caught_somewhere() {
        assertEquals(
                List.of(),
                Verdict.ofControls(Set.of("a"), List.of(GOOD, FORBIDDEN)).failures());
        assertEquals(
                List.of("a: is broken on purpose, and was not caught"),
                Verdict.ofControls(Set.of("a"), List.of(GOOD)).failures());
    }

    @Test
    void tests_and_controls_are_found() {
        assertTrue(TestList.tests().stream().anyMatch(test -> test.contains(".control.")));
        assertTrue(TestList.tests().stream().anyMatch(test -> !test.contains(".control.")));
    }
}
