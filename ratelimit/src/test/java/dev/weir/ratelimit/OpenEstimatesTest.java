package dev.weir.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class OpenEstimatesTest {
    private final OpenEstimates open = new OpenEstimates();

    @Test
    void an_estimate_comes_back_once() {
        OpenEstimates.Entry entry = open.add(8);
        assertEquals(8, open.settle(entry));
        assertEquals(0, open.settle(entry));
        assertEquals(0, open.settle(open.add(0)));
    }

    @Test
    void one_of_its_own_keeps_its_permits_and_its_time() {
        OpenEstimates.Entry entry = OpenEstimates.alone(3, 7);
        assertEquals(3, entry.permits());
        assertEquals(7, entry.sinceNanos());
    }

    @Test
    void what_the_bucket_does_not_lack_is_dropped_from_the_oldest() {
        OpenEstimates.Entry first = open.add(5);
        OpenEstimates.Entry second = open.add(5);
        OpenEstimates.Entry third = open.add(5);
        open.lacks(15);
        open.lacks(8);
        assertEquals(0, open.settle(first));
        assertEquals(5, open.settle(third));
        open.lacks(2);
        assertEquals(2, open.settle(second));
        open.lacks(0); // of none
    }

    @Test
    void one_that_is_settled_takes_no_part_in_what_follows() {
        OpenEstimates.Entry first = open.add(5);
        OpenEstimates.Entry second = open.add(5);
        assertEquals(5, open.settle(first));
        open.lacks(5);
        assertEquals(5, open.settle(second));
    }

    @Test
    void other_units_round_down_and_saturate() {
        OpenEstimates.Entry entry = open.add(9);
        OpenEstimates.Entry small = open.add(1);
        open.rescale(2, 5);
        open.rescale(5, 5);
        open.rescale(5, 1);
        assertEquals(4, open.settle(entry));
        assertEquals(0, open.settle(small));
        OpenEstimates.Entry large = open.add(RateMath.MOST_DEBT / 4 + 1);
        OpenEstimates.Entry fits = open.add(RateMath.MOST_DEBT / 4);
        open.rescale(1, 3);
        assertEquals(RateMath.MOST_DEBT, open.settle(large));
        assertEquals(RateMath.MOST_DEBT, open.settle(fits));
    }
}
