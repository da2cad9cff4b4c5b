package dev.weir.pipeline;

import dev.weir.core.internal.wait.Yields;
import dev.weir.core.time.TimeSource;
import java.lang.invoke.VarHandle;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Those who wait for a state that others change without a lock. Whoever changes it calls {@link #signal} after the
 * change; whoever waits enlists before the last look at it. A fence between the two steps on either side sees to it that
 * at least one of them finds the other, so no wakeup is lost. Who is signalled and does not need it passes it on.
 */
final class StageWaiters {
    private final ConcurrentLinkedQueue<Waiter> waiting = new ConcurrentLinkedQueue<>();
    private final Yields yields = new Yields();
    private final TimeSource time;

    StageWaiters(TimeSource time) {
        this.time = time;
    }

    /** Waits until the state is as wanted. */
    void await(BooleanSupplier wanted) throws InterruptedException {
        await(wanted, false, 0);
    }

    /** Waits until the state is as wanted or, if this is timed, the clock has reached the reading. */
    void await(BooleanSupplier wanted, boolean timed, long untilNanos) throws InterruptedException {
        if (comesSoon(wanted)) {
            return;
        }
        while (true) {
            Waiter me = new Waiter();
            waiting.add(me);
            VarHandle.fullFence(); // enlisted before the look
            if (wanted.getAsBoolean()) {
                leave(me);
                return;
            }
            boolean expired = false;
            while (!me.signalled && !expired && !Thread.currentThread().isInterrupted()) {
                long left = timed ? untilNanos - time.nanoTime() : 1;
                if (left <= 0) {
                    expired = true;
                } else if (timed) {
                    time.parkNanos(this, left);
                } else {
                    LockSupport.park(this);
                }
            }
            if (Thread.interrupted()) {
                leave(me);
                throw new InterruptedException();
            }
            if (expired) {
                leave(me);
                return;
            }
            if (wanted.getAsBoolean()) {
                return;
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
            first.signalled = true;
            LockSupport.unpark(first.thread);
        }
    }

    /** Wakes all who wait. */
    void signalAll() {
        for (Waiter each = waiting.poll(); each != null; each = waiting.poll()) {
            each.signalled = true;
            LockSupport.unpark(each.thread);
        }
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    private static final class Waiter {
        final Thread thread = Thread.currentThread();
        volatile boolean signalled;
    }
}
