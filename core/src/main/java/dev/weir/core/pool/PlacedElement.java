package dev.weir.core.pool;

import dev.weir.core.internal.PlacedHeap;
import dev.weir.core.internal.PlacedHeap.Side;

/** What is in the heap of what goes next, and, once a task has given way, in that of the victims. */
abstract class PlacedElement implements PlacedHeap.Element {
    private int next = NOWHERE;
    private int victim = NOWHERE;

    @Override
    public final int place(Side side) {
        return side == Side.NEXT ? next : victim;
    }

    @Override
    public final void place(Side side, int index) {
        if (side == Side.NEXT) {
            next = index;
        } else {
            victim = index;
        }
    }
}
