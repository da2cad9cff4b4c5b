package dev.weir.batch;

import dev.weir.core.Deadline;
import dev.weir.core.Outcome;
import dev.weir.core.ThrowingFunction;
import dev.weir.core.internal.Callbacks;
import dev.weir.core.internal.Checks;
import dev.weir.core.internal.Contexts;
import dev.weir.core.internal.Interrupts;
import dev.weir.core.internal.Threads;
import dev.weir.core.internal.wait.WaitText;
import dev.weir.core.internal.wait.Waiter;
import dev.weir.core.pool.TaskRejectedException;
import dev.weir.core.pool.TaskRejectedException.Reason;
import dev.weir.core.sync.Gate;
import dev.weir.core.sync.ResizableSemaphore;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gathers single calls into bulk calls: a caller asks for one item, the batcher sends the items of several callers
 * together, and gives each its own result or failure.
 *
 * {@snippet file="dev/weir/batch/BatcherSnippets.java" region="call"}
 *
 * <p><b>When a bulk call is made.</b> As soon as {@link BatcherBuilder#maxItems maxItems} wait, or weigh
 * {@link BatcherBuilder#maxWeight maxWeight}, or the first of them has waited for {@link BatcherBuilder#maxWait
 * maxWait}; but at most {@link BatcherBuilder#concurrency concurrency} run at once, and while they do, the items of the
 * next gather. Items are sent in the order in which they came. An item belongs to its caller until the bulk call
 * begins: a caller that is interrupted or times out, or cancels its future, takes its item out again, and the bulk
 * function never sees it. After that, only the result is dropped.
 *
 * <p><b>Results.</b> The bulk function may return {@linkplain #builder a list} with a result for each item in the same
 * order, {@linkplain #mapBuilder a map} from items to results, or {@linkplain #outcomeBuilder a list of outcomes}, with
 * which single items fail. If it throws, or its list is of another size than the items, all items of that call fail.
 * The failure that they share is the cause of an exception of each caller's own, and nothing is ever added to it. A
 * failure that no caller is left for is logged at ERROR. An item is never sent twice.
 *
 * <p><b>Bounds.</b> At most {@link BatcherBuilder#capacity capacity} items wait to be sent. Beyond that, {@link #call}
 * waits for room, and {@link #submit} refuses.
 *
 * <p><b>Thread-safety.</b> All methods are thread-safe. <b>Blocking.</b> {@link #call} waits for room and for its
 * result, and {@link #close} for what was accepted; {@link #submit} does not wait. <b>Interruption.</b> Ends
 * {@code call}, which takes its item out if it has not been sent; in {@code close} it cuts the rest. <b>Fairness.</b>
 * Items are sent in the order in which they came. <b>Threads.</b> A bulk call runs in a virtual thread of its own, or
 * in the {@linkplain BatcherBuilder#executor executor}, and never in a caller's. It has the context of the thread that
 * built the batcher, as far as it is {@linkplain BatcherBuilder#context carried}, since it serves many callers. A
 * {@code call} of a batcher by its own bulk function is refused, as it might wait for itself. An idle batcher has no
 * thread, and one that is no longer used need not be closed.
 *
 * <p><b>Memory effects.</b> What a thread does before it hands in an item happens-before the bulk call, and what that
 * does before the return of the result.
 *
 * @param <I> the type of the items, which are never null
 * @param <O> the type of the results
 */
public final class Batcher<I, O extends @Nullable Object> implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Batcher.class);

    /** When to try again if no thread could be started. */
    private static final long RETRY_NANOS = Duration.ofMillis(10).toNanos();

    final BatcherSettings<I, O> settings;
    final BatchLine<I, O> line;
    final Contexts.Snapshot context;
    private final long maxWaitNanos;
    private final TimeSource time;

    /** Each item that waits to be sent holds one. Once closed there are enough for all, who then find it closed. */
    private final ResizableSemaphore places;

    private final Set<Sender<I, O>> running = ConcurrentHashMap.newKeySet();

    /** Opened when it is closed and no item is left, or the close has given up. */
    private final Gate end;

    /** The last timer that was set. */
    private volatile TimeSource.@Nullable ScheduledTask timer;

    Batcher(BatcherSettings<I, O> settings) {
        this.settings = settings;
        this.time = settings.time();
        this.line = new BatchLine<>(settings.maxItems(), settings.maxWeight(), settings.concurrency());
        this.maxWaitNanos = Checks.saturatedNanos(settings.maxWait());
        this.places = ResizableSemaphore.fair(settings.capacity(), time);
        this.end = Gate.closed(time).named("the end of batcher " + settings.name());
        this.context = settings.contexts().capture();
    }

    /**
     * Starts to build a batcher whose bulk function returns a list.
     *
     * @param function takes the items, as an unmodifiable list, and returns as many results in the same order, which
     *     may be null
     * @param <I> the type of the items
     * @param <O> the type of the results
     * @return a builder
     */
    public static <I, O extends @Nullable Object> BatcherBuilder<I, O> builder(
            ThrowingFunction<List<I>, ? extends List<? extends O>, ?> function) {
        return new BatcherBuilder<>(BulkFunction.ofLists(function));
    }

    /**
     * Starts to build a batcher whose bulk function returns a map. The function gets equal items once, and all their
     * callers the same result. An item without an entry fails with a {@link java.util.NoSuchElementException}; the
     * value of an entry may be null.
     *
     * @param function takes the items, as an unmodifiable list, and returns a map from them to their results
     * @param <I> the type of the items, which have {@code equals} and {@code hashCode}
     * @param <O> the type of the results
     * @return a builder
     */
    public static <I, O extends @Nullable Object> BatcherBuilder<I, O> mapBuilder(
            ThrowingFunction<List<I>, ? extends Map<I, ? extends O>, ?> function) {
        return new BatcherBuilder<>(BulkFunction.ofMaps(function));
    }

    /**
     * Starts to build a batcher whose bulk function returns a list of outcomes, so that single items can fail.
     *
     * {@snippet file="dev/weir/batch/BatcherSnippets.java" region="outcomes"}
     *
     * @param function takes the items, as an unmodifiable list, and returns as many outcomes in the same order
     * @param <I> the type of the items
     * @param <O> the type of the results
     * @return a builder
     */
    public static <I, O extends @Nullable Object> BatcherBuilder<I, O> outcomeBuilder(
            ThrowingFunction<List<I>, ? extends List<? extends Outcome<? extends O>>, ?> function) {
        return new BatcherBuilder<>(BulkFunction.ofOutcomes(function));
    }

    // ---- in

    /**
     * Has an item sent with others, and waits for its result.
     *
     * @param item the item
     * @return its result
     * @throws InterruptedException if the thread is interrupted on entry or while it waits; the item is not sent if it
     *     was not yet
     * @throws ExecutionException if the bulk call or the item failed; the cause is what was thrown, which callers of
     *     the same bulk call share
     * @throws CancellationException if the batcher is closed and its close timeout passes before the result is there,
     *     or if the bulk call or the item was cancelled
     * @throws TaskRejectedException if the batcher is closed, before the call or while it waits for room
     * @throws IllegalStateException if the bulk function of this batcher calls it, which might wait for itself
     */
    public O call(I item) throws InterruptedException, ExecutionException {
        try {
            return call(item, Deadline.never());
        } catch (TimeoutException impossible) { // a wait without a deadline reads no clock
            throw new IllegalStateException(impossible);
        }
    }

    /**
     * Has an item sent with others, and waits for its result, for at most the timeout, which also covers the wait for
     * room.
     *
     * @param item the item
     * @param timeout how long to wait; zero or less does not wait, and so times out
     * @return its result
     * @throws InterruptedException if the thread is interrupted on entry or while it waits; the item is not sent if it
     *     was not yet
     * @throws TimeoutException if there is no result in time; the item is not sent if it was not yet
     * @throws ExecutionException if the bulk call or the item failed; the cause is what was thrown, which callers of
     *     the same bulk call share
     * @throws CancellationException if the batcher is closed and its close timeout passes before the result is there,
     *     or if the bulk call or the item was cancelled
     * @throws TaskRejectedException if the batcher is closed, before the call or while it waits for room
     * @throws IllegalStateException if the bulk function of this batcher calls it, which might wait for itself
     */
    public O call(I item, Duration timeout) throws InterruptedException, ExecutionException, TimeoutException {
        Objects.requireNonNull(timeout, "timeout");
        return call(item, Deadline.after(timeout, time));
    }

    private O call(I item, Deadline deadline) throws InterruptedException, ExecutionException, TimeoutException {
        Objects.requireNonNull(item, "item");
        Interrupts.throwIfInterrupted();
        for (Sender<I, O> sender : running) {
            if (sender.isCalling()) {
                throw new IllegalStateException("the bulk function of " + settings.name() + " calls its own batcher");
            }
        }
        PendingItem<I, O> pending = new PendingItem<>(this, item, weigh(item), Thread.currentThread(), null);
        if (deadline.isNever()) {
            places.acquire();
        } else if (!places.tryAcquire(deadline.remaining())) {
            line.rejected();
            throw timedOut("there was no room");
        }
        accept(pending);
        return await(pending, deadline);
    }

    private O await(PendingItem<I, O> pending, Deadline deadline)
            throws InterruptedException, ExecutionException, TimeoutException {
        Waiter.End waited;
        try {
            waited = Waiter.await(pending::isDone, pending, deadline);
        } catch (Throwable failure) { // of the JVM, at the end of its stack for instance
            giveUp(pending);
            throw failure;
        }
        if (waited != Waiter.End.SIGNALLED) {
            if (giveUp(pending)) {
                Interrupts.throwIfInterrupted();
                throw timedOut("there was no result");
            }
            // Its end is decided, and the thread that has decided it is about to complete it.
            Waiter.awaitUninterruptibly(pending::isDone, pending, Deadline.never());
        }
        return pending.get();
    }

    /** The wait of a thread for the result of its item. */
    String describe(Thread caller, long dueNanos) {
        return "Batcher " + settings.name() + ": the result of an item, "
                + WaitText.waits(caller, time.nanoTime() - (dueNanos - maxWaitNanos));
    }

    private TimeoutException timedOut(String why) {
        return new TimeoutException(why + " in " + settings.name() + " in time");
    }

    /**
     * Has an item sent with others. Does not wait.
     *
     * {@snippet file="dev/weir/batch/BatcherSnippets.java" region="submit"}
     *
     * @param item the item
     * @return the future of its result. To cancel it takes the item out if it was not sent yet; to complete it by hand
     *     does, too. It fails with what was thrown, and is cancelled if the bulk call or the item was, or if the
     *     batcher is closed and its close timeout passes. Its dependents run in a virtual thread, in the context of the
     *     thread that submits the item; one that waits holds up those of other items of the same bulk call, and no bulk
     *     call
     * @throws TaskRejectedException if as many items wait as may, or the batcher is closed
     */
    public CompletableFuture<O> submit(I item) {
        Objects.requireNonNull(item, "item");
        PendingItem<I, O> pending = new PendingItem<>(
                this, item, weigh(item), null, settings.contexts().capture());
        if (!places.tryAcquire()) {
            throw line.isClosed() ? closed() : reject(Reason.SATURATED, " is saturated");
        }
        accept(pending);
        return pending;
    }

    private long weigh(I item) {
        var weigher = settings.weigher();
        return weigher == null
                ? 0
                : Math.min(
                        settings.maxWeight(), Checks.notNegative(weigher.applyAsLong(item), "the weight of an item"));
    }

    /** Takes an item in that has a place. */
    private void accept(PendingItem<I, O> pending) {
        long step = BatchLine.CLOSED;
        try {
            long now = time.nanoTime();
            pending.dueNanos = now + maxWaitNanos;
            step = line.add(pending, now);
        } finally {
            if (step == BatchLine.CLOSED) {
                places.release();
            }
        }
        if (step == BatchLine.CLOSED) {
            throw closed();
        }
        act(step);
    }

    private TaskRejectedException closed() {
        return reject(Reason.SHUT_DOWN, " is closed");
    }

    private TaskRejectedException reject(Reason reason, String why) {
        line.rejected();
        return new TaskRejectedException(reason, settings.name() + why, null);
    }

    /** Ends an item for its owner; false if its end is decided already. */
    boolean giveUp(PendingItem<I, O> pending) {
        PendingItem.State before = line.giveUp(pending);
        if (before == PendingItem.State.WAITING) {
            places.release();
            openIfEnded();
        }
        return before != PendingItem.State.ENDED;
    }

    // ---- out

    /** Starts senders and sets the timer as needed. Throws nothing. */
    void pump() {
        act(line.look(now()));
    }

    private void act(long first) {
        long step = first;
        boolean more = true;
        while (more && step != BatchLine.IDLE) {
            if (step == BatchLine.SEND) {
                more = start();
            } else {
                more = !setTimer(step);
                if (more) {
                    line.timerFails(now());
                }
            }
            if (more) {
                step = line.look(now());
            }
        }
    }

    private boolean start() {
        Sender<I, O> sender = null;
        try {
            sender = new Sender<>(this);
            running.add(sender);
            Threads.virtual(settings.name() + "-sender", sender).start();
            return true;
        } catch (Throwable noThread) {
            if (sender != null) {
                running.remove(sender);
            }
            line.notStarted();
            if (line.mustSetTimer() && !setTimer(RETRY_NANOS)) {
                line.timerIsOver();
            }
            Callbacks.error(LOG, "{} could not start a thread, and tries again", settings.name(), noThread);
            return false;
        }
    }

    private boolean setTimer(long nanos) {
        try {
            timer = time.schedule(this::timerRuns, Duration.ofNanos(nanos));
            return true;
        } catch (Throwable broken) {
            Callbacks.error(LOG, "a TimeSource threw, and so a bulk call of {} is early", settings.name(), broken);
            return false;
        }
    }

    private void timerRuns() {
        line.timerIsOver();
        pump();
    }

    /** The time; if the clock throws, that at which the first item is due. */
    private long now() {
        try {
            return time.nanoTime();
        } catch (Throwable broken) {
            Callbacks.error(LOG, "a TimeSource threw, and so a bulk call of {} is early", settings.name(), broken);
            return line.firstDueNanos();
        }
    }

    /** Takes the batch of a sender that has started. */
    boolean take(Sender<I, O> sender) {
        boolean taken = line.take(sender, now());
        if (taken) {
            places.release(sender.count);
        }
        pump();
        return taken;
    }

    /** A sender goes. */
    void leave(Sender<I, O> sender) {
        running.remove(sender);
        line.leave();
        openIfEnded();
    }

    private void openIfEnded() {
        while (line.isEnded() && !end.isOpen()) {
            try {
                end.open();
            } catch (Throwable shortOfMemory) {
                // again: threads wait for it
            }
        }
    }

    // ---- the end

    /**
     * Accepts no more items, sends those that wait at once, and waits until all have their results, for a minute or the
     * {@linkplain BatcherBuilder#closeTimeout close timeout}. Then it cancels the items that are left, interrupts the
     * bulk calls that run, does not wait for them, and logs at WARN that it did. If the calling thread is interrupted,
     * that happens at once, and its interrupt status stays set. Closing again waits for the same end.
     *
     * @throws IllegalStateException if the bulk function or a dependent of a future of this batcher calls it, which
     *     would wait for its own end; nothing changes
     */
    @Override
    public void close() {
        for (Sender<I, O> sender : running) {
            if (sender.isCalling() || sender.isHere()) {
                throw new IllegalStateException("a bulk call of " + settings.name() + " would wait for its own end");
            }
        }
        line.close();
        places.resize(Integer.MAX_VALUE); // for those who wait for room, and find it closed
        pump();
        openIfEnded();
        boolean interrupted = false;
        boolean ended = false;
        try {
            ended = end.await(settings.closeTimeout());
        } catch (InterruptedException now) {
            interrupted = true;
        }
        TimeSource.ScheduledTask unneeded = timer;
        if (unneeded != null) {
            Callbacks.run(LOG, "a timer of " + settings.name(), unneeded::cancel);
        }
        if (!ended) {
            cut();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void cut() {
        CancellationException reason = new CancellationException(settings.name() + " was closed");
        PendingItem<I, O> chain = line.cutWaiting(Outcome.cancelled(false, reason));
        Outcome<O> inCall = Outcome.cancelled(true, reason);
        for (Sender<I, O> sender : running) {
            chain = line.cutSent(sender, inCall, chain);
            sender.interrupt();
        }
        int count = CutItems.finish(chain, settings.name());
        end.open();
        if (count > 0) {
            Callbacks.run(
                    LOG,
                    "the log of a batcher",
                    () -> LOG.warn("{} was closed, and {} items were cancelled", settings.name(), count));
        }
    }

    /**
     * The name that logs, exceptions and threads show.
     *
     * @return as it was built with, or for instance {@code batcher-1}
     */
    public String name() {
        return settings.name();
    }

    /**
     * What the batcher has done and is doing.
     *
     * @return a snapshot
     */
    public BatcherMetrics metrics() {
        return line.metrics(places.waiting());
    }

    /**
     * Returns a description for logs and debuggers.
     *
     * @return for instance {@code Batcher[users, 3 of 1024 items wait, 1 of 2 bulk calls run]}
     */
    @Override
    public String toString() {
        BatcherMetrics now = metrics();
        return "Batcher[" + settings.name() + ", " + now.waiting() + " of " + settings.capacity() + " items wait, "
                + now.running() + " of " + settings.concurrency() + " bulk calls run"
                + (line.isClosed() ? ", closed]" : "]");
    }
}
