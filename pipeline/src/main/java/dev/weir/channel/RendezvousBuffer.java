package dev.weir.channel;

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
 *   listed, not matched --- the other side comes ---> matched, signalled ---> leaves with or without an element
 *           |
 *           +---- interrupted, timed out, closed, or the select has chosen another clause ---> leaves as it came
 * </pre>
 *
 * Everything happens under one lock, which is held for a few instructions. A waiter of a select is matched only by
 * whoever wins the select's choice, once; after the select itself has made the choice nobody does.
 */
final class RendezvousBuffer<T> extends Buffer<T> {
    private final YieldLock lock = new YieldLock();

    // Guarded by the lock; closed is also read without it.
    private final WaiterQueue senders = new WaiterQueue();
    private final WaiterQueue receivers = new WaiterQueue();
    private final ArrayDeque<T> returned = new ArrayDeque<>();
    private volatile boolean closed;
    private @Nullable Throwable failure;

    @Override
    long capacity() {
        return 0;
    }

    @Override
    SendResult offer(T element) {
        ChannelWaiter receiver = null;
        Thread thread = null;
        boolean wasClosed;
        lock.lock();
        wasClosed = closed;
        if (!wasClosed && (receiver = match(receivers)) != null) {
            receiver.element = element;
            thread = receiver.thread;
            receiver.signalled = true;
        }
        lock.unlock();
        LockSupport.unpark(thread);
        return wasClosed ? SendResult.CLOSED : receiver != null ? SendResult.SENT : SendResult.FULL;
    }

    @Override
    @Nullable
    T poll() {
        Thread thread = null;
        lock.lock();
        T element = returned.poll();
        ChannelWaiter sender;
        if (element == null && (sender = match(senders)) != null) {
            element = element(sender);
            thread = sender.thread;
            sender.signalled = true;
        }
        lock.unlock();
        LockSupport.unpark(thread);
        signalIfEnded();
        return element;
    }

    /** Takes the first waiter off that has not been chosen elsewhere, as one that is matched. */
    private static @Nullable ChannelWaiter match(WaiterQueue waiters) {
        for (ChannelWaiter waiter; (waiter = waiters.first()) != null; ) {
            waiters.remove(waiter);
            SelectLatch choice = waiter.choice;
            if (choice == null || choice.make()) {
                waiter.matched = true;
                return waiter;
            }
            waiter.signalled = true; // no longer listed; its select is on its way out
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
    ChannelWaiter enterSend(T element, QueuePosition turn, @Nullable SelectLatch choice) {
        lock.lock();
        ChannelWaiter waiter = null;
        if (!closed && !hasOther(receivers, choice)) {
            waiter = senders.add(turn == QueuePosition.FIRST);
            waiter.element = element;
            waiter.choice = choice;
        }
        lock.unlock();
        return waiter;
    }

    @Override
    @Nullable
    ChannelWaiter enterReceive(QueuePosition turn, @Nullable SelectLatch choice) {
        lock.lock();
        ChannelWaiter waiter = null;
        if (!closed && returned.isEmpty() && !hasOther(senders, choice)) {
            waiter = receivers.add(turn == QueuePosition.FIRST);
            waiter.choice = choice;
        }
        lock.unlock();
        return waiter;
    }

    /** Whether somebody waits with whom a match is possible; a select that has both sides does not match itself. */
    private static boolean hasOther(WaiterQueue waiters, @Nullable SelectLatch choice) {
        for (ChannelWaiter waiter = waiters.first(); waiter != null; waiter = waiter.next) {
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
    private @Nullable Object leave(WaiterQueue waiters, ChannelWaiter waiter) {
        lock.lock();
        Object exchanged = waiter.matched ? waiter.element : null;
        if (!waiter.signalled) {
            waiters.remove(waiter);
        }
        waiters.recycle(waiter);
        lock.unlock();
        return exchanged;
    }

    @Override
    boolean close(@Nullable Throwable cause) {
        List<Thread> woken = new ArrayList<>();
        lock.lock();
        boolean first = !closed;
        if (first) {
            failure = cause;
            closed = true;
            release(senders, woken);
            release(receivers, woken);
        }
        lock.unlock();
        woken.forEach(LockSupport::unpark);
        signalIfEnded();
        return first;
    }

    private static void release(WaiterQueue waiters, List<Thread> woken) {
        for (ChannelWaiter waiter; (waiter = waiters.first()) != null; ) {
            waiters.remove(waiter);
            woken.add(waiter.thread);
            waiter.signalled = true;
        }
    }

    @Override
    List<T> removeAll() {
        lock.lock();
        List<T> left = new ArrayList<>(returned);
        returned.clear();
        lock.unlock();
        signalIfEnded();
        return left;
    }

    @Override
    void putBack(T taken) {
        Thread thread = null;
        lock.lock();
        ChannelWaiter receiver = match(receivers);
        if (receiver == null) {
            returned.addFirst(taken);
        } else {
            receiver.element = taken;
            thread = receiver.thread;
            receiver.signalled = true;
        }
        lock.unlock();
        LockSupport.unpark(thread);
    }

    @Override
    int size() {
        lock.lock();
        int size = returned.size();
        lock.unlock();
        return size;
    }

    @Override
    @Nullable
    T peek() {
        lock.lock();
        T element = returned.peek();
        lock.unlock();
        return element;
    }

    @Override
    List<T> snapshot() {
        lock.lock();
        List<T> elements = List.copyOf(returned);
        lock.unlock();
        return elements;
    }

    @Override
    boolean isClosed() {
        return closed;
    }

    @Override
    boolean isEnded() {
        lock.lock();
        boolean ended = closed && returned.isEmpty();
        lock.unlock();
        return ended;
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
