package dev.weir.core.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** The arithmetic of adaptive limits, round by round. */
class LimitFinderTest {
    private static LimitFinder gradient(int initial) {
        return new GradientLimit(1, initial, 1_000, 0.9);
    }

    private static LimitFinder aimd(int initial) {
        return new AdditiveLimit(1, initial, 1_000, 0.9);
    }

    @Test
    void a_gradient_whose_others_cause_all_latency_keeps_what_it_has_while_it_is_idle() {
        LimitFinder finder = gradient(50);
        for (int i = 1; i <= 100_000; i++) {
            finder.succeeded(finder.round(), i, false);
        }
        assertEquals(50, finder.limit());
    }

    @Test
    void calls_of_an_earlier_round_do_not_count() {
        for (LimitFinder finder : new LimitFinder[] {gradient(50), aimd(50)}) {
            long first = finder.round();
            finder.refused(first);
            finder.refused(first);
            assertEquals(45, finder.limit());
            for (int i = 0; i < 1_000; i++) {
                finder.succeeded(first, 1, true);
            }
            assertEquals(45, finder.limit());
            finder.refused(finder.round());
            assertEquals(41, finder.limit()); // 40.5
        }
    }

    private static void round(LimitFinder finder, long nanos) {
        for (long round = finder.round(); round == finder.round(); ) {
            finder.succeeded(round, nanos, true);
        }
    }

    @Test
    void a_round_has_as_many_samples_as_the_limit_within_a_hundred_and_a_thousand() {
        for (int[] sizes : new int[][] {{1, 100}, {100, 100}, {400, 400}, {1_000_000, 1_000}}) {
            LimitFinder finder = new AdditiveLimit(1, sizes[0], 2_000_000, 0.5);
            for (int i = 1; i < sizes[1]; i++) {
                finder.succeeded(0, 1, i == 1);
            }
            assertEquals(0, finder.round());
            finder.succeeded(0, 1, false);
            assertEquals(1, finder.round());
            assertEquals(sizes[0] + 1, finder.limit());
        }
    }

    @Test
    void limits_stay_in_their_bounds() {
        for (LimitFinder finder :
                new LimitFinder[] {new GradientLimit(3, 4, 6, 0.5), new AdditiveLimit(3, 4, 6, 0.5)}) {
            for (int i = 0; i < 5; i++) {
                finder.refused(finder.round());
            }
            assertEquals(3, finder.limit());
            for (int i = 0; i < 20; i++) {
                round(finder, 1);
            }
            assertEquals(6, finder.limit());
        }
        LimitFinder largest = new GradientLimit(Integer.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE, 0.5);
        round(largest, Long.MAX_VALUE);
        round(largest, Long.MAX_VALUE);
        assertEquals(Integer.MAX_VALUE, largest.limit());
    }

    @Test
    void a_gradient_probes_at_half_the_limit_and_returns() {
        LimitFinder finder = new GradientLimit(1, 100, 100, 0.9);
        for (int rounds : new int[] {10, 50, 50}) { // the first one began with no baseline to compare with
            round(finder, 0); // a latency below what the clock resolves
            for (int i = 0; i < rounds; i++) {
                assertEquals(100, finder.limit(), "in round " + i);
                round(finder, 0);
            }
            assertEquals(50, finder.limit());
        }
        finder.refused(finder.round()); // in the probe: a part of the limit, not of its half
        assertEquals(90, finder.limit());
    }

    @Test
    void a_gradient_takes_the_ratio_of_its_latencies() {
        LimitFinder finder = gradient(100);
        round(finder, 1_000);
        round(finder, 1_000); // no queue: by the root
        assertEquals(110, finder.limit());
        round(finder, 1_250); // 110 × 0.8 + √110 / 6
        assertEquals(90, finder.limit());
        round(finder, 10_000); // half at most
        assertEquals(46, finder.limit());
        round(finder, 500); // far below: the new baseline, and no queue
        assertEquals(53, finder.limit());
        round(finder, 1_000);
        assertEquals(28, finder.limit());
        round(finder, 400); // a little below: 28.4 × 1.1 + √28.4
        assertEquals(36, finder.limit());
    }

    /** A gradient of 100 that has measured a latency of 1,000, and is about to have rounds without a probe. */
    private static LimitFinder measured() {
        LimitFinder finder = gradient(100);
        round(finder, 1_000);
        return finder;
    }

    @Test
    void rounds_in_vain_have_the_latency_measured_again() {
        LimitFinder finder = measured();
        round(finder, 2_000); // 100 × 0.5 + 10 / 6
        assertEquals(52, finder.limit());
        round(finder, 2_000);
        assertEquals(27, finder.limit());
        round(finder, 2_000); // the third: a probe at half of that
        assertEquals(14, finder.limit()); // 13.5
        round(finder, 2_000); // the new baseline
        assertEquals(27, finder.limit());
        round(finder, 2_000);
        assertEquals(32, finder.limit()); // no queue
    }

    @Test
    void a_baseline_that_is_similar_moves_by_half_the_difference() {
        LimitFinder finder = new GradientLimit(1, 100, 100, 0.9);
        round(finder, 1_000);
        for (int i = 0; i < 10; i++) {
            round(finder, 1_000);
        }
        assertEquals(50, finder.limit());
        round(finder, 1_200); // so the baseline is 1,100
        assertEquals(100, finder.limit());
        round(finder, 1_375); // 100 × 0.8 + 10 / 6
        assertEquals(82, finder.limit());
    }

    @Test
    void a_small_limit_has_half_a_permit_for_its_queue_and_small_differences_do_not_count_as_much() {
        LimitFinder finder = new GradientLimit(1, 4, 100, 0.9);
        round(finder, 1_000);
        round(finder, 1_250); // 3.2 + 0.5
        assertEquals(4, finder.limit());
        round(finder, 1_250); // 2.96 + 0.5
        assertEquals(3, finder.limit());
        for (int i = 0; i < 3; i++) {
            round(finder, 1_300); // by less than a quarter: that is no latency in vain
            assertEquals(3, finder.limit(), 1);
        }
    }

    @Test
    void a_round_that_was_not_used_measures_all_the_same() {
        LimitFinder finder = new GradientLimit(1, 100, 1_000, 0.9);
        for (int i = 0; i < 100; i++) {
            finder.succeeded(0, 1_000, false);
        }
        for (int i = 0; i < 100; i++) {
            finder.succeeded(1, 500, false);
        }
        assertEquals(100, finder.limit());
        round(finder, 1_000); // twice the baseline of that round
        assertEquals(52, finder.limit());
    }

    @Test
    void a_refusal_ends_a_round_and_a_probe() {
        LimitFinder finder = gradient(100);
        finder.refused(finder.round()); // in the first round, which measures
        assertEquals(90, finder.limit());
        round(finder, 1_000); // the next one that ends has a probe after it
        assertEquals(45, finder.limit());
        round(finder, 1_000);
        assertEquals(90, finder.limit());
        round(finder, 2_000); // 90 × 0.5 + √90 / 6
        assertEquals(47, finder.limit());
    }
}
