package dev.weir.channel;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/** Receives for one thread, one element ahead at most. */
final class ChannelIterator<T> implements Iterator<T> {
    private final Channel<T> channel;
    private @Nullable T ahead;

    ChannelIterator(Channel<T> channel) {
        this.channel = channel;
    }

    @Override
    public boolean hasNext() {
        if (ahead == null) {
            try {
                ahead = channel.next().orElse(null);
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
