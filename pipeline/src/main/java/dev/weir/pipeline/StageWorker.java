package dev.weir.pipeline;

import dev.weir.core.internal.Contexts;
import dev.weir.core.internal.InterruptGuard;
import dev.weir.core.internal.wait.Waiter;
import dev.weir.core.time.TimeSource;
import org.jspecify.annotations.Nullable;

/**
 * A worker of a stage: what it has in hand, and how it waits and is interrupted. Its own thread uses all of this;
 * others only signal its waiter and interrupt it through its guard.
 */
final class StageWorker extends WorkerStats {
    /** Code that is given the peace to do what an interrupt would spoil. */
    @FunctionalInterface
    interface Shielded {
        void run() throws Throwable;
    }

    /** For all waits of its thread, as one that has parked with a timeout must not park without one afterwards. */
    final Waiter waiter = new Waiter(null);

    /** Lets the pipeline's interrupt through, except while the worker is shielded. */
    private final InterruptGuard guard = new InterruptGuard();

    private final StopCause stop;
    private final WorkerCount count;

    /** Which of the stage's workers it is, counted from 1. */
    final int number;

    // Volatile: written by the thread that starts it, and read by those that look which threads the pipeline has.
    private volatile @Nullable Thread thread;

    // Volatile: written by its own thread at its end, and looked at by one that joins.
    private volatile boolean vacant;

    /** Whether it has ended because it was superfluous; its own, and afterwards its successor's. */
    boolean retired;

    /** The place of the element that was taken last in the order of those that came to the stage. */
    long place;

    /** Which branch the element in hand goes to, if the stage is one that splits by a key. */
    int outlet;

    /** The key of the element in hand, and what this worker has to do next for that key, if the stage works by keys. */
    KeyedOrder.@Nullable Key key;

    @Nullable
    Object setAside;

    /** What is installed in the worker's thread; that thread's own. */
    Contexts.@Nullable Installed context;

    StageWorker(TimeSource time, StopCause stop, WorkerCount count, int number) {
        super(time);
        this.stop = stop;
        this.count = count;
        this.number = number;
    }

    /** The thread that it has, or had last; null before it is given one. */
    @Nullable
    Thread thread() {
        return thread;
    }

    /** Gives it the thread that is going to run it. */
    void runIn(Thread thread) {
        this.thread = thread;
    }

    /** Whether it has ended, and another thread may go on with it. */
    boolean isVacant() {
        return vacant;
    }

    void occupy() {
        retired = false;
        vacant = false;
    }

    /** The last thing that its thread does with it, or that one does that could not start its thread. */
    void vacate() {
        key = null;
        context = null;
        vacant = true;
    }

    /** Whether there are more workers than there are to be, so that one with nothing in hand tries to retire. */
    boolean isExcess() {
        return count.isExcess();
    }

    /** Removes what user code has left in the thread's context, before the next element. */
    void renewContext() {
        if (context != null) {
            context.renew();
        }
    }

    /** Puts back what the thread had in its context; it has nothing left to do for the pipeline. */
    void restoreContext() {
        if (context != null) {
            context.restore();
        }
    }

    /** Makes this the worker of the current thread, which the pipeline may interrupt from here on. */
    void enters() {
        waiter.renew();
        comesOut();
    }

    /** No interrupt of the pipeline comes after this. */
    void leaves() {
        if (guard.current() != InterruptGuard.NONE) { // not if it could not even enter
            guard.end();
        }
    }

    /** Interrupts the worker, if it is at work and not shielded. */
    void interrupt() {
        guard.interrupt();
    }

    /** Runs code that the pipeline's interrupt must not reach, with the interrupt status cleared before and after. */
    void shielded(Shielded code) throws Throwable {
        guard.end();
        Thread.interrupted();
        try {
            code.run();
        } finally {
            Thread.interrupted();
            comesOut();
        }
    }

    private void comesOut() {
        guard.begin(); // volatile, and so before the look: the pipeline is stopped first and interrupts then
        if (stop.isStopped()) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Clears what user code has left behind. An interrupt because the pipeline was stopped stays, for what comes next.
     */
    void clearInterrupt() {
        if (Thread.interrupted() && stop.isStopped()) {
            Thread.currentThread().interrupt();
        }
    }
}
