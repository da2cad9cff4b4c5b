package dev.weir.channel;

import dev.weir.core.Deadline;
import dev.weir.core.ThrowingConsumer;
import dev.weir.core.internal.Callbacks;
import dev.weir.core.internal.Checks;
import dev.weir.core.internal.Contexts;
import dev.weir.core.internal.Interrupts;
import dev.weir.core.internal.Name;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Flow;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A first-in first-out queue between any number of producers and consumers that has an end: {@link #close()} lets what
 * is in be delivered, {@link #fail} does so and then gives the receivers the cause, {@link #abort()} hands back what is
 * left.
 *
 * {@snippet file="dev/weir/channel/ChannelSnippets.java" region="consume"}
 *
 * <p><b>Room.</b> A channel is {@linkplain #bounded bounded}, {@linkplain #rendezvous without any}, or
 * {@linkplain #unbounded without end}. A bounded one that is full has its senders wait, or does what its
 * {@linkplain #builder builder} says.
 *
 * <p><b>Conservation.</b> Every element that was sent goes exactly one way: it is received, returned by
 * {@link #abort()}, or, if the channel drops, given to {@link ChannelBuilder#onUndelivered}. A send or receive that is
 * interrupted, times out or finds the channel closed has had no effect. The channel keeps no reference to an element
 * that it has handed on.
 *
 * <p><b>The end.</b> A receive on a channel that is closed and empty throws {@link ChannelClosedException}, whose cause
 * is that of {@link #fail}, if any. {@link #next()}, iteration and {@link #stream()} end normally after a close.
 *
 * <p><b>The algorithm</b> of a bounded channel is the bounded queue of Dmitry Vyukov, with stamps that also fit a ring
 * of one slot and any capacity; an unbounded channel has the same two positions over linked segments of cells that are
 * used once, as the channels of Koval, Alistarh and Elizarov have (<i>Fast and Scalable Channels in Kotlin
 * Coroutines</i>, 2023); a rendezvous is a lock around the lists of senders and receivers that wait for each other.
 * Except there, threads wait in lists beside the queue, and are sent signals and not elements.
 *
 * <p><b>Thread-safety.</b> All methods are thread-safe. Those that do not wait are linearizable; a send that drops an
 * older element is two steps. <b>Blocking.</b> Methods that throw {@link InterruptedException} wait, and no others do.
 * A thread that waits is parked; one of the platform yields some twenty times before. <b>Interruption.</b> Ends the
 * wait, and nothing was sent or received then; no element is lost. <b>Fairness.</b> Waiters are woken in order of
 * arrival, one at a time on each side. A thread that comes later may go first, but not for ever: once a waiter was
 * overtaken some times, those that come later and can wait, wait behind it. A virtual thread that was woken and gets no
 * carrier holds up the waiters behind it, platform threads too, as in the JDK's blocking queues.
 *
 * <p><b>Memory effects.</b> What a thread does before it sends an element happens-before what another does after it
 * received it, and what it does before a close, fail or abort before what another does that has seen that.
 *
 * @param <T> the type of the elements, which are never null
 */
public final class Channel<T> implements Iterable<T>, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Channel.class);

    final Buffer<T> buffer;
    final TimeSource time;
    final Overflow<T> overflow;
    final BlockingOperations<T> waits;
    final Contexts contexts;
    private final Consumption<T> consumption;
    private final ConcurrentLinkedQueue<Runnable> closeActions = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<Runnable> endActions = new ConcurrentLinkedQueue<>();

    /** The one watcher of the buffer, which runs it when it has ended, maybe more than once. */
    final Runnable endWatcher = this::noticeEnd;

    Channel(Name name, Buffer<T> buffer, TimeSource time, Overflow<T> overflow, Contexts contexts) {
        buffer.name = name;
        this.contexts = contexts;
        this.buffer = buffer;
        this.time = Objects.requireNonNull(time, "time");
        this.overflow = overflow;
        this.waits = new BlockingOperations<>(buffer, time);
        this.consumption = new Consumption<>(this);
    }

    /**
     * A channel that holds at most {@code capacity} elements.
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
     * A channel that holds at most {@code capacity} elements and measures its timeouts on the given clock.
     *
     * @param <T> the type of the elements
     * @param capacity how many, at least 1
     * @param time the clock
     * @return the channel
     * @throws IllegalArgumentException if the capacity is below 1
     */
    public static <T> Channel<T> bounded(int capacity, TimeSource time) {
        return ChannelBuilder.<T>bounded(capacity).timeSource(time).build();
    }

    /**
     * Begins a channel that holds at most {@code capacity} elements and does not just wait when it is full.
     *
     * {@snippet file="dev/weir/channel/ChannelSnippets.java" region="dropping"}
     *
     * @param <T> the type of the elements
     * @param capacity how many, at least 1
     * @return the builder
     * @throws IllegalArgumentException if the capacity is below 1
     */
    public static <T> ChannelBuilder<T> builder(int capacity) {
        return ChannelBuilder.bounded(capacity);
    }

    /**
     * A channel that is never full.
     *
     * @param <T> the type of the elements
     * @return the channel
     */
    public static <T> Channel<T> unbounded() {
        return unbounded(TimeSource.system());
    }

    /**
     * A channel that is never full and measures its timeouts on the given clock.
     *
     * @param <T> the type of the elements
     * @param time the clock
     * @return the channel
     */
    public static <T> Channel<T> unbounded(TimeSource time) {
        return ChannelBuilder.<T>unbounded().timeSource(time).build();
    }

    /**
     * A channel that holds nothing: a send waits until a receiver takes its element, and a send that does not wait
     * succeeds if a receiver waits.
     *
     * @param <T> the type of the elements
     * @return the channel
     */
    public static <T> Channel<T> rendezvous() {
        return rendezvous(TimeSource.system());
    }

    /**
     * A channel that holds nothing, see {@link #rendezvous()}, and measures its timeouts on the given clock.
     *
     * @param <T> the type of the elements
     * @param time the clock
     * @return the channel
     */
    public static <T> Channel<T> rendezvous(TimeSource time) {
        return ChannelBuilder.<T>rendezvous().timeSource(time).build();
    }

    /**
     * Begins a channel that is never full, with settings.
     *
     * @param <T> the type of the elements
     * @return the builder, which refuses {@link ChannelBuilder#whenFull}
     */
    public static <T> ChannelBuilder<T> unboundedBuilder() {
        return ChannelBuilder.unbounded();
    }

    /**
     * Begins a channel that holds nothing, see {@link #rendezvous()}, with settings.
     *
     * @param <T> the type of the elements
     * @return the builder, which refuses {@link ChannelBuilder#whenFull}
     */
    public static <T> ChannelBuilder<T> rendezvousBuilder() {
        return ChannelBuilder.rendezvous();
    }

    /**
     * The name of the channel, which logs, thread dumps and the names of its threads show.
     *
     * @return the {@linkplain ChannelBuilder#name given} name, or else one with a number, such as {@code channel-1}
     */
    public String name() {
        return buffer.name.toString();
    }

    /**
     * What the channel has done so far, and how it is now. Waits for nobody, takes no time from senders and receivers
     * but a few instructions under a lock of each side's waiters, and is always on.
     *
     * @return the counts and gauges now
     */
    public ChannelMetrics metrics() {
        return overflow.counts.metrics(buffer);
    }

    /**
     * Sends an element; while the channel is full, does what its {@link WhenFull} says, which is to wait unless it was
     * built otherwise.
     *
     * @param element the element
     * @throws InterruptedException if the thread is interrupted on entry or while it waits; the element was not sent
     * @throws ChannelClosedException if the channel is closed, or is while this waits; the element was not sent
     * @throws ChannelFullException if the channel is full and {@linkplain WhenFull#FAIL fails} then
     */
    public void send(T element) throws InterruptedException {
        SendResult result = sendOrHandle(element);
        if (result == SendResult.CLOSED) {
            throw new ChannelClosedException(buffer.failure());
        }
        if (result == SendResult.FULL) {
            throw new ChannelFullException(buffer.capacity());
        }
    }

    /**
     * Sends an element if there is room, without waiting. A channel that drops makes room, or drops this element.
     *
     * @param element the element
     * @return what became of the element
     */
    public SendResult trySend(T element) {
        Objects.requireNonNull(element, "element");
        SendResult result = buffer.offer(element);
        return result == SendResult.FULL ? overflow.handle(element, buffer) : result;
    }

    /**
     * Sends an element, waiting for room for at most the timeout. A channel that drops or fails does not wait.
     *
     * @param element the element
     * @param timeout how long to wait; zero or less does not wait
     * @return what became of the element
     * @throws InterruptedException if the thread is interrupted on entry or while it waits; the element was not sent
     */
    public SendResult trySend(T element, Duration timeout) throws InterruptedException {
        Objects.requireNonNull(timeout, "timeout");
        return overflow.waits()
                ? waits.send(Objects.requireNonNull(element, "element"), timeout)
                : sendOrHandle(element);
    }

    private SendResult sendOrHandle(T element) throws InterruptedException {
        Objects.requireNonNull(element, "element");
        if (overflow.waits()) {
            return waits.send(element);
        }
        Interrupts.throwIfInterrupted();
        return trySend(element);
    }

    /**
     * Receives the next element, waiting while the channel is empty and open.
     *
     * @return the element
     * @throws InterruptedException if the thread is interrupted on entry or while it waits; nothing was taken
     * @throws ChannelClosedException if the channel is closed and empty
     */
    public T receive() throws InterruptedException {
        T element = waits.receive();
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
        T element = waits.receive();
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
        if (element == null) {
            throwIfEnded();
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
        T element = waits.receive(timeout);
        if (element == null) {
            throwIfEnded();
        }
        return Optional.ofNullable(element);
    }

    /**
     * Moves what is in the channel, without waiting, into a collection. If the collection refuses an element, by an
     * exception, that element is put back where it was, closed or not; no thread sees the end before that, so the
     * collection must not wait for it.
     *
     * @param target where the elements go, in order
     * @param max at most how many
     * @return how many were moved; 0 also at the end of the channel
     * @throws IllegalArgumentException if {@code max} is negative
     */
    public int drainTo(Collection<? super T> target, int max) {
        checkTarget(target);
        Checks.notNegative(max, "max");
        return drain(null, target, max);
    }

    /** Moves an element that was taken already, if there is one, and what is in. */
    private int drain(@Nullable T first, Collection<? super T> target, int max) {
        int moved = 0;
        buffer.beginDrain();
        try {
            T element = first == null && max > 0 ? buffer.poll() : first;
            while (element != null) {
                add(target, element);
                moved++;
                element = moved < max ? buffer.poll() : null;
            }
        } finally {
            buffer.endDrain();
        }
        return moved;
    }

    private void checkTarget(Collection<? super T> target) {
        Objects.requireNonNull(target, "target");
        if (target instanceof ChannelQueue<?> view && view.channel == this) {
            throw new IllegalArgumentException("target must not be the channel's own queue");
        }
    }

    /**
     * Waits for an element for at most the timeout, and moves it and what else is in the channel then into a
     * collection, as {@link #drainTo(Collection, int)} does.
     *
     * @param target where the elements go, in order
     * @param max at most how many; 0 returns at once
     * @param timeout how long to wait for the first one; zero or less does not wait
     * @return how many were moved; 0 if none came in time
     * @throws IllegalArgumentException if {@code max} is negative
     * @throws InterruptedException if the thread is interrupted on entry or while it waits; nothing was taken
     * @throws ChannelClosedException if the channel is closed and empty
     */
    public int drainTo(Collection<? super T> target, int max, Duration timeout) throws InterruptedException {
        checkTarget(target);
        Objects.requireNonNull(timeout, "timeout");
        if (Checks.notNegative(max, "max") == 0) {
            return 0;
        }
        T first = waits.receiveToDrain(timeout);
        if (first == null) {
            throwIfEnded();
            return 0;
        }
        try {
            return drain(first, target, max);
        } finally {
            buffer.endDrain();
        }
    }

    private void add(Collection<? super T> target, T element) {
        boolean added = false;
        try {
            target.add(element);
            added = true;
        } finally {
            if (!added) {
                buffer.putBack(element);
            }
        }
    }

    private void throwIfEnded() {
        if (buffer.isEnded()) {
            throw new ChannelClosedException(buffer.failure());
        }
    }

    /**
     * Handles incoming elements with up to {@code concurrency} threads at once. The threads are virtual ones of this
     * channel's own, have what is {@linkplain ChannelBuilder#context carried} from the caller, and end with the
     * channel: one that is never closed keeps them for ever.
     *
     * {@snippet file="dev/weir/channel/ChannelSnippets.java" region="consume"}
     *
     * <p>If the handler throws, the channel {@linkplain #fail fails} with that as its cause, so that the senders learn
     * of it, and it is logged at ERROR; what is in is handled all the same.
     *
     * @param concurrency how many elements are handled at the same time at most, at least 1
     * @param handler what to do with an element
     * @throws IllegalArgumentException if the concurrency is below 1
     */
    public void consume(int concurrency, ThrowingConsumer<? super T, ?> handler) {
        consumption.start(Checks.positive(concurrency, "concurrency"), Objects.requireNonNull(handler, "handler"));
    }

    /**
     * Waits until the channel is closed and empty, and the handlers of all elements {@linkplain #consume consumed} have
     * returned. What they did happens-before the return of this.
     *
     * @throws InterruptedException if the thread is interrupted on entry or while it waits
     * @throws ChannelClosedException if the channel {@linkplain #fail failed}, or a handler threw
     */
    public void awaitCompletion() throws InterruptedException {
        consumption.await(Deadline.never());
        throwIfFailed();
    }

    /**
     * Waits as {@link #awaitCompletion()} does, for at most the timeout.
     *
     * @param timeout how long to wait; zero or less does not wait
     * @return whether all is done
     * @throws InterruptedException if the thread is interrupted on entry or while it waits
     * @throws ChannelClosedException if all is done and the channel {@linkplain #fail failed}, or a handler threw
     */
    public boolean awaitCompletion(Duration timeout) throws InterruptedException {
        boolean completed = consumption.await(waits.after(timeout));
        if (completed) {
            throwIfFailed();
        }
        return completed;
    }

    private void throwIfFailed() {
        Throwable failure = consumption.failure();
        if (failure != null) {
            throw new ChannelClosedException(failure);
        }
    }

    /**
     * This channel as a publisher of what it receives. Its subscribers are consumers among others: each element goes to
     * one of them, as soon as it asks for it, and is emitted by a virtual thread of the subscription's own. At the end
     * of the channel a subscriber is completed, or gets the cause if the channel {@linkplain #fail failed}, whether it
     * has asked for more or not. A subscriber that cancels takes no more; what was taken for it before still comes, as
     * the rules of {@link Flow} have it.
     *
     * @return the publisher
     */
    public Flow.Publisher<T> asPublisher() {
        return new ChannelPublisher<>(this);
    }

    /**
     * A subscriber, for one subscription, that sends what it gets to this channel, asks for more as the channel takes
     * it, and ends the channel as its publisher ends. If the channel is closed otherwise, it cancels.
     *
     * @param window how many elements may be on their way at most, at least 1; the channel's capacity is a good choice
     * @return the subscriber
     * @throws IllegalArgumentException if the window is below 1
     */
    public Flow.Subscriber<T> asSubscriber(int window) {
        return new ChannelSubscriber<>(this, Checks.positive(window, "window"));
    }

    /**
     * A way in for a source that calls back, and sends as much as it was asked for. It asks for a window's worth of
     * elements before this returns.
     *
     * @param window how many elements may be on their way at most, at least 1
     * @param request asks the source for that number of further elements
     * @return the inlet
     * @throws IllegalArgumentException if the window is below 1
     */
    public Inlet<T> inlet(int window, LongConsumer request) {
        Inlet<T> inlet = new Inlet<>(this, Checks.positive(window, "window"), request);
        inlet.start();
        return inlet;
    }

    /** Has the action run when the channel is closed, or now if it is. */
    void onClose(Runnable action) {
        closeActions.add(action);
        if (isClosed()) {
            runCloseActions();
        }
    }

    void removeOnClose(Runnable action) {
        closeActions.remove(action);
    }

    /**
     * Has the action run whenever the channel may have ended, until it is removed; now, if it has. One run would not
     * do: while some thread drains, a channel does not count as ended, and so the action may come and not see it.
     */
    void onEnd(Runnable action) {
        endActions.add(action);
        if (isClosed()) { // or the close sees the action
            watchEnd();
        }
    }

    void removeOnEnd(Runnable action) {
        endActions.remove(action);
    }

    private boolean end(@Nullable Throwable cause) {
        boolean first = buffer.close(cause);
        runCloseActions();
        if (!endActions.isEmpty()) {
            watchEnd();
        }
        return first;
    }

    /** Not before the close: a watched buffer looks at both its ends for each element that goes out. */
    private void watchEnd() {
        buffer.watchEnd(endWatcher);
        buffer.signalIfEnded();
    }

    private void noticeEnd() {
        try {
            consumption.signalIfDone();
        } finally {
            endActions.forEach(Channel::run);
        }
    }

    /** Ends the channel for a thread of its own; a failure of the JVM does not keep it open or its waiters asleep. */
    void endSurely(@Nullable Throwable cause) {
        for (boolean ended = false; !ended; ) {
            try {
                end(cause);
                ended = true;
            } catch (StackOverflowError deep) { // of a source that calls back: it would not get better here
                throw deep;
            } catch (Throwable shortOfMemory) {
                // again: what is left to do is done by the next close
            }
        }
    }

    private void runCloseActions() {
        for (Runnable action; (action = closeActions.poll()) != null; ) {
            run(action);
        }
    }

    private static void run(Runnable action) {
        try {
            action.run();
        } catch (Throwable thrown) {
            Callbacks.error(LOG, "a bridge that was notified of a channel's end threw", thrown);
        }
    }

    /**
     * This channel as a queue of the JDK, for code that wants one. It is a view: what one has the other has. Elements
     * go in at the tail and out at the head only: what would remove from the middle, such as
     * {@link BlockingQueue#remove(Object)} of an element that is in, throws {@link UnsupportedOperationException}.
     *
     * <p>Its iterators are weakly consistent; {@code peek} is exact, and of a single consumer what it takes next. Once
     * the channel is closed, {@code offer} returns false, {@code add} and {@code put} throw
     * {@link ChannelClosedException}, and so does {@code take} when it is empty, while {@code poll} returns null at
     * once.
     *
     * @return the view
     */
    public BlockingQueue<T> asBlockingQueue() {
        return new ChannelQueue<>(this);
    }

    /** Lets no more elements in and wakes all who wait; what is in is delivered. Closing again does nothing. */
    @Override
    public void close() {
        end(null);
    }

    /**
     * Lets no more elements in; receivers get what is in and then a {@link ChannelClosedException} with this cause.
     *
     * @param cause why
     * @return false if the channel was closed already, so that the cause was not taken
     */
    public boolean fail(Throwable cause) {
        return end(Objects.requireNonNull(cause, "cause"));
    }

    /**
     * Lets no more elements in and takes out what is left.
     *
     * @return the elements that nobody will receive, in order
     */
    public List<T> abort() {
        end(null);
        int returned = 0;
        overflow.counts.beginAbort();
        try {
            List<T> left = buffer.removeAll();
            returned = left.size();
            return left;
        } finally {
            overflow.counts.endAbort(returned);
        }
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
     * element that {@code hasNext} has taken is the iterator's. If the thread is interrupted while it waits,
     * {@code hasNext} throws {@link CancellationException} and leaves the interrupt status set; if the channel failed,
     * it throws {@link ChannelClosedException}.
     *
     * @return the iterator
     */
    @Override
    public Iterator<T> iterator() {
        return new ChannelIterator<>(this);
    }

    /**
     * A sequential stream of the elements, which waits and ends as {@link #iterator()} does. Do not make it parallel:
     * the JDK then waits for a batch of 1,024 elements before it works on any.
     *
     * @return the stream
     */
    public Stream<T> stream() {
        int traits = Spliterator.ORDERED | Spliterator.NONNULL;
        return StreamSupport.stream(Spliterators.spliteratorUnknownSize(iterator(), traits), false);
    }

    /**
     * Returns a description for logs and debuggers.
     *
     * @return for instance {@code Channel[orders, 3 of 16 elements, closed]}
     */
    @Override
    public String toString() {
        String room = buffer.capacity() == Long.MAX_VALUE ? "" : " of " + buffer.capacity();
        return "Channel[" + name() + ", " + size() + room + " elements" + (isClosed() ? ", closed]" : "]");
    }
}
