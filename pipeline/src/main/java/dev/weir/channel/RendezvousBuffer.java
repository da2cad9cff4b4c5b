package dev.weir.channel;

import dev.weir.core.internal.StackRoom;
import dev.weir.core.internal.wait.YieldLock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A buffer without room: an element goes from a sender to a receiver, one of which waits for the other.
 *
 * <pre>
 *   listed, not matched --- the other side comes ---&gt; matched, signalled ---&gt; leaves with or without an element
 *           |
 *           +---- interrupted, timed out, closed, or the select has chosen another clause ---&gt; leaves as it came
 * </pre>
 *
 * Everything happens under one lock, which is held for a few instructions and, at the end of a stack, not taken. A
 * waiter of a select is matched only by the thread that makes the select's decision, once; after the select itself has
 * made it, by none.
 */
final class RendezvousBuffer<T> extends Buffer<T> {
    private final YieldLock lock = new YieldLock();

    // Guarded by the lock; closed is also read without it.
    private final ChannelWaiters senders = new ChannelWaiters();
    private final ChannelWaiters receivers = new ChannelWaiters();
    private final ArrayDeque<T> returned = new ArrayDeque<>();
    private int drains;
    private volatile boolean closed;
    private @Nullable Throwable failure;

    // How many elements have come in, and gone; one that is put back comes in again.
    private long sent;
    private long gone;

    private final RendezvousSide sending = new RendezvousSide(this, "a receiver", lock, senders);
    private final RendezvousSide receiving = new RendezvousSide(this, "a sender", lock, receivers);

    @Override
    WaitingSide senders() {
        return sending;
    }

    @Override
    WaitingSide receivers() {
        return receiving;
    }

    @Override
    long sent() {
        lock.lock();
        try {
            return sent;
        } finally {
            lock.unlock();
        }
    }

    @Override
    long gone() {
        lock.lock();
        try {
            return gone;
        } finally {
            lock.unlock();
        }
    }

    @Override
    long capacity() {
        return 0;
    }

    @Override
    SendResult offer(T element) {
        ChannelWaiter receiver;
        Thread thread;
        StackRoom.check();
        lock.lock();
        try {
            if (closed) {
                return SendResult.CLOSED;
            }
            receiver = match(receivers);
            if (receiver == null) {
                return SendResult.FULL;
            }
            thread = give(receiver, element);
            sent++;
            gone++;
        } finally {
            lock.unlock();
        }
        LockSupport.unpark(thread);
        return SendResult.SENT;
    }

    /** Gives an element to a matched receiver. If that may put it back, its drain begins here. */
    private @Nullable Thread give(ChannelWaiter receiver, T element) {
        receiver.element = element;
        drains += receiver.drains ? 1 : 0;
        return receiver.markSignalled();
    }

    @Override
    @Nullable
    T poll() {
        Thread thread = null;
        T element;
        StackRoom.check();
        lock.lock();
        try {
            element = returned.poll();
            gone += element == null ? 0 : 1;
            ChannelWaiter sender = element == null ? match(senders) : null;
            if (sender != null) {
                element = element(sender);
                thread = sender.markSignalled();
                sent++;
                gone++;
            }
        } finally {
            lock.unlock();
        }
        LockSupport.unpark(thread);
        signalIfEnded();
        return element;
    }

    /** Takes the first waiter off whose select, if it has one, has not decided, as one that is matched. */
    private static @Nullable ChannelWaiter match(ChannelWaiters waiters) {
        for (ChannelWaiter waiter; (waiter = waiters.first()) != null; ) {
            waiters.remove(waiter);
            SelectLatch choice = waiter.choice;
            if (choice == null || choice.make()) {
                waiter.matched = true;
                return waiter;
            }
            waiter.markSignalled(); // no longer listed; its select is on its way out
        }
        return null;
    }

    @Override
    @Nullable
    T pollIfFull() {
        return null;
    }

    @Override
    @Nullable
    ChannelWaiter enterSend(T element, QueuePosition position, @Nullable SelectLatch choice) {
        StackRoom.check();
        lock.lock();
        try {
            if (closed || hasOther(receivers, choice)) {
                return null;
            }
            ChannelWaiter waiter = senders.add(position == QueuePosition.HEAD);
            waiter.element = element;
            waiter.choice = choice;
            return waiter;
        } finally {
            lock.unlock();
        }
    }

    @Override
    @Nullable
    ChannelWaiter enterReceive(QueuePosition position, @Nullable SelectLatch choice, boolean toDrain) {
        StackRoom.check();
        lock.lock();
        try {
            if ((closed && drains == 0) || !returned.isEmpty() || hasOther(senders, choice)) {
                return null;
            }
            ChannelWaiter waiter = receivers.add(position == QueuePosition.HEAD);
            waiter.drains = toDrain;
            waiter.choice = choice;
            return waiter;
        } finally {
            lock.unlock();
        }
    }

    /** Whether a waiter is listed that could be matched; a select that has both sides does not match itself. */
    private static boolean hasOther(ChannelWaiters waiters, @Nullable SelectLatch choice) {
        for (ChannelWaiter waiter = waiters.first(); waiter != null; waiter = waiters.next(waiter)) {
            if (waiter.choice == null || (waiter.choice != choice && !waiter.choice.isMade())) {
                return true;
            }
        }
        return false;
    }

    @Override
    SendResult leaveSend(ChannelWaiter waiter, T element, boolean retry) {
        boolean sent = leave(senders, waiter) != null;
        return sent ? SendResult.SENT : retry ? offer(element) : SendResult.FULL;
    }

    @Override
    @Nullable
    T leaveReceive(ChannelWaiter waiter, boolean retry) {
        @SuppressWarnings("unchecked")
        T received = (T) leave(receivers, waiter);
        return received == null && retry ? poll() : received;
    }

    /** The element that went through this waiter, if one did. */
    private @Nullable Object leave(ChannelWaiters waiters, ChannelWaiter waiter) {
        lock.lock();
        try {
            Object exchanged = waiter.matched ? waiter.element : null;
            if (!waiter.isSignalled()) {
                waiters.remove(waiter);
            }
            drains -= waiter.matched && waiter.drains ? 1 : 0; // its thread has begun a drain of its own before
            waiters.recycle(waiter);
            return exchanged;
        } finally {
            lock.unlock();
        }
    }

    @Override
    boolean close(@Nullable Throwable cause) {
        boolean first;
        StackRoom.check();
        lock.lock();
        try {
            first = !closed;
            if (first) {
                failure = cause;
                closed = true;
            }
        } finally {
            lock.unlock();
        }
        // No sender enters any more, and receivers only to see a drain end. A close that failed half-way is made good
        // by the next one.
        release(senders);
        release(receivers);
        signalIfEnded();
        return first;
    }

    private void release(ChannelWaiters waiters) {
        boolean more = true;
        while (more) {
            Thread thread = null;
            lock.lock();
            try {
                ChannelWaiter waiter = waiters.first();
                more = waiter != null;
                if (waiter != null) {
                    waiters.remove(waiter);
                    thread = waiter.markSignalled();
                }
            } finally {
                lock.unlock();
            }
            LockSupport.unpark(thread);
        }
    }

    @Override
    List<T> removeAll() {
        List<T> left;
        lock.lock();
        try {
            left = new ArrayList<>(returned);
            gone += left.size();
            returned.clear();
        } finally {
            lock.unlock();
        }
        signalIfEnded();
        return left;
    }

    @Override
    void putBack(T taken) {
        Thread thread = null;
        lock.lock();
        try {
            ChannelWaiter receiver = match(receivers);
            if (receiver == null) {
                returned.addFirst(taken);
            } else {
                thread = give(receiver, taken);
                gone++;
            }
            sent++;
        } finally {
            lock.unlock();
        }
        LockSupport.unpark(thread);
    }

    @Override
    void beginDrain() {
        lock.lock();
        try {
            drains++;
        } finally {
            lock.unlock();
        }
    }

    @Override
    void endDrain() {
        boolean last;
        lock.lock();
        try {
            drains--;
            last = drains == 0 && closed;
        } finally {
            lock.unlock();
        }
        if (last) {
            release(receivers); // which wait for what might have been put back
            signalIfEnded();
        }
    }

    @Override
    int size() {
        lock.lock();
        try {
            return returned.size();
        } finally {
            lock.unlock();
        }
    }

    @Override
    @Nullable
    T peek() {
        lock.lock();
        try {
            return returned.peek();
        } finally {
            lock.unlock();
        }
    }

    @Override
    List<T> snapshot() {
        lock.lock();
        try {
            return List.copyOf(returned);
        } finally {
            lock.unlock();
        }
    }

    @Override
    boolean isClosed() {
        return closed;
    }

    @Override
    boolean isEnded() {
        lock.lock();
        try {
            return closed && returned.isEmpty() && drains == 0;
        } finally {
            lock.unlock();
        }
    }

    @Override
    @Nullable
    Throwable failure() {
        return closed ? failure : null;
    }

    @SuppressWarnings("unchecked")
    private T element(ChannelWaiter sender) {
        return (T) Objects.requireNonNull(sender.element);
    }
}
