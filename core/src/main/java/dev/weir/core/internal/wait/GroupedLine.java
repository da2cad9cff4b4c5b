package dev.weir.core.internal.wait;

import dev.weir.core.internal.PlacedHeap;
import dev.weir.core.internal.PlacedHeap.Side;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/** A line in the order of a {@link WaiterOrder} that looks at classes; see there. */
final class GroupedLine<W extends Waiter> implements WaiterLine<W> {
    private final WaiterOrder order;

    /** Those in which somebody waits. */
    private final Map<Object, WaiterGroup<W>> groups = new HashMap<>();

    private final PlacedHeap<WaiterGroup<W>> heap = new PlacedHeap<>(Side.NEXT, WaiterGroup.BY_RANK);

    /** In virtual time. */
    private long now;

    private long turns;
    private int size;

    GroupedLine(WaiterOrder order) {
        this.order = order;
    }

    @Override
    public void add(W waiter) {
        WaiterClass its = waiter.waiterClass();
        Object key = order.groupOf(its);
        WaiterGroup<W> group = groups.get(key);
        if (group == null) {
            begin(new WaiterGroup<>(this, key, order.factorOf(its), now), waiter);
        } else {
            group.addLast(waiter);
        }
        size++;
    }

    private void begin(WaiterGroup<W> group, W first) {
        heap.reserve();
        group.addLast(first);
        try {
            groups.put(group.key, group);
        } catch (Throwable outOfMemory) { // which a map may find out when it has put it
            groups.remove(group.key);
            group.remove(first);
            throw outOfMemory;
        }
        rank(group, first);
        heap.add(group);
    }

    private void rank(WaiterGroup<W> group, W first) {
        group.rank = order.rank(first, group.factor, group.start);
        group.turn = ++turns;
    }

    @Override
    public boolean remove(W waiter) {
        WaiterGroup<W> group = groupOf(waiter);
        if (group == null) {
            return false;
        }
        boolean wasFirst = group.peekFirst() == waiter;
        group.remove(waiter);
        size--;
        W first = group.peekFirst();
        if (first == null) {
            heap.remove(group);
            groups.remove(group.key);
        } else if (wasFirst) {
            rank(group, first);
            heap.moved(group);
        }
        return true;
    }

    @Override
    public void served(W first) {
        WaiterGroup<W> group = groupOf(first);
        if (group != null) {
            now = group.rank - now > 0 ? group.rank : now;
            group.start = group.rank;
            remove(first);
        }
    }

    @Override
    public @Nullable W peekFirst() {
        WaiterGroup<W> group = heap.peek();
        return group == null ? null : group.peekFirst();
    }

    @Override
    public boolean contains(W waiter) {
        return groupOf(waiter) != null;
    }

    @SuppressWarnings("unchecked") // as it is this line's
    private @Nullable WaiterGroup<W> groupOf(W waiter) {
        return waiter.queue instanceof WaiterGroup<?> group && group.line == this ? (WaiterGroup<W>) group : null;
    }

    @Override
    public int size() {
        return size;
    }

    /** In how many groups somebody waits; for tests. */
    int groups() {
        return groups.size();
    }

    /** A group on its way through the order to come. */
    private record Cursor<W extends Waiter>(WaiterGroup<W> group, W waiter, long rank, long turn)
            implements Comparable<Cursor<W>> {
        @Override
        public int compareTo(Cursor<W> other) {
            return PlacedHeap.compareRanks(rank, turn, other.rank, other.turn);
        }
    }

    @Override
    public Iterator<W> iterator() {
        List<W> all = new ArrayList<>(size);
        PriorityQueue<Cursor<W>> cursors = new PriorityQueue<>();
        for (WaiterGroup<W> group : heap.all()) {
            W first = group.peekFirst();
            if (first != null) {
                cursors.add(new Cursor<>(group, first, group.rank, group.turn));
            }
        }
        long turn = turns;
        for (Cursor<W> cursor = cursors.poll(); cursor != null; cursor = cursors.poll()) {
            WaiterGroup<W> group = cursor.group;
            all.add(cursor.waiter);
            W next = group.next(cursor.waiter);
            if (next != null) {
                cursors.add(new Cursor<>(group, next, order.rank(next, group.factor, cursor.rank), ++turn));
            }
        }
        return all.iterator();
    }
}
