package dev.weir.pipeline;

import dev.weir.core.Deadline;
import dev.weir.core.internal.Interrupts;
import dev.weir.core.internal.wait.Waiter;
import dev.weir.core.internal.wait.Waiter.End;
import dev.weir.core.internal.wait.Yields;
import java.lang.invoke.VarHandle;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * A line of threads that wait for a state that others change without a lock. A thread that changes it calls
 * {@link #signal} after the change; a thread that waits enlists before the last look at it. A fence between the two
 * steps on either side makes sure that at least one of them finds the other, so no wakeup is lost. A waiter that does
 * not use its signal passes it on.
 *
 * <p>Each thread brings its own {@link Waiter}, in one line at a time, and keeps it from wait to wait: so it remembers
 * that the thread has parked with a timeout. A signal that comes when its waiter has left is a spurious wakeup of a
 * later wait, which looks, and enlists again before it looks once more.
 */
final class StageWaiters {
    private final ConcurrentLinkedQueue<Waiter> waiting = new ConcurrentLinkedQueue<>();
    private final Yields yields = new Yields();

    /** Waits until the state is as wanted. */
    void await(BooleanSupplier wanted, Waiter me) throws InterruptedException {
        await(wanted, me, Deadline.never());
    }

    /**
     * Waits until the state is as wanted or the deadline has passed.
     *
     * @return false if the deadline has passed, or its TimeSource has failed
     */
    boolean await(BooleanSupplier wanted, Waiter me, Deadline deadline) throws InterruptedException {
        if (comesSoon(wanted)) {
            return true;
        }
        while (true) {
            me.clearSignal();
            waiting.add(me);
            boolean used = false;
            try {
                VarHandle.fullFence(); // enlisted before the look
                if (wanted.getAsBoolean()) {
                    return true;
                }
                End end = me.await(this, deadline);
                Interrupts.throwIfInterrupted();
                if (end == End.EXPIRED) {
                    return false;
                }
                used = true;
            } finally {
                if (used) {
                    waiting.remove(me); // if the signal was one of an earlier wait
                } else {
                    leave(me);
                }
            }
            if (wanted.getAsBoolean()) {
                return true;
            }
        }
    }

    private boolean comesSoon(BooleanSupplier wanted) {
        for (int more = yields.most(); more > 0; ) {
            more = yields.once(more);
            if (wanted.getAsBoolean()) {
                return true;
            }
        }
        return false;
    }

    private void leave(Waiter me) {
        if (!waiting.remove(me)) {
            signal();
        }
    }

    /** Wakes one of those who wait, after a change that was published with a full fence. */
    void signal() {
        Waiter first = waiting.poll();
        if (first != null) {
            wake(first);
        }
    }

    /** Wakes all who wait. */
    void signalAll() {
        for (Waiter each = waiting.poll(); each != null; each = waiting.poll()) {
            wake(each);
        }
    }

    /** It has left the line, so nobody else would wake it: again, if there is no memory for that now. */
    private static void wake(Waiter waiter) {
        for (boolean woken = false; !woken; ) {
            try {
                LockSupport.unpark(waiter.markSignalled());
                woken = true;
            } catch (OutOfMemoryError shortOfMemory) {
                PipelineRun.pause();
            }
        }
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }
}
