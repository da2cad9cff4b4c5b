package dev.weir.core.internal.ring;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The two ends of a queue whose elements have positions, counted from 0.
 *
 * <pre>
 *   tail:  [ position of the next element to come | two marks | shut ]
 *   head:  [ position of the next element to go   | two marks | shut ]
 * </pre>
 *
 * An element is in from the moment at which its sender has moved the tail over its position until a taker has moved the
 * head over it. Each is one compare-and-set of a word that holds the flags as well, so that
 *
 * <ul>
 *   <li>the size is tail − head, at a moment when both were seen: positions only grow, so the size is exact if the
 *       tail's is the same before and after the head was read;
 *   <li>after an end is {@linkplain #SHUT shut}, no claim moves it;
 *   <li>a thread that moves an end sees in the word that it has replaced whether a mark was set. A waiter that sets a
 *       mark by a compare-and-set of the word in which it saw nothing to do is not overlooked, without any fence
 *       between the publication of an element and a look at the waiters (decision record 0005).
 * </ul>
 *
 * <p>What the marks mean, who waits and who is woken is the owner's. Thread-safe; nothing here blocks.
 */
public class Positions {
    private static final VarHandle ENDS = MethodHandles.arrayElementVarHandle(long[].class);

    // Far from each other and from all else: one processor writes to the one, another to the other, for each element.
    private static final int HEAD = 16;
    private static final int TAIL = 32;
    private static final int ENDS_LENGTH = 48;

    /** In the tail: nothing comes in any more. In the head: nothing is claimed. */
    public static final long SHUT = 1;

    /** A mark of the owner's, in either end. */
    public static final long MARK = 2;

    /** Another mark of the owner's, in either end. */
    public static final long OTHER_MARK = 4;

    /** One position: what is added to a word to move the end over it. */
    public static final long ONE = 8;

    /** All flags of a word. */
    static final long FLAGS = ONE - 1;

    private static final int FLAG_BITS = 3;
    private static final int SPINS = 16;

    // Read as volatiles and moved by full compare-and-sets: that
    // a queue is empty or full is concluded from reading both.
    private final long[] ends = new long[ENDS_LENGTH];

    /** Makes the ends of an empty queue. */
    public Positions() {}

    /**
     * The position in a word.
     *
     * @param word a word of an end
     * @return the position without the flags
     */
    public static long position(long word) {
        return word >>> FLAG_BITS;
    }

    /**
     * Reads the head.
     *
     * @return its word
     */
    public final long head() {
        return (long) ENDS.getVolatile(ends, HEAD);
    }

    /**
     * Reads the tail.
     *
     * @return its word
     */
    public final long tail() {
        return (long) ENDS.getVolatile(ends, TAIL);
    }

    /**
     * Replaces the head's word.
     *
     * @param from the word as it was read
     * @param to the word that it becomes
     * @return false if the word is another one
     */
    public final boolean moveHead(long from, long to) {
        return ENDS.compareAndSet(ends, HEAD, from, to);
    }

    /**
     * Replaces the tail's word.
     *
     * @param from the word as it was read
     * @param to the word that it becomes
     * @return false if the word is another one
     */
    public final boolean moveTail(long from, long to) {
        return ENDS.compareAndSet(ends, TAIL, from, to);
    }

    /**
     * Sets a flag in the head.
     *
     * @param flag the flag
     */
    public final void flagHead(long flag) {
        ENDS.getAndBitwiseOr(ends, HEAD, flag);
    }

    /**
     * Sets a flag in the tail.
     *
     * @param flag the flag
     */
    public final void flagTail(long flag) {
        ENDS.getAndBitwiseOr(ends, TAIL, flag);
    }

    /**
     * Takes a flag away from the head.
     *
     * @param flag the flag
     */
    public final void unflagHead(long flag) {
        ENDS.getAndBitwiseAnd(ends, HEAD, ~flag);
    }

    /**
     * Takes a flag away from the tail.
     *
     * @param flag the flag
     */
    public final void unflagTail(long flag) {
        ENDS.getAndBitwiseAnd(ends, TAIL, ~flag);
    }

    /**
     * Whether nothing was in while the head was this.
     *
     * @param h the word of the head, as it was read
     * @return true if the tail is at the same position now, and so was when the head was read, as it cannot be behind
     */
    public final boolean isEmptyAt(long h) {
        return position(tail()) == position(h);
    }

    /**
     * Lets the thread go on that is between its claim of a position and the publication.
     *
     * @param tries how often this was called before for the same position
     * @return how often with this time
     */
    public static int pause(int tries) {
        if (tries < SPINS) {
            Thread.onSpinWait();
        } else {
            Thread.yield();
        }
        return tries + 1;
    }
}
