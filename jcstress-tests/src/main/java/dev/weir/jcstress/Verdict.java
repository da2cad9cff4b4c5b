package dev.weir.jcstress;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/**
 * Whether a run holds.
 *
 * @param failures what does not, a line each; empty if all does
 */
record Verdict(List<String> failures) {
    /** Something must be selected, a test or a control. */
    static Verdict ofSelection(Set<String> tests, Set<String> controls) {
        return new Verdict(tests.isEmpty() && controls.isEmpty() ? List.of("no test was selected") : List.of());
    }

    /** Every selected test must have results and no problem. */
    static Verdict ofTests(Set<String> selected, Collection<Observation> observations) {
        List<String> failures = new ArrayList<>();
        for (String test : selected) {
            List<Observation> own = of(test, observations);
            if (own.stream().mapToLong(Observation::count).sum() == 0) {
                failures.add(test + ": no result, so it was skipped");
            }
            own.stream()
                    .filter(observation -> observation.problem() != null)
                    .findFirst()
                    .ifPresent(bad -> failures.add(test + ": " + bad.problem()));
        }
        return new Verdict(failures);
    }

    /** Every control must have been caught in some configuration. */
    static Verdict ofControls(Set<String> controls, Collection<Observation> observations) {
        List<String> failures = new ArrayList<>();
        for (String control : controls) {
            if (of(control, observations).stream().allMatch(observation -> observation.problem() == null)) {
                failures.add(control + ": is broken on purpose, and was not caught");
            }
        }
        return new Verdict(failures);
    }

    private static List<Observation> of(String test, Collection<Observation> observations) {
        return observations.stream()
                .filter(observation -> observation.test().equals(test))
                .toList();
    }
}
