package dev.weir.core.pool;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A binary heap whose elements know their place in it, so that any of them is taken out, or moved after its rank has
 * changed, in O(log n); {@link java.util.PriorityQueue} looks for it. An element can be in two heaps, one of each
 * {@link Side}. Guarded by its owner's lock. If there is no memory for an element, the heap is as it was.
 *
 * @param <E> the type of its elements
 */
final class PlacedHeap<E extends PlacedHeap.Element> {
    /** Which of the two places of its elements a heap uses. */
    enum Side {
        NEXT,
        VICTIM
    }

    /** What a heap holds. */
    abstract static class Element {
        private static final int NOWHERE = -1;

        private int next = NOWHERE;
        private int victim = NOWHERE;

        final int place(Side side) {
            return side == Side.NEXT ? next : victim;
        }

        final void place(Side side, int index) {
            if (side == Side.NEXT) {
                next = index;
            } else {
                victim = index;
            }
        }
    }

    private final Side side;
    private final Comparator<? super E> order;
    private @Nullable Element[] elements = new Element[16];
    private int size;

    PlacedHeap(Side side, Comparator<? super E> order) {
        this.side = side;
        this.order = order;
    }

    int size() {
        return size;
    }

    /** In no order. */
    List<E> all() {
        List<E> all = new ArrayList<>(size);
        for (int i = 0; i < size; i++) {
            all.add(at(i));
        }
        return all;
    }

    void add(E element) {
        if (size == elements.length) {
            elements = Arrays.copyOf(elements, 2 * size);
        }
        size++;
        up(size - 1, element);
    }

    @Nullable
    E peek() {
        return size == 0 ? null : at(0);
    }

    @Nullable
    E poll() {
        E first = peek();
        if (first != null) {
            remove(first);
        }
        return first;
    }

    /** Does nothing if the element is not in this heap. */
    void remove(E element) {
        int index = element.place(side);
        if (index == Element.NOWHERE) {
            return;
        }
        element.place(side, Element.NOWHERE);
        size--;
        E last = at(size);
        elements[size] = null;
        if (last != element) {
            put(index, last);
            moved(last);
        }
    }

    /** To be called after the rank of an element of this heap has changed. */
    void moved(E element) {
        up(element.place(side), element);
        down(element.place(side), element);
    }

    void clear() {
        while (size > 0) {
            size--;
            at(size).place(side, Element.NOWHERE);
            elements[size] = null;
        }
    }

    private void up(int from, E element) {
        int index = from;
        while (index > 0) {
            int parent = (index - 1) >>> 1;
            E above = at(parent);
            if (order.compare(element, above) >= 0) {
                break;
            }
            put(index, above);
            index = parent;
        }
        put(index, element);
    }

    private void down(int from, E element) {
        int index = from;
        while (2 * index + 1 < size) {
            int child = 2 * index + 1;
            if (child + 1 < size && order.compare(at(child + 1), at(child)) < 0) {
                child++;
            }
            E below = at(child);
            if (order.compare(element, below) <= 0) {
                break;
            }
            put(index, below);
            index = child;
        }
        put(index, element);
    }

    private void put(int index, E element) {
        elements[index] = element;
        element.place(side, index);
    }

    @SuppressWarnings({"unchecked", "NullAway"}) // below the size there is an element, of this type
    private E at(int index) {
        return (E) elements[index];
    }
}
