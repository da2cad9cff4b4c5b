package dev.weir.core.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.weir.core.internal.PlacedHeap.Side;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A heap beside a list that is looked through. */
class PlacedHeapTest {
    private static final class Ranked implements PlacedHeap.Element {
        final int[] places = {NOWHERE, NOWHERE};
        int rank;

        Ranked(int rank) {
            this.rank = rank;
        }

        @Override
        public int place(Side side) {
            return places[side.ordinal()];
        }

        @Override
        public void place(Side side, int index) {
            places[side.ordinal()] = index;
        }
    }

    private static final Comparator<Ranked> LOWEST = (a, b) -> Integer.compare(a.rank, b.rank);
    private static final Comparator<Ranked> HIGHEST = (a, b) -> Integer.compare(b.rank, a.rank);

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void two_heaps_of_the_same_elements_agree_with_a_list(long seed) {
        Random random = new Random(seed);
        PlacedHeap<Ranked> lowest = new PlacedHeap<>(Side.NEXT, LOWEST);
        PlacedHeap<Ranked> highest = new PlacedHeap<>(Side.VICTIM, HIGHEST);
        List<Ranked> model = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            switch (random.nextInt(model.size() > 200 ? 4 : 6)) {
                case 0 -> model.remove(pollBoth(lowest, highest));
                case 1 -> model.remove(pollBoth(highest, lowest));
                case 2 -> {
                    if (!model.isEmpty()) {
                        Ranked some = model.remove(random.nextInt(model.size()));
                        lowest.remove(some);
                        highest.remove(some);
                        lowest.remove(some); // once more does nothing
                    }
                }
                case 3 -> {
                    if (!model.isEmpty()) {
                        Ranked some = model.get(random.nextInt(model.size()));
                        some.rank = random.nextInt(100);
                        lowest.moved(some);
                        highest.moved(some);
                    }
                }
                default -> {
                    Ranked added = new Ranked(random.nextInt(100));
                    model.add(added);
                    lowest.add(added);
                    highest.add(added);
                }
            }
            assertEquals(model.size(), lowest.size());
            assertEquals(model.size(), highest.size());
            assertEquals(
                    model.stream().mapToInt(each -> each.rank).min().orElse(-1), rank(lowest.peek()), "seed " + seed);
            assertEquals(
                    model.stream().mapToInt(each -> each.rank).max().orElse(-1), rank(highest.peek()), "seed " + seed);
        }
        assertEquals(new HashSet<>(model), new HashSet<>(lowest.all()));
    }

    private static int rank(Ranked element) {
        return element == null ? -1 : element.rank;
    }

    private static Ranked pollBoth(PlacedHeap<Ranked> from, PlacedHeap<Ranked> other) {
        Ranked first = from.poll();
        if (first != null) {
            other.remove(first);
        }
        return first;
    }

    @Test
    void a_heap_that_is_cleared_takes_its_elements_again() {
        PlacedHeap<Ranked> heap = new PlacedHeap<>(Side.NEXT, LOWEST);
        Ranked only = new Ranked(1);
        heap.add(only);
        heap.clear();
        assertNull(heap.poll());
        heap.add(only);
        assertSame(only, heap.poll());
        assertEquals(0, heap.size());
    }
}
