package dev.weir.channel;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Keeps the waiters of one side of a buffer from starving. A signal carries no element: the thread that it wakes looks
 * again, and may find nothing, because a thread that did not wait has come first. That is what makes a busy channel
 * fast, and it may happen to the same waiter again and again.
 *
 * <p>So a waiter counts how often it was woken in vain. It enters the list {@linkplain QueuePosition#HEAD ahead} of the
 * others again, and the {@value #MAX_OVERTAKEN}th time it announces itself here. From then until its wait is over,
 * threads that begin an operation and can wait {@linkplain QueuePosition#TAIL_EVEN_IF_READY queue behind it} without a
 * look of their own. Operations that do not wait still may overtake.
 */
final class OvertakingLimit {
    /** How often a waiter is woken in vain before others queue behind it. */
    private static final int MAX_OVERTAKEN = 8;

    private static final VarHandle REACHED = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "reached", VarHandle.class, OvertakingLimit.class, int.class);

    /** The number of waiters that have reached the limit. */
    private volatile int reached;

    /** Whether a thread that has not waited yet is to queue behind another. */
    boolean isReached() {
        return reached != 0;
    }

    /** Whether a thread that was woken in vain this often is to queue behind another. */
    boolean mustQueue(int inVain) {
        return inVain == 0 && isReached();
    }

    /** Where a thread enters that was woken in vain this often. */
    QueuePosition position(int inVain) {
        return inVain > 0 ? QueuePosition.HEAD : isReached() ? QueuePosition.TAIL_EVEN_IF_READY : QueuePosition.TAIL;
    }

    /** Called after each wakeup, with the number of those before it; returns the number with it. */
    int woken(int inVain) {
        if (inVain + 1 == MAX_OVERTAKEN) {
            reach();
        }
        return inVain + 1;
    }

    void reach() {
        REACHED.getAndAdd(this, 1);
    }

    /** Called when a wait is over, in any case. */
    void left(int inVain) {
        if (inVain >= MAX_OVERTAKEN) {
            REACHED.getAndAdd(this, -1);
        }
    }
}
