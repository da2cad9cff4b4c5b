package dev.weir.core.internal.wait;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A binary heap of groups, the one that is served next on top. Each knows its index, so that any one can be moved or
 * taken out in O(log n). Only {@link #reserve} needs memory.
 */
final class GroupHeap<W extends Waiter> {
    private static final int FEWEST = 4;

    @SuppressWarnings({"unchecked", "rawtypes"}) // an array of a generic type
    private @Nullable WaiterGroup<W>[] groups = new WaiterGroup[FEWEST];

    private int size;

    @Nullable
    WaiterGroup<W> peek() {
        return groups[0];
    }

    int size() {
        return size;
    }

    /** The group at an index below the size; the order is that of the heap. */
    WaiterGroup<W> get(int index) {
        WaiterGroup<W> group = groups[index];
        if (group == null) {
            throw new AssertionError("index " + index + " of " + size);
        }
        return group;
    }

    /** Makes room for one more. */
    void reserve() {
        if (size == groups.length) {
            groups = Arrays.copyOf(groups, 2 * size);
        }
    }

    /** Adds a group for which there is room. */
    void add(WaiterGroup<W> group) {
        place(group, size++);
        up(group);
    }

    void remove(WaiterGroup<W> group) {
        WaiterGroup<W> last = get(--size);
        groups[size] = null;
        if (last != group) {
            place(last, group.index);
            moved(last);
        }
    }

    /** The rank of a group has changed. */
    void moved(WaiterGroup<W> group) {
        up(group);
        down(group);
    }

    private void up(WaiterGroup<W> group) {
        while (group.index > 0) {
            WaiterGroup<W> parent = get((group.index - 1) / 2);
            if (!isBefore(group, parent)) {
                return;
            }
            swap(parent, group);
        }
    }

    private void down(WaiterGroup<W> group) {
        for (int child = 2 * group.index + 1; child < size; child = 2 * group.index + 1) {
            boolean rightIsFirst = child + 1 < size && isBefore(get(child + 1), get(child));
            WaiterGroup<W> first = get(rightIsFirst ? child + 1 : child);
            if (!isBefore(first, group)) {
                return;
            }
            swap(group, first);
        }
    }

    private static boolean isBefore(WaiterGroup<?> one, WaiterGroup<?> other) {
        return WaiterGroup.isBefore(one.rank, one.turn, other.rank, other.turn);
    }

    private void swap(WaiterGroup<W> upper, WaiterGroup<W> lower) {
        int index = upper.index;
        place(upper, lower.index);
        place(lower, index);
    }

    private void place(WaiterGroup<W> group, int index) {
        groups[index] = group;
        group.index = index;
    }
}
