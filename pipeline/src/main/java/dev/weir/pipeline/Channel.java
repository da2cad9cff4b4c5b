package dev.weir.pipeline;

import dev.weir.core.internal.Checks;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Optional;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.CancellationException;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * A first-in first-out queue between any number of producers and consumers that has an end: {@link #close()} lets what
 * is in be delivered, {@link #fail} does so and then tells the receivers why, {@link #abort()} hands back what is left.
 *
 * <p><b>Conservation.</b> Every element that was sent is received once or returned by {@link #abort()}. A send or
 * receive that is interrupted, times out or finds the channel closed has had no effect.
 *
 * <p><b>The end.</b> A receive on a channel that is closed and empty throws {@link ChannelClosedException}, whose cause
 * is that of {@link #fail}, if any. {@link #next()}, iteration and {@link #stream()} end normally after a close.
 *
 * <p><b>Threads.</b> All methods are thread-safe and linearizable. Waiting threads park, without spinning, and are
 * woken in order of arrival; a thread that has not waited may go first. What a thread does before it sends an element
 * happens-before another's receiving it, and what it does before a close, fail or abort before another's seeing that.
 *
 * @param <T> the type of the elements, which are never null
 */
public final class Channel<T> implements Iterable<T>, AutoCloseable {
    // Whenever the lock is free and the channel open: elements and waiting receivers imply a receiver's wakeup in
    // flight, and room and waiting senders imply a sender's. The woken thread always comes back through the lock,
    // ends its flight there, interrupted or not, and its release() restores the invariant: no wakeup is lost.
    // Once closed nobody starts to wait, and those who waited have all been signalled.
    private final ReentrantLock lock = new ReentrantLock();
    private final ArrayDeque<T> elements = new ArrayDeque<>();
    private final ArrayDeque<Waiter> senders = new ArrayDeque<>();
    private final ArrayDeque<Waiter> receivers = new ArrayDeque<>();
    private final int capacity;
    private final TimeSource time;
    private boolean senderInFlight;
    private boolean receiverInFlight;
    private boolean closed;
    private @Nullable Throwable failure;

    private Channel(int capacity, TimeSource time) {
        this.capacity = capacity;
        this.time = Objects.requireNonNull(time, "time");
    }

    /**
     * A channel that holds at most so many elements.
     *
     * @param <T> the type of the elements
     * @param capacity how many, at least 1
     * @return the channel
     * @throws IllegalArgumentException if the capacity is below 1
     */
    public static <T> Channel<T> bounded(int capacity) {
        return bounded(capacity, TimeSource.system());
    }

    /**
     * A channel that holds at most so many elements and measures its timeouts on the given clock.
     *
     * @param <T> the type of the elements
     * @param capacity how many, at least 1
     * @param time the clock
     * @return the channel
     * @throws IllegalArgumentException if the capacity is below 1
     */
    public static <T> Channel<T> bounded(int capacity, TimeSource time) {
        return new Channel<>(Checks.positive(capacity, "capacity"), time);
    }

    /**
     * A channel that is never full.
     *
     * @param <T> the type of the elements
     * @return the channel
     */
    public static <T> Channel<T> unbounded() {
        return new Channel<>(Integer.MAX_VALUE, TimeSource.system());
    }

    /**
     * Sends an element, waiting while the channel is full.
     *
     * @param element the element
     * @throws InterruptedException if the thread is interrupted on entry or while it waits; the element was not sent
     * @throws ChannelClosedException if the channel is closed, or is while this waits; the element was not sent
     */
    public void send(T element) throws InterruptedException {
        if (send(element, Long.MAX_VALUE, true) != SendResult.SENT) {
            throw new ChannelClosedException(failure());
        }
    }

    /**
     * Sends an element if there is room, without waiting.
     *
     * @param element the element
     * @return what became of the element
     */
    public SendResult trySend(T element) {
        Objects.requireNonNull(element, "element");
        lock.lock();
        try {
            return offer(element);
        } finally {
            release();
        }
    }

    /**
     * Sends an element, waiting for room for at most the timeout.
     *
     * @param element the element
     * @param timeout how long to wait; zero or less does not wait
     * @return what became of the element
     * @throws InterruptedException if the thread is interrupted on entry or while it waits; the element was not sent
     */
    public SendResult trySend(T element, Duration timeout) throws InterruptedException {
        return send(element, Checks.saturatedNanos(timeout), false);
    }

    private SendResult send(T element, long nanos, boolean untimed) throws InterruptedException {
        Objects.requireNonNull(element, "element");
        long start = untimed ? 0 : time.nanoTime();
        throwIfInterrupted();
        Waiter waiter = null;
        while (true) {
            lock.lock();
            try {
                if (waiter != null) {
                    if (waiter.signalled) {
                        senderInFlight = false;
                    } else {
                        senders.remove(waiter);
                    }
                    throwIfInterrupted();
                }
                SendResult result = offer(element);
                if (result != SendResult.FULL || (!untimed && nanos - (time.nanoTime() - start) <= 0)) {
                    return result;
                }
                waiter = enqueue(senders, waiter);
            } finally {
                release();
            }
            park(waiter, start, nanos, untimed);
        }
    }

    /**
     * Receives the next element, waiting while the channel is empty and open.
     *
     * @return the element
     * @throws InterruptedException if the thread is interrupted on entry or while it waits; nothing was taken
     * @throws ChannelClosedException if the channel is closed and empty
     */
    public T receive() throws InterruptedException {
        T element = receive(Long.MAX_VALUE, true);
        if (element == null) {
            throw new ChannelClosedException(failure());
        }
        return element;
    }

    /**
     * Receives the next element, waiting while the channel is empty and open; the form for loops.
     *
     * @return the element, or empty if the channel was closed and is empty
     * @throws InterruptedException if the thread is interrupted on entry or while it waits; nothing was taken
     * @throws ChannelClosedException if the channel has {@linkplain #fail failed} and is empty
     */
    public Optional<T> next() throws InterruptedException {
        T element = receive(Long.MAX_VALUE, true);
        if (element == null && failure() != null) {
            throw new ChannelClosedException(failure());
        }
        return Optional.ofNullable(element);
    }

    /**
     * Receives the next element if there is one, without waiting.
     *
     * @return the element, or empty if there is none now
     * @throws ChannelClosedException if the channel is closed and empty
     */
    public Optional<T> tryReceive() {
        lock.lock();
        try {
            return Optional.ofNullable(pollOrEnd());
        } finally {
            release();
        }
    }

    /**
     * Receives the next element, waiting for at most the timeout.
     *
     * @param timeout how long to wait; zero or less does not wait
     * @return the element, or empty if none came in time
     * @throws InterruptedException if the thread is interrupted on entry or while it waits; nothing was taken
     * @throws ChannelClosedException if the channel is closed and empty
     */
    public Optional<T> tryReceive(Duration timeout) throws InterruptedException {
        T element = receive(Checks.saturatedNanos(timeout), false);
        return element != null ? Optional.of(element) : Optional.empty();
    }

    /** Null at the end of an untimed wait, and at the timeout of a timed one, for which the end is an exception. */
    private @Nullable T receive(long nanos, boolean untimed) throws InterruptedException {
        long start = untimed ? 0 : time.nanoTime();
        throwIfInterrupted();
        Waiter waiter = null;
        while (true) {
            lock.lock();
            try {
                if (waiter != null) {
                    if (waiter.signalled) {
                        receiverInFlight = false;
                    } else {
                        receivers.remove(waiter);
                    }
                    throwIfInterrupted();
                }
                T element = untimed ? elements.poll() : pollOrEnd();
                if (element != null || closed || (!untimed && nanos - (time.nanoTime() - start) <= 0)) {
                    return element;
                }
                waiter = enqueue(receivers, waiter);
            } finally {
                release();
            }
            park(waiter, start, nanos, untimed);
        }
    }

    /**
     * Moves what is in the channel, without waiting, into a collection. If the collection refuses an element, by an
     * exception, that element and those after it are put back where they were, closed or not.
     *
     * @param target where the elements go, in order
     * @param max at most how many
     * @return how many were moved; 0 also at the end of the channel
     * @throws IllegalArgumentException if {@code max} is negative
     */
    public int drainTo(Collection<? super T> target, int max) {
        Objects.requireNonNull(target, "target");
        Checks.notNegative(max, "max");
        ArrayDeque<T> taken = new ArrayDeque<>();
        lock.lock();
        try {
            for (T e; taken.size() < max && (e = elements.poll()) != null; ) {
                taken.add(e);
            }
        } finally {
            release();
        }
        int moved = 0;
        try {
            for (T e; (e = taken.peek()) != null; moved++) {
                target.add(e);
                taken.remove();
            }
            return moved;
        } finally {
            if (!taken.isEmpty()) {
                putBack(taken);
            }
        }
    }

    private void putBack(ArrayDeque<T> taken) {
        lock.lock();
        try {
            taken.descendingIterator().forEachRemaining(elements::addFirst);
        } finally {
            release();
        }
    }

    /** Lets no more elements in and wakes all who wait; what is in is delivered. Closing again does nothing. */
    @Override
    public void close() {
        end(null, false);
    }

    /**
     * Lets no more elements in; receivers get what is in and then a {@link ChannelClosedException} with this cause.
     *
     * @param cause why
     * @return false if the channel was closed already, so that the cause was not taken
     */
    public boolean fail(Throwable cause) {
        return end(Objects.requireNonNull(cause, "cause"), false).first();
    }

    /**
     * Lets no more elements in and takes out what is left.
     *
     * @return the elements that nobody will receive, in order
     */
    public List<T> abort() {
        return end(null, true).left();
    }

    private record Ended<T>(boolean first, List<T> left) {}

    private Ended<T> end(@Nullable Throwable cause, boolean take) {
        List<Waiter> woken = new ArrayList<>();
        List<T> left = new ArrayList<>();
        boolean first;
        lock.lock();
        try {
            first = !closed;
            if (first) {
                closed = true;
                failure = cause;
            }
            if (take) {
                left.addAll(elements);
                elements.clear();
            }
            woken.addAll(senders);
            woken.addAll(receivers);
            senders.clear();
            receivers.clear();
            woken.forEach(w -> w.signalled = true);
        } finally {
            lock.unlock();
        }
        woken.forEach(w -> LockSupport.unpark(w.thread));
        return new Ended<>(first, left);
    }

    /**
     * Whether the channel takes no more elements; there may still be some to receive.
     *
     * @return true after a close, fail or abort
     */
    public boolean isClosed() {
        lock.lock();
        try {
            return closed;
        } finally {
            lock.unlock();
        }
    }

    /**
     * How many elements are in the channel, exactly, at one moment during the call.
     *
     * @return the number of elements
     */
    public int size() {
        lock.lock();
        try {
            return elements.size();
        } finally {
            lock.unlock();
        }
    }

    /**
     * An iterator that receives, waiting in {@code hasNext}, and ends with the channel; it belongs to one thread. An
     * element that {@code hasNext} has taken is the iterator's. If the thread is interrupted while it waits, {@code
     * hasNext} throws {@link CancellationException} and leaves the interrupt status set; if the
     * channel failed, it throws {@link ChannelClosedException}.
     *
     * @return the iterator
     */
    @Override
    public Iterator<T> iterator() {
        return new Receiving();
    }

    /**
     * A sequential stream of the elements, which waits and ends as {@link #iterator()} does.
     *
     * @return the stream
     */
    public Stream<T> stream() {
        int traits = Spliterator.ORDERED | Spliterator.NONNULL;
        return StreamSupport.stream(Spliterators.spliteratorUnknownSize(iterator(), traits), false);
    }

    private final class Receiving implements Iterator<T> {
        private @Nullable T ahead;

        @Override
        public boolean hasNext() {
            if (ahead == null) {
                try {
                    ahead = Channel.this.next().orElse(null);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    var cancelled = new CancellationException("interrupted while receiving");
                    cancelled.initCause(e);
                    throw cancelled;
                }
            }
            return ahead != null;
        }

        @Override
        public T next() {
            T element = hasNext() ? ahead : null;
            if (element == null) {
                throw new NoSuchElementException("the channel is closed");
            }
            ahead = null;
            return element;
        }
    }

    private SendResult offer(T element) {
        if (closed) {
            return SendResult.CLOSED;
        }
        if (elements.size() >= capacity) {
            return SendResult.FULL;
        }
        elements.add(element);
        return SendResult.SENT;
    }

    private @Nullable T pollOrEnd() {
        T element = elements.poll();
        if (element == null && closed) {
            throw new ChannelClosedException(failure);
        }
        return element;
    }

    private @Nullable Throwable failure() {
        lock.lock();
        try {
            return failure;
        } finally {
            lock.unlock();
        }
    }

    /** A thread that was woken and came too late keeps its turn at the head. */
    private static Waiter enqueue(ArrayDeque<Waiter> list, @Nullable Waiter previous) {
        Waiter waiter = new Waiter();
        if (previous == null) {
            list.addLast(waiter);
        } else {
            list.addFirst(waiter);
        }
        return waiter;
    }

    /** Restores the invariant, frees the lock, and only then unparks. */
    private void release() {
        Waiter receiver = null;
        Waiter sender = null;
        if (!elements.isEmpty() && !receiverInFlight && (receiver = receivers.poll()) != null) {
            receiverInFlight = true;
            receiver.signalled = true;
        }
        if (elements.size() < capacity && !senderInFlight && (sender = senders.poll()) != null) {
            senderInFlight = true;
            sender.signalled = true;
        }
        lock.unlock();
        if (receiver != null) {
            LockSupport.unpark(receiver.thread);
        }
        if (sender != null) {
            LockSupport.unpark(sender.thread);
        }
    }

    private void park(Waiter waiter, long start, long nanos, boolean untimed) {
        while (!waiter.signalled && !Thread.currentThread().isInterrupted()) {
            if (untimed) {
                LockSupport.park(this);
                continue;
            }
            long left = nanos - (time.nanoTime() - start);
            if (left <= 0) {
                return;
            }
            time.parkNanos(this, left);
        }
    }

    private static void throwIfInterrupted() throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
    }
}
