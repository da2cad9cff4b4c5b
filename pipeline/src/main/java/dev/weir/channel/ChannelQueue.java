package dev.weir.channel;

import java.time.Duration;
import java.util.AbstractQueue;
import java.util.Collection;
import java.util.Iterator;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A channel seen as a queue. What {@link AbstractQueue} builds on {@code offer}, {@code poll}, {@code peek} and the
 * iterator is right here as well; what removes from the middle fails in the iterator, which cannot.
 */
final class ChannelQueue<T> extends AbstractQueue<T> implements BlockingQueue<T> {
    final Channel<T> channel;

    ChannelQueue(Channel<T> channel) {
        this.channel = channel;
    }

    /** Says why it refuses, where the inherited one always says that the queue is full. */
    @Override
    public boolean add(T element) {
        return switch (channel.trySend(element)) {
            case SENT -> true;
            case CLOSED -> throw new ChannelClosedException(channel.buffer.failure());
            case FULL -> throw new ChannelFullException(channel.buffer.capacity());
            case DROPPED -> throw new IllegalStateException("the channel is full, and has dropped the element");
        };
    }

    @Override
    public boolean offer(T element) {
        return channel.trySend(element) == SendResult.SENT;
    }

    @Override
    public boolean offer(T element, long timeout, TimeUnit unit) throws InterruptedException {
        return channel.trySend(element, Duration.ofNanos(unit.toNanos(timeout))) == SendResult.SENT;
    }

    @Override
    public void put(T element) throws InterruptedException {
        channel.send(element);
    }

    @Override
    public @Nullable T poll() {
        return channel.buffer.poll();
    }

    @Override
    public @Nullable T poll(long timeout, TimeUnit unit) throws InterruptedException {
        return channel.waits.receive(Duration.ofNanos(unit.toNanos(timeout)));
    }

    @Override
    public T take() throws InterruptedException {
        return channel.receive();
    }

    @Override
    public @Nullable T peek() {
        return channel.buffer.peek();
    }

    @Override
    public int size() {
        return channel.size();
    }

    @Override
    public int remainingCapacity() {
        long room = channel.buffer.capacity() - channel.size();
        return (int) Math.max(0, Math.min(Integer.MAX_VALUE, room));
    }

    @Override
    public int drainTo(Collection<? super T> target) {
        return drainTo(target, Integer.MAX_VALUE);
    }

    @Override
    public int drainTo(Collection<? super T> target, int max) {
        return channel.drainTo(target, Math.max(0, max));
    }

    /** What is in now, without taking it. */
    @Override
    public Iterator<T> iterator() {
        Iterator<T> elements = channel.buffer.snapshot().iterator();
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return elements.hasNext();
            }

            @Override
            public T next() {
                return elements.next();
            }

            @Override
            public void remove() {
                throw new UnsupportedOperationException("a channel's elements go out at its head only");
            }
        };
    }

    /** Without a size, which the elements found by a snapshot need not agree with. */
    @Override
    public Spliterator<T> spliterator() {
        int traits = Spliterator.ORDERED | Spliterator.NONNULL | Spliterator.CONCURRENT;
        return Spliterators.spliteratorUnknownSize(iterator(), traits);
    }
}
