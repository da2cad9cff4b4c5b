package dev.weir.channel;

import dev.weir.core.ThrowingConsumer;
import dev.weir.core.context.ContextCarrier;
import dev.weir.core.internal.Checks;
import dev.weir.core.internal.Contexts;
import dev.weir.core.internal.Name;
import dev.weir.core.time.TimeSource;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Makes {@link Channel}s with settings: a name, what they do when they are full, what they carry. Each channel that it
 * builds is new.
 *
 * <p><b>Thread-safety.</b> For one thread at a time. Nothing blocks.
 *
 * @param <T> the type of the elements
 */
public final class ChannelBuilder<T> {
    /** Beyond this, segments are linked as they are needed instead of a ring that is all there from the start. */
    private static final int LARGEST_RING = 1 << 16;

    /** How much fits in: 0 nothing, {@link Long#MAX_VALUE} all. */
    private final long capacity;

    private @Nullable String name;
    private TimeSource timeSource = TimeSource.system();
    private WhenFull whenFull = WhenFull.WAIT;
    private Contexts contexts = Contexts.byDefault();
    private @Nullable ThrowingConsumer<? super T, ?> onUndelivered;

    private ChannelBuilder(long capacity) {
        this.capacity = capacity;
    }

    static <T> ChannelBuilder<T> bounded(int capacity) {
        return new ChannelBuilder<>((long) Checks.positive(capacity, "capacity"));
    }

    static <T> ChannelBuilder<T> unbounded() {
        return new ChannelBuilder<>(Long.MAX_VALUE);
    }

    static <T> ChannelBuilder<T> rendezvous() {
        return new ChannelBuilder<>(0);
    }

    /**
     * Sets the name that logs, thread dumps and the names of the channel's threads show.
     *
     * @param name the name; {@code channel} with a number unless set
     * @return this
     * @throws IllegalArgumentException if the name is blank
     */
    public ChannelBuilder<T> name(String name) {
        this.name = Name.checked(name);
        return this;
    }

    /**
     * Sets what happens to an element that finds the channel full.
     *
     * @param policy {@link WhenFull#WAIT} unless set
     * @return this
     * @throws IllegalArgumentException if it is another one, and the channel has no bound or holds nothing
     */
    public ChannelBuilder<T> whenFull(WhenFull policy) {
        Objects.requireNonNull(policy, "policy");
        if (policy != WhenFull.WAIT && (capacity == 0 || capacity == Long.MAX_VALUE)) {
            throw new IllegalArgumentException("a channel with a capacity of " + capacity + " cannot " + policy);
        }
        whenFull = policy;
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
     * Sets what the channel's own threads carry, in place of {@link ContextCarrier#defaults()}: from the caller of
     * {@link Channel#consume} to the handler, from the thread that subscribes to the subscriber, and from the thread
     * that makes an {@link Inlet} to its request function. For the context of each element, send
     * {@link dev.weir.pipeline.Carried} ones.
     *
     * @param carriers what carries it, installed in this order; none carries nothing
     * @return this
     */
    public ChannelBuilder<T> context(ContextCarrier... carriers) {
        contexts = Contexts.of(Checks.noneNull(carriers, "carriers"));
        return this;
    }

    /**
     * Creates a channel.
     *
     * @return the channel
     */
    public Channel<T> build() {
        return new Channel<>(
                Name.of("channel", name), buffer(), timeSource, new Overflow<>(whenFull, onUndelivered), contexts);
    }

    private Buffer<T> buffer() {
        if (capacity == 0) {
            return new RendezvousBuffer<>();
        }
        return capacity <= LARGEST_RING ? new RingBuffer<>((int) capacity) : new LinkedBuffer<>(capacity);
    }

    /**
     * Returns a description for logs and debuggers.
     *
     * @return for instance {@code ChannelBuilder[orders, capacity 16, WAIT]}
     */
    @Override
    public String toString() {
        return "ChannelBuilder[" + (name == null ? "" : name + ", ") + "capacity " + capacity + ", " + whenFull + "]";
    }
}
