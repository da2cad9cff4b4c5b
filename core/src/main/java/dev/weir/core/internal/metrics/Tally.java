package dev.weir.core.internal.metrics;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.ref.WeakReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Counts what was answered with yes and what with no, where a {@link LongAdder} would cost too much: a platform thread
 * owns a cell, by its number, and adds to it with a plain read and an opaque write, which is no atomic operation. All
 * others, virtual threads and those that find their cell owned by another one, add to a {@code LongAdder}.
 *
 * <pre>
 *   no cell --a platform thread adds--&gt; its cell
 *   the cell of a thread that has ended --another one adds, by compare-and-set--&gt; its cell, with the counts so far
 * </pre>
 *
 * <p>Exact: only the owner writes to a cell, and a cell is succeeded by another one only after the last write of its
 * owner. A sum that is read while others add has what was added before in the reader's own order, and never falls.
 *
 * <p>Without an addition there are no cells. A cell keeps its owner only weakly.
 */
public final class Tally {
    private static final VarHandle CELLS = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "cells", VarHandle.class, Tally.class, Cell[].class);
    private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(Cell[].class);
    private static final VarHandle YES =
            ConstantBootstraps.fieldVarHandle(MethodHandles.lookup(), "yes", VarHandle.class, Cell.class, long.class);
    private static final VarHandle NO =
            ConstantBootstraps.fieldVarHandle(MethodHandles.lookup(), "no", VarHandle.class, Cell.class, long.class);

    /** A power of two: enough for the threads that run at once, and mostly for those of a pool. */
    private static final int SLOTS =
            Math.clamp(4L * Integer.highestOneBit(Runtime.getRuntime().availableProcessors()), 16, 256);

    /** What one thread has counted. Only that thread writes. A subclass may have more that belongs to the thread. */
    public static class Cell {
        private final long threadId;
        private final WeakReference<Thread> thread;
        private long yes;
        private long no;

        // So that no other thread's cell is in the same cache line.
        @SuppressWarnings("unused")
        private long p0, p1, p2, p3, p4, p5, p6, p7;

        /**
         * A cell without counts.
         *
         * @param thread whose it is
         */
        protected Cell(Thread thread) {
            this.threadId = thread.threadId();
            this.thread = new WeakReference<>(thread);
        }

        /** A cell that is in no tally, for what a subclass has more. */
        protected Cell() {
            this.threadId = -1;
            this.thread = new WeakReference<>(null);
        }

        private boolean isAbandoned() {
            Thread owner = thread.get();
            return owner == null || !owner.isAlive(); // after which its last write is seen
        }
    }

    /**
     * Read without ordering: a thread looks for its own cell only, and a stale value is one without it. Written once.
     */
    private Cell @Nullable [] cells;

    private final LongAdder othersYes = new LongAdder();
    private final LongAdder othersNo = new LongAdder();

    private final Function<Thread, Cell> maker;

    /** Creates one with nothing counted, and without cells. */
    public Tally() {
        this(Cell::new);
    }

    /**
     * Creates one with nothing counted, and without cells.
     *
     * @param maker makes the cell of a thread, always of one class
     */
    public Tally(Function<Thread, Cell> maker) {
        this.maker = maker;
    }

    /**
     * The cell of the calling thread. To be asked for before the decision that is counted: what follows a
     * compare-and-set waits for it.
     *
     * @return the cell, for {@link #add(Cell, boolean, long)} in this thread; null if it has none
     */
    public @Nullable Cell ownCell() {
        Cell[] present = cells;
        if (present == null) {
            return null;
        }
        long id = Thread.currentThread().threadId();
        Cell its = present[(int) id & (SLOTS - 1)];
        return its != null && its.threadId == id ? its : null;
    }

    /**
     * Adds to one of the counts.
     *
     * @param own what {@link #ownCell} returned in this thread
     * @param yes which one
     * @param count how much
     */
    public void add(@Nullable Cell own, boolean yes, long count) {
        if (own == null) {
            addWithoutCell(yes, count);
        } else if (yes) {
            YES.setOpaque(own, own.yes + count);
        } else {
            NO.setOpaque(own, own.no + count);
        }
    }

    /**
     * Adds to one of the counts.
     *
     * @param yes which one
     * @param count how much
     */
    public void add(boolean yes, long count) {
        add(ownCell(), yes, count);
    }

    private void addWithoutCell(boolean yes, long count) {
        Thread thread = Thread.currentThread();
        Cell own = thread.isVirtual() ? null : claimed(thread);
        if (own != null) {
            add(own, yes, count);
        } else {
            (yes ? othersYes : othersNo).add(count);
        }
    }

    /** A new cell of the thread's, or null if another one has its place. */
    private @Nullable Cell claimed(Thread thread) {
        Cell[] slots = (Cell[]) CELLS.getAcquire(this);
        if (slots == null) {
            CELLS.compareAndSet(this, null, new Cell[SLOTS]);
            slots = (Cell[]) CELLS.getAcquire(this);
        }
        int slot = (int) thread.threadId() & (SLOTS - 1);
        Cell present = (Cell) SLOT.getAcquire(slots, slot);
        if (present != null && !present.isAbandoned()) {
            return null;
        }
        Cell made = maker.apply(thread);
        if (present != null) {
            made.yes = (long) YES.getOpaque(present);
            made.no = (long) NO.getOpaque(present);
        }
        return SLOT.compareAndSet(slots, slot, present, made) ? made : null;
    }

    /**
     * What was counted as yes.
     *
     * @return the sum now
     */
    public long yes() {
        return othersYes.sum() + sum(YES);
    }

    /**
     * What was counted as no.
     *
     * @return the sum now
     */
    public long no() {
        return othersNo.sum() + sum(NO);
    }

    private long sum(VarHandle count) {
        Cell[] slots = (Cell[]) CELLS.getAcquire(this);
        long sum = 0;
        for (int i = 0; slots != null && i < SLOTS; i++) {
            Cell cell = (Cell) SLOT.getAcquire(slots, i);
            sum += cell == null ? 0 : (long) count.getOpaque(cell);
        }
        return sum;
    }

    /**
     * Returns a description for logs and debuggers.
     *
     * @return for instance {@code Tally[3 yes, 1 no]}
     */
    @Override
    public String toString() {
        return "Tally[" + yes() + " yes, " + no() + " no]";
    }
}
