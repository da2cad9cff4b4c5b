package dev.weir.channel;

import dev.weir.core.ThrowingConsumer;
import dev.weir.core.internal.Checks;
import dev.weir.core.time.TimeSource;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Makes bounded {@link Channel}s that may do something else than wait when they are full. Each channel that it builds
 * is new.
 *
 * <p><b>Thread-safety.</b> For one thread at a time. Nothing blocks.
 *
 * @param <T> the type of the elements
 */
public final class ChannelBuilder<T> {
    /** Beyond this, segments are linked as they are needed instead of a ring that is all there from the start. */
    private static final int LARGEST_RING = 1 << 16;

    private final int capacity;
    private TimeSource timeSource = TimeSource.system();
    private WhenFull whenFull = WhenFull.WAIT;
    private @Nullable ThrowingConsumer<? super T, ?> onUndelivered;

    ChannelBuilder(int capacity) {
        this.capacity = Checks.positive(capacity, "capacity");
    }

    /**
     * Sets what happens to an element that finds the channel full.
     *
     * @param policy {@link WhenFull#WAIT} unless set
     * @return this
     */
    public ChannelBuilder<T> whenFull(WhenFull policy) {
        whenFull = Objects.requireNonNull(policy, "policy");
        return this;
    }

    /**
     * Sets the callback that gets each element that the channel drops, exactly once. It is called by the thread whose
     * send made the channel drop the element, and outside of all locks; what it throws is logged at ERROR. It may wait,
     * as {@code other::send} does, and then so do the sends of this channel that drop, also those that do not wait
     * otherwise. If it is interrupted, that is logged, and the interrupt status of the sender stays set, whose own
     * element is in.
     *
     * @param callback what gets the elements
     * @return this
     */
    public ChannelBuilder<T> onUndelivered(ThrowingConsumer<? super T, ?> callback) {
        onUndelivered = Objects.requireNonNull(callback, "callback");
        return this;
    }

    /**
     * Sets the clock that timeouts are measured on.
     *
     * @param time the clock; {@link TimeSource#system()} unless set
     * @return this
     */
    public ChannelBuilder<T> timeSource(TimeSource time) {
        timeSource = Objects.requireNonNull(time, "time");
        return this;
    }

    /**
     * Creates a channel.
     *
     * @return the channel
     */
    public Channel<T> build() {
        Buffer<T> buffer = capacity <= LARGEST_RING ? new RingBuffer<>(capacity) : new LinkedBuffer<>(capacity);
        return new Channel<>(buffer, timeSource, new Overflow<>(whenFull, onUndelivered));
    }

    /**
     * Returns a description for logs and debuggers.
     *
     * @return for instance {@code ChannelBuilder[capacity 16, WAIT]}
     */
    @Override
    public String toString() {
        return "ChannelBuilder[capacity " + capacity + ", " + whenFull + "]";
    }
}
