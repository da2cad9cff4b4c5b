package dev.weir.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Which element is in which window. */
class WindowsTest {
    @Test
    void a_window_holds_what_comes_from_its_beginning_on_and_before_its_end() {
        Windows windows = new Windows(1_000, 10, 10);
        assertTrue(windows.isEmpty());
        assertFalse(windows.isOver(2_000), "there is none");
        windows.add("first", 1_000);
        windows.add("last", 1_009);
        assertFalse(windows.isEmpty());
        assertEquals(1_010, windows.endNanos());
        assertFalse(windows.isOver(1_009));
        assertTrue(windows.isOver(1_010));
        assertEquals(List.of("first", "last"), windows.items());
        assertEquals(List.of("first", "last"), windows.slide());
        assertTrue(windows.isEmpty());
        windows.add("next", 1_010);
        assertEquals(1_020, windows.endNanos());
        assertEquals(List.of("next"), windows.items());
    }

    @Test
    void windows_without_items_are_skipped_and_the_ends_stay_where_they_were() {
        Windows windows = new Windows(0, 10, 10);
        windows.add("a", 57);
        assertEquals(60, windows.endNanos());
        assertEquals(List.of("a"), windows.slide());
        windows.add("b", 1_234_567);
        assertEquals(1_234_570, windows.endNanos());
    }

    @Test
    void an_item_leaves_a_sliding_window_a_size_after_it_came() {
        Windows windows = new Windows(0, 30, 10);
        windows.add("at 5", 5);
        assertEquals(List.of(), windows.slide());
        windows.add("at 10", 10);
        assertEquals(List.of(), windows.slide());
        assertEquals(List.of("at 5", "at 10"), windows.items());
        assertEquals(List.of("at 5"), windows.slide(), "the next window begins at 10");
        assertEquals(List.of("at 10"), windows.items());
        assertEquals(List.of("at 10"), windows.slide());
    }

    @Test
    void only_elements_of_no_window_are_unreported() {
        Windows windows = new Windows(0, 30, 10);
        assertFalse(windows.hasUnreported());
        windows.add("old", 0);
        assertTrue(windows.hasUnreported());
        windows.slide();
        assertFalse(windows.hasUnreported(), "it was in the window that is over");
        windows.add("new", 10);
        assertTrue(windows.hasUnreported());
    }

    @Test
    void the_wrap_of_the_clock_changes_nothing() {
        long start = Long.MAX_VALUE - 14;
        Windows windows = new Windows(start, 20, 10);
        windows.add("before", start + 9);
        assertEquals(start + 10, windows.endNanos());
        assertFalse(windows.isOver(start + 9));
        assertTrue(windows.isOver(start + 10));
        assertEquals(List.of(), windows.slide());
        windows.add("after", start + 15);
        assertEquals(Long.MIN_VALUE + 5, windows.endNanos());
        assertFalse(windows.isOver(Long.MAX_VALUE));
        assertFalse(windows.isOver(start + 19));
        assertTrue(windows.isOver(start + 20));
        assertEquals(List.of("before", "after"), windows.items());
        assertEquals(List.of("before"), windows.slide());
        assertEquals(List.of("after"), windows.slide());
    }

    @Test
    void the_longest_windows_do_not_overflow() {
        long longest = Long.MAX_VALUE / 3; // as Pipeline clamps them
        Windows windows = new Windows(Long.MAX_VALUE, longest, longest);
        windows.add("a", Long.MAX_VALUE + 5);
        assertFalse(windows.isOver(Long.MAX_VALUE + longest - 1));
        assertTrue(windows.isOver(Long.MAX_VALUE + longest));
        assertEquals(List.of("a"), windows.slide());
    }

    /** For any times: window k holds what came from {@code (k+1) slide - size} on and before {@code (k+1) slide}. */
    @Test
    void every_item_is_in_each_window_whose_period_it_came_in() {
        long seed = System.nanoTime();
        System.out.println("WindowsTest seed " + seed);
        Random random = new Random(seed);
        for (int round = 0; round < 2_000; round++) {
            long slide = 1 + random.nextInt(20);
            long size = slide + random.nextInt(50);
            long start = random.nextBoolean() ? random.nextLong() : Long.MAX_VALUE - random.nextInt(200);
            Windows windows = new Windows(start, size, slide);
            List<Long> came = new ArrayList<>();
            List<List<Object>> lists = new ArrayList<>();
            int gone = 0;
            long since = 0;
            for (int i = 0; i < 30; i++) {
                since += random.nextInt(random.nextInt(10) == 0 ? 200 : 10);
                gone += takeOver(windows, start + since, lists);
                windows.add(since, start + since);
                came.add(since);
            }
            gone += takeOver(windows, start + since + size + slide, lists);
            String what = "seed " + seed + ", round " + round;
            assertEquals(came.size(), gone, what);
            assertEquals(expected(came, size, slide), lists, what);
        }
    }

    private static int takeOver(Windows windows, long now, List<List<Object>> lists) {
        int gone = 0;
        while (windows.isOver(now)) {
            lists.add(windows.items());
            gone += windows.slide().size();
        }
        return gone;
    }

    private static List<List<Long>> expected(List<Long> came, long size, long slide) {
        List<List<Long>> lists = new ArrayList<>();
        for (long end = slide; end <= came.getLast() + size + slide; end += slide) {
            long before = end;
            List<Long> in = came.stream()
                    .filter(since -> since >= before - size && since < before)
                    .toList();
            if (!in.isEmpty()) {
                lists.add(in);
            }
        }
        return lists;
    }
}
