package dev.weir.core.sync;

import dev.weir.core.Deadline;
import dev.weir.core.internal.Name;
import dev.weir.core.internal.StackRoom;
import dev.weir.core.internal.wait.PromptLock;
import dev.weir.core.internal.wait.Waiter.End;
import dev.weir.core.internal.wait.WaiterClass;
import dev.weir.core.internal.wait.WaiterOrder;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The permits of a {@link ResizableSemaphore}, and the calls that wait for some.
 *
 * <p>Whenever the lock is free: the first claim that could be met (if fair, only the first of all) has been signalled
 * and has not been back since. A waiter takes its permits itself, when it is back, so that one which gives up has
 * nothing to return. Each section under the lock restores this by its last call, {@code line.next}: no wakeup is lost.
 */
final class Permits {
    private final PromptLock lock = new PromptLock();
    private final ClaimLine line;

    private int size;
    private int held;

    // For the metrics, under the lock too.
    private long acquired;
    private long rejected;
    private long waits;
    private long abandoned;

    private volatile Name name;

    /** Fair, in that order, or without one unfair. */
    Permits(@Nullable WaiterOrder order, int size, Name name) {
        this.name = name;
        this.line = new ClaimLine(order);
        this.size = size;
    }

    /** A line that looks at classes must not be left half changed by the end of a stack. */
    private void lock() {
        if (line.looksAtClasses()) {
            StackRoom.check();
        }
        lock.lock();
    }

    /** Whether it matters which class a call is of, and when it came. */
    boolean looksAtClasses() {
        return line.looksAtClasses();
    }

    Name name() {
        return name;
    }

    void name(Name its) {
        name = its;
    }

    /** A call that goes on to wait without success has not been rejected yet. */
    boolean tryTake(int permits, boolean mayWait) {
        lock();
        try {
            boolean taken = takeOnArrival(permits);
            rejected += taken || mayWait ? 0 : permits;
            return taken;
        } finally {
            lock.unlock();
        }
    }

    /** False if the deadline passed or the thread was interrupted; its status is still set then. */
    boolean await(int permits, WaiterClass its, long sinceNanos, Deadline deadline, boolean interruptible) {
        ClaimLine.Claim claim = arrive(permits, its, sinceNanos);
        if (claim == null) {
            return true;
        }
        boolean isWaiting = true;
        try {
            while (true) {
                End end = interruptible ? claim.await(this, deadline) : claim.awaitUninterruptibly(this, deadline);
                boolean taken;
                Thread next;
                lock();
                try {
                    claim.clearSignal();
                    taken = end != End.INTERRUPTED && line.isNext(claim) && take(permits);
                    isWaiting = !taken && end == End.SIGNALLED;
                    if (taken) {
                        line.served(claim);
                        waits++;
                    } else if (!isWaiting) {
                        removed(claim, permits);
                    }
                    next = line.next(size - held);
                } finally {
                    lock.unlock();
                }
                LockSupport.unpark(next);
                if (!isWaiting) {
                    return taken;
                }
            }
        } finally {
            if (isWaiting) { // something was thrown, as at the end of the stack
                leave(claim, permits);
            }
        }
    }

    private void removed(ClaimLine.Claim claim, int permits) {
        line.remove(claim);
        rejected += permits;
        abandoned++;
    }

    private void leave(ClaimLine.Claim claim, int permits) {
        Thread next;
        lock();
        try {
            removed(claim, permits);
            next = line.next(size - held);
        } finally {
            lock.unlock();
        }
        LockSupport.unpark(next);
    }

    /** Null if the permits were there, and nobody before it. */
    private ClaimLine.@Nullable Claim arrive(int permits, WaiterClass its, long sinceNanos) {
        lock();
        try {
            if (takeOnArrival(permits)) {
                return null;
            }
            ClaimLine.Claim claim = line.add(permits, its, sinceNanos);
            if (line.looksAtClasses() && line.isNext(claim) && take(permits)) {
                line.served(claim); // before one that wants more than there is, or that has not been back yet
                return null;
            }
            return claim;
        } finally {
            lock.unlock();
        }
    }

    private boolean takeOnArrival(int permits) {
        return (!line.isFair() || line.isEmpty()) && take(permits);
    }

    private boolean take(int permits) {
        boolean enough = permits <= size - held;
        if (enough) {
            held += permits; // at most size
            acquired += permits;
        }
        return enough;
    }

    /** Throws if fewer are held. */
    void release(int permits) {
        Thread next;
        lock();
        try {
            if (permits > held) {
                throw new IllegalStateException("cannot release " + permits + " permits, as " + held + " are held");
            }
            held -= permits;
            next = line.next(size - held);
        } finally {
            lock.unlock();
        }
        LockSupport.unpark(next);
    }

    void resize(int newSize) {
        Thread next;
        lock();
        try {
            size = newSize;
            next = line.next(size - held);
        } finally {
            lock.unlock();
        }
        LockSupport.unpark(next);
    }

    int size() {
        lock();
        try {
            return size;
        } finally {
            lock.unlock();
        }
    }

    int available() {
        lock();
        try {
            return size - held;
        } finally {
            lock.unlock();
        }
    }

    int waiting() {
        lock();
        try {
            return line.size();
        } finally {
            lock.unlock();
        }
    }

    SemaphoreMetrics metrics() {
        lock();
        try {
            return new SemaphoreMetrics(acquired, rejected, waits, abandoned, size, held, line.size());
        } finally {
            lock.unlock();
        }
    }

    /** Of the semaphore; thread dumps show it as what is waited for. */
    @Override
    public String toString() {
        lock();
        try {
            return "ResizableSemaphore[" + name + ", " + (line.isFair() ? "fair, " : "unfair, ") + (size - held)
                    + " of " + size + " available, " + line + "]";
        } finally {
            lock.unlock();
        }
    }
}
