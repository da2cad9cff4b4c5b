package dev.weir.pipeline;

import dev.weir.core.Deadline;
import dev.weir.core.internal.FlightEvents;
import dev.weir.core.internal.Interrupts;
import dev.weir.core.internal.wait.WaitText;
import dev.weir.core.internal.wait.Waiter;
import dev.weir.core.internal.wait.Waiter.End;
import dev.weir.core.internal.wait.WaiterQueue;
import dev.weir.core.internal.wait.YieldLock;
import dev.weir.core.internal.wait.Yields;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A line of threads that wait for a state that others change without a lock. A thread that changes it calls
 * {@link #signal} after the change; a thread that waits enlists before the last look at it. A fence between the two
 * steps on either side makes sure that at least one of them finds the other, so no wakeup is lost. A waiter that does
 * not use its signal passes it on.
 *
 * <p>Each thread brings its own {@link Waiter}, in one line at a time, and keeps it from wait to wait: so it remembers
 * that the thread has parked with a timeout. A waiter is signalled and leaves the line in one step, under the lock; so
 * to leave takes constant time however many wait, and nothing here needs memory.
 */
final class StageWaiters {
    private static final FlightEvents<StageStallEvent> STALLS = new FlightEvents<>(StageStallEvent::new);

    private final YieldLock lock = new YieldLock();
    private final WaiterQueue<Waiter> waiting = new WaiterQueue<>(); // guarded by the lock
    private volatile boolean occupied; // written under the lock
    private final Yields yields = new Yields();
    private final Supplier<String> stage;
    private final Supplier<String> what;

    /**
     * An empty line.
     *
     * @param stage the name of the stage, which it may be given later
     * @param what what is waited for
     */
    StageWaiters(Supplier<String> stage, Supplier<String> what) {
        this.stage = stage;
        this.what = what;
    }

    /** What thread dumps show as waited for, and by which workers. */
    @Override
    public String toString() {
        String text = "Stage " + stage.get() + ": " + what.get();
        lock.lock();
        try {
            return text + ", " + WaitText.of(waiting);
        } finally {
            lock.unlock();
        }
    }

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
        StageStallEvent event = STALLS.begun();
        try {
            return parked(wanted, me, deadline);
        } finally {
            if (event != null) {
                event.end(stage.get(), what.get());
            }
        }
    }

    private boolean parked(BooleanSupplier wanted, Waiter me, Deadline deadline) throws InterruptedException {
        me.restart();
        while (true) {
            enlist(me);
            boolean used = false;
            try {
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
                if (!used) {
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

    private void enlist(Waiter me) {
        lock.lock();
        try {
            me.clearSignal();
            waiting.addLast(me);
            occupied = true;
        } finally {
            lock.unlock();
        }
        VarHandle.fullFence(); // enlisted before the look
    }

    private void leave(Waiter me) {
        boolean signalled;
        lock.lock();
        try {
            signalled = !waiting.remove(me);
            occupied = !waiting.isEmpty();
        } finally {
            lock.unlock();
        }
        if (signalled) {
            signal();
        }
    }

    /** Wakes one of those who wait, after a change that was published with a full fence. */
    void signal() {
        Thread first = takeOff();
        if (first != null) {
            wake(first);
        }
    }

    /** Wakes all who wait. */
    void signalAll() {
        for (Thread each = takeOff(); each != null; each = takeOff()) {
            wake(each);
        }
    }

    private @Nullable Thread takeOff() {
        if (!occupied) {
            return null;
        }
        lock.lock();
        try {
            Waiter first = waiting.pollFirst();
            occupied = !waiting.isEmpty();
            return first == null ? null : first.markSignalled();
        } finally {
            lock.unlock();
        }
    }

    /** It has left the line, so nobody else would wake it: again, if there is no memory for that now. */
    private static void wake(Thread waiter) {
        for (boolean woken = false; !woken; ) {
            try {
                LockSupport.unpark(waiter);
                woken = true;
            } catch (OutOfMemoryError shortOfMemory) {
                PipelineRun.pause();
            }
        }
    }

    boolean isEmpty() {
        return !occupied;
    }
}
