package dev.weir.core.internal;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A binary heap whose elements know their place in it, so that any of them is taken out, or moved after its rank has
 * changed, in O(log n); {@link java.util.PriorityQueue} looks for it. An element can be in two heaps, one of each
 * {@link Side}. Guarded by its owner's lock. Only {@link #reserve}, {@link #add} and {@link #all} need memory; if there
 * is none, the heap is as it was.
 *
 * @param <E> the type of its elements
 */
public final class PlacedHeap<E extends PlacedHeap.Element> {
    /** Which of the two places of its elements a heap uses. */
    public enum Side {
        /** Of a heap of what is served next. */
        NEXT,
        /** Of a heap of what gives way. */
        VICTIM
    }

    /** What a heap holds. */
    public interface Element {
        /** The place of an element that is in no heap. */
        int NOWHERE = -1;

        /**
         * Its place in the heap of a side.
         *
         * @param side the side
         * @return what was set last; {@link #NOWHERE} at first
         */
        int place(Side side);

        /**
         * Sets its place in the heap of a side. For the heap.
         *
         * @param side the side
         * @param index the place
         */
        void place(Side side, int index);
    }

    private final Side side;
    private final Comparator<? super E> order;
    private @Nullable Element[] elements = new Element[16];
    private int size;

    /**
     * An empty heap.
     *
     * @param side which place of its elements it uses
     * @param order the least is on top
     */
    public PlacedHeap(Side side, Comparator<? super E> order) {
        this.side = side;
        this.order = order;
    }

    /**
     * Compares ranks that go up and may wrap around, and where they are equal the numbers of those that have them.
     *
     * @param rank of the one
     * @param number of the one
     * @param otherRank of the other
     * @param otherNumber of the other
     * @return as of a {@link Comparator}
     */
    public static int compareRanks(long rank, long number, long otherRank, long otherNumber) {
        return rank == otherRank ? Long.compare(number, otherNumber) : Long.signum(rank - otherRank);
    }

    /**
     * How many elements there are.
     *
     * @return the number
     */
    public int size() {
        return size;
    }

    /**
     * The elements, in no order.
     *
     * @return a list of its own
     */
    public List<E> all() {
        List<E> all = new ArrayList<>(size);
        for (int i = 0; i < size; i++) {
            all.add(at(i));
        }
        return all;
    }

    /** Makes room for one more, so that the next {@link #add} needs no memory. */
    public void reserve() {
        if (size == elements.length) {
            elements = Arrays.copyOf(elements, 2 * size);
        }
    }

    /**
     * Adds an element.
     *
     * @param element one that is in no heap of this side
     */
    public void add(E element) {
        reserve();
        size++;
        up(size - 1, element);
    }

    /**
     * The least element.
     *
     * @return the element, or null if there is none
     */
    public @Nullable E peek() {
        return size == 0 ? null : at(0);
    }

    /**
     * Takes the least element out.
     *
     * @return the element, or null if there is none
     */
    public @Nullable E poll() {
        E first = peek();
        if (first != null) {
            remove(first);
        }
        return first;
    }

    /**
     * Takes an element out. Does nothing if it is not in this heap.
     *
     * @param element the element
     */
    public void remove(E element) {
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

    /**
     * Finds its place for an element of this heap whose rank has changed.
     *
     * @param element the element
     */
    public void moved(E element) {
        up(element.place(side), element);
        down(element.place(side), element);
    }

    /** Takes all elements out. */
    public void clear() {
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
