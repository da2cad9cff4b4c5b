package dev.weir.core.sync;

import dev.weir.core.Deadline;
import dev.weir.core.internal.Interrupts;
import dev.weir.core.internal.Name;
import dev.weir.core.internal.wait.PromptLock;
import dev.weir.core.internal.wait.WaitText;
import dev.weir.core.internal.wait.Waiter;
import dev.weir.core.internal.wait.Waiter.End;
import dev.weir.core.internal.wait.WaiterQueue;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A gate that threads pass while it is open and wait at while it is closed, and that can be opened and closed again and
 * again: a latch with a way back, for pausing and resuming, or for "something has changed, look again".
 *
 * {@snippet file="dev/weir/core/sync/SyncSnippets.java" region="gate"}
 *
 * <p><b>The race that this removes.</b> A {@link java.util.concurrent.CountDownLatch} cannot be reset, so one replaces
 * it, and a thread that waits at the old one waits for ever:
 *
 * {@snippet file="dev/weir/core/sync/SyncSnippets.java" region="replaced-latch"}
 *
 * <p><b>Which threads pass.</b> {@link #open()} and {@link #pulse()} let every thread through that waits at that
 * moment, and they pass even if the gate is closed before they wake. A thread that comes later finds the gate as it is
 * then: a pulse leaves it closed. A waiting thread that was let through returns normally though its timeout has run out
 * or it has been interrupted meanwhile; the interrupt status stays set.
 *
 * <p><b>The algorithm</b> is a volatile flag, which a thread that passes reads alone, and a line of parked threads
 * behind a lock, which {@code open} and {@code pulse} empty in one step; so a thread is let through by the act that
 * found it waiting, and not by the flag that it reads when it wakes.
 *
 * <p><b>Thread-safety.</b> All methods are thread-safe and linearizable; passing an open gate is one volatile read.
 * <b>Blocking.</b> {@link #await()} parks the thread while the gate is closed; nothing else waits. <b>Interruption.</b>
 * An interrupt ends the wait with {@link InterruptedException}, also one before the call. <b>Fairness.</b> Waiting
 * threads are woken in their order of arrival. <b>Memory effects.</b> What a thread does before {@code open} or
 * {@code pulse} happens-before what another does after it passed by that.
 */
public final class Gate {
    // A waiter is in the queue and not signalled, or out of it. It is taken out under the lock: by the thread that lets
    // it through and signals it, or by its own as it gives up. While the gate is open the queue is empty.
    private final PromptLock lock = new PromptLock();
    private final WaiterQueue<Waiter> waiters = new WaiterQueue<>();
    private final TimeSource time;

    /** Written under the lock; volatile for threads that pass without it. */
    private volatile boolean open;

    private volatile Name name = Name.numbered("gate");

    private Gate(boolean open, TimeSource time) {
        this.open = open;
        this.time = Objects.requireNonNull(time, "time");
    }

    /**
     * A gate that is open.
     *
     * @return the gate
     */
    public static Gate opened() {
        return opened(TimeSource.system());
    }

    /**
     * A gate that is open, and whose timeouts are measured on the given clock.
     *
     * @param time the clock
     * @return the gate
     */
    public static Gate opened(TimeSource time) {
        return new Gate(true, time);
    }

    /**
     * A gate that is closed.
     *
     * @return the gate
     */
    public static Gate closed() {
        return closed(TimeSource.system());
    }

    /**
     * A gate that is closed, and whose timeouts are measured on the given clock.
     *
     * @param time the clock
     * @return the gate
     */
    public static Gate closed(TimeSource time) {
        return new Gate(false, time);
    }

    /**
     * Lets through all threads that wait and all that come, until the gate is closed. Does nothing if the gate is open.
     */
    public void open() {
        letThrough(true);
    }

    /** Makes threads that come wait. Does nothing if the gate is closed. */
    public void close() {
        lock.lock();
        try {
            open = false;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Lets through exactly the threads that wait now, and leaves the gate as it is.
     *
     * @return how many were let through
     */
    public int pulse() {
        return letThrough(false);
    }

    private int letThrough(boolean thenOpen) {
        List<Waiter> passing;
        lock.lock();
        try {
            passing = new ArrayList<>(waiters.size());
            open |= thenOpen;
            for (Waiter next = waiters.pollFirst(); next != null; next = waiters.pollFirst()) {
                passing.add(next);
            }
        } finally {
            lock.unlock();
        }
        passing.forEach(Waiter::signal);
        return passing.size();
    }

    /**
     * Waits until the gate lets this thread through; not at all if it is open.
     *
     * @throws InterruptedException if the thread is interrupted on entry or while it waits
     */
    public void await() throws InterruptedException {
        await(Deadline.never());
    }

    /**
     * Waits until the gate lets this thread through, for at most the timeout; not at all if it is open.
     *
     * @param timeout how long to wait; zero or less does not wait
     * @return whether the thread passed; false if the time was up
     * @throws InterruptedException if the thread is interrupted on entry or while it waits
     */
    public boolean await(Duration timeout) throws InterruptedException {
        Objects.requireNonNull(timeout, "timeout");
        if (timeout.isZero() || timeout.isNegative()) {
            Interrupts.throwIfInterrupted();
            return open;
        }
        return await(Deadline.after(timeout, time));
    }

    /**
     * Waits until the gate lets this thread through; not at all if it is open. An interrupt before or during the wait
     * does not end it, and is pending when this returns.
     */
    public void awaitUninterruptibly() {
        Waiter waiter = open ? null : arrive();
        if (waiter == null) {
            return;
        }
        try {
            waiter.awaitUninterruptibly(this, Deadline.never());
        } finally {
            leave(waiter);
        }
    }

    private boolean await(Deadline deadline) throws InterruptedException {
        Interrupts.throwIfInterrupted();
        if (open) {
            return true;
        }
        Waiter waiter = arrive();
        if (waiter == null) {
            return true;
        }
        End end = End.EXPIRED;
        boolean passed;
        try {
            end = waiter.await(this, deadline);
        } finally {
            passed = !leave(waiter);
        }
        if (!passed && end == End.INTERRUPTED) {
            Interrupts.throwIfInterrupted();
        }
        return passed;
    }

    /** Null if the gate is open. */
    private @Nullable Waiter arrive() {
        lock.lock();
        try {
            if (open) {
                return null;
            }
            Waiter waiter = new Waiter();
            waiters.addLast(waiter);
            return waiter;
        } finally {
            lock.unlock();
        }
    }

    /** False if the waiter was let through before it could leave. */
    private boolean leave(Waiter waiter) {
        lock.lock();
        try {
            return waiters.remove(waiter);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Whether the gate is open.
     *
     * @return true if a thread that came now would not wait
     */
    public boolean isOpen() {
        return open;
    }

    /**
     * How many threads wait at the gate.
     *
     * @return the number now
     */
    public int waiting() {
        lock.lock();
        try {
            return waiters.size();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Gives this gate a name for logs and thread dumps; {@code gate-} with a number otherwise. For before it is used.
     *
     * @param name the name, which need not be unique
     * @return this gate
     * @throws IllegalArgumentException if {@code name} is blank
     */
    public Gate named(String name) {
        this.name = Name.of("gate", Name.checked(name));
        return this;
    }

    /**
     * The name that this was given, or else {@code gate-} with a number, in the order in which such names were first
     * asked for.
     *
     * @return the same name each time
     */
    public String name() {
        return name.toString();
    }

    /**
     * Returns a description for logs, debuggers and thread dumps, where it is what a waiting thread is blocked by. It
     * lists the first threads that wait, and for how long.
     *
     * @return for instance {@code Gate[resumed, closed, 1 waiting: main for PT1.5S]}
     */
    @Override
    public String toString() {
        lock.lock();
        try {
            return "Gate[" + name + ", " + (open ? "open, " : "closed, ") + WaitText.of(waiters) + "]";
        } finally {
            lock.unlock();
        }
    }
}
