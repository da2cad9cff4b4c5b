package dev.weir.batch;

import dev.weir.core.internal.Checks;
import org.jspecify.annotations.Nullable;

/**
 * The items that wait, linked through themselves: coming and leaving take constant time and allocate nothing. Guarded
 * by the lock of the {@link BatchLine}.
 */
final class PendingItems<I, O extends @Nullable Object> {
    private @Nullable PendingItem<I, O> first;
    private @Nullable PendingItem<I, O> last;
    private int size;
    private long weight;

    @Nullable
    PendingItem<I, O> first() {
        return first;
    }

    int size() {
        return size;
    }

    /** Of all together. */
    long weight() {
        return weight;
    }

    void add(PendingItem<I, O> item) {
        item.previous = last;
        if (last == null) {
            first = item;
        } else {
            last.next = item;
        }
        last = item;
        size++;
        weight = Checks.saturatedSum(weight, item.weight);
    }

    /** Takes an item out that is in here, and lets go of what it holds. */
    void remove(PendingItem<I, O> item) {
        PendingItem<I, O> before = item.previous;
        PendingItem<I, O> after = item.next;
        if (before == null) {
            first = after;
        } else {
            before.next = after;
        }
        if (after == null) {
            last = before;
        } else {
            after.previous = before;
        }
        item.previous = null;
        item.next = null;
        item.item = null;
        size--;
        weight = first == null ? 0 : weight - item.weight;
    }

    /**
     * Takes the first items out for a bulk call, as a chain through {@code next}: one at least, and more as long as
     * neither bound is passed.
     */
    void take(Sender<I, O> sender, PendingItem<I, O> head, int maxItems, long maxWeight) {
        int count = 0;
        long taken = 0;
        PendingItem<I, O> tail = head;
        for (PendingItem<I, O> item = head; item != null; item = item.next) {
            long sum = Checks.saturatedSum(taken, item.weight);
            if (count == maxItems || (count > 0 && sum > maxWeight)) {
                break;
            }
            item.state = PendingItem.State.SENT;
            item.previous = null;
            tail = item;
            taken = sum;
            count++;
        }
        first = tail.next;
        if (first == null) {
            last = null;
            weight = 0; // exact again if it was saturated
        } else {
            first.previous = null;
            weight -= taken;
        }
        tail.next = null;
        size -= count;
        sender.first = head;
        sender.count = count;
    }

    /** Takes all out, as a chain through {@code previous}. */
    @Nullable
    PendingItem<I, O> takeAll() {
        PendingItem<I, O> chain = last;
        for (PendingItem<I, O> item = chain; item != null; item = item.previous) {
            item.next = null;
        }
        first = null;
        last = null;
        size = 0;
        weight = 0;
        return chain;
    }
}
