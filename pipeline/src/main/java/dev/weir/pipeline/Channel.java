package dev.weir.pipeline;

import dev.weir.core.internal.Checks;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
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
    /**
     * How often a platform thread yields before it parks: what it waits for is often there by then, and to park and be
     * woken costs as much as some twenty yields. A virtual thread parks at once, as it yields by parking anyway.
     */
    private static final int YIELDS = 20;

    private static final int LARGEST_RING = 1 << 16;

    private final Buffer<T> buffer;
    private final TimeSource time;

    private Channel(Buffer<T> buffer, TimeSource time) {
        this.buffer = buffer;
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
        Checks.positive(capacity, "capacity");
        return new Channel<>(
                capacity <= LARGEST_RING ? new RingBuffer<>(capacity) : new LinkedBuffer<>(capacity), time);
    }

    /**
     * A channel that is never full.
     *
     * @param <T> the type of the elements
     * @return the channel
     */
    public static <T> Channel<T> unbounded() {
        return new Channel<>(new LinkedBuffer<>(Long.MAX_VALUE), TimeSource.system());
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
            throw new ChannelClosedException(buffer.failure());
        }
    }

    /**
     * Sends an element if there is room, without waiting.
     *
     * @param element the element
     * @return what became of the element
     */
    public SendResult trySend(T element) {
        return buffer.offer(Objects.requireNonNull(element, "element"));
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
        SendResult result = buffer.offer(element);
        boolean ahead = false;
        for (int yields = yields(); result == SendResult.FULL; ) {
            if (!untimed && nanos - (time.nanoTime() - start) <= 0) {
                return result;
            }
            if (yields-- > 0) {
                Thread.yield();
                throwIfInterrupted();
                result = buffer.offer(element);
                continue;
            }
            Waiter waiter = buffer.enterSend(element, ahead);
            if (waiter == null) {
                result = buffer.offer(element);
                continue;
            }
            park(waiter, start, nanos, untimed);
            ahead = waiter.signalled;
            result = buffer.leaveSend(waiter, element, !Thread.currentThread().isInterrupted());
            if (result == SendResult.FULL) {
                throwIfInterrupted();
            }
        }
        return result;
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
            throw new ChannelClosedException(buffer.failure());
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
        if (element == null && buffer.failure() != null) {
            throw new ChannelClosedException(buffer.failure());
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
        T element = buffer.poll();
        if (element == null && buffer.isEnded()) {
            throw new ChannelClosedException(buffer.failure());
        }
        return Optional.ofNullable(element);
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
        if (element == null && buffer.isEnded()) {
            throw new ChannelClosedException(buffer.failure());
        }
        return Optional.ofNullable(element);
    }

    /** Null at the end, and at the timeout. */
    private @Nullable T receive(long nanos, boolean untimed) throws InterruptedException {
        long start = untimed ? 0 : time.nanoTime();
        throwIfInterrupted();
        T element = buffer.poll();
        boolean ahead = false;
        for (int yields = yields(); element == null; ) {
            if (buffer.isEnded() || (!untimed && nanos - (time.nanoTime() - start) <= 0)) {
                return null;
            }
            if (yields-- > 0) {
                Thread.yield();
                throwIfInterrupted();
                element = buffer.poll();
                continue;
            }
            Waiter waiter = buffer.enterReceive(ahead);
            if (waiter == null) {
                element = buffer.poll();
                continue;
            }
            park(waiter, start, nanos, untimed);
            ahead = waiter.signalled;
            element = buffer.leaveReceive(waiter, !Thread.currentThread().isInterrupted());
            if (element == null) {
                throwIfInterrupted();
            }
        }
        return element;
    }

    private static int yields() {
        return Thread.currentThread().isVirtual() ? 0 : YIELDS;
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
        int moved = 0;
        for (T e; moved < max && (e = buffer.poll()) != null; moved++) {
            boolean added = false;
            try {
                target.add(e);
                added = true;
            } finally {
                if (!added) {
                    buffer.putBack(List.of(e));
                }
            }
        }
        return moved;
    }

    /** Lets no more elements in and wakes all who wait; what is in is delivered. Closing again does nothing. */
    @Override
    public void close() {
        buffer.close(null);
    }

    /**
     * Lets no more elements in; receivers get what is in and then a {@link ChannelClosedException} with this cause.
     *
     * @param cause why
     * @return false if the channel was closed already, so that the cause was not taken
     */
    public boolean fail(Throwable cause) {
        return buffer.close(Objects.requireNonNull(cause, "cause"));
    }

    /**
     * Lets no more elements in and takes out what is left.
     *
     * @return the elements that nobody will receive, in order
     */
    public List<T> abort() {
        buffer.close(null);
        return buffer.removeAll();
    }

    /**
     * Whether the channel takes no more elements; there may still be some to receive.
     *
     * @return true after a close, fail or abort
     */
    public boolean isClosed() {
        return buffer.isClosed();
    }

    /**
     * How many elements are in the channel, exactly, at one moment during the call.
     *
     * @return the number of elements
     */
    public int size() {
        return buffer.size();
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
