package dev.weir.core.sync;

import dev.weir.core.ThrowingFunction;
import dev.weir.core.ThrowingSupplier;
import dev.weir.core.internal.Name;
import dev.weir.core.internal.StackRoom;
import dev.weir.core.internal.Suppressed;
import dev.weir.core.internal.wait.PromptLock;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Finds how many calls a service bears at once, from their latency and its refusals, and lets no more than that in: a
 * {@link ResizableSemaphore} that sizes itself.
 *
 * {@snippet file="dev/weir/core/sync/SyncSnippets.java" region="adaptive"}
 *
 * <p><b>Two algorithms.</b>
 *
 * <ul>
 *   <li>{@link #gradient} follows the latency: beyond its capacity a service queues calls, and each one takes longer.
 *       The limit is held where a small queue forms, by the window of FAST TCP (Wei, Jin, Low and Hegde, 2006). A
 *       refusal lowers it, too. For services that answer late before they refuse. It finds a changed capacity within 5
 *       %, or two permits, in 2,500 calls when it falls to a third, and in 12,000 when it grows from 30 to 300. Where
 *       the work of calls differs by as much as its mean, the limit is right on average and swings around that.
 *   <li>{@link #aimd} follows refusals alone: one more in each round, a part of it when the service refuses. This is
 *       the additive increase and multiplicative decrease of TCP (Chiu and Jain, 1989). For services that refuse in
 *       time, and where the latency says nothing, since the work of calls differs. The limit swings between the
 *       capacity and the {@linkplain AdaptiveLimitBuilder#factor part} of it.
 * </ul>
 *
 * <p>A round is as many successful calls as the limit is high, at least 100 and at most 1,000. Only calls that began in
 * a round count in it, so refusals of calls that were under way together lower the limit once.
 *
 * <p><b>No creep.</b> The limit rises only after a round in which it was used up: a client that is idle, or limited by
 * something else, keeps what it has found. The gradient's baseline, the latency without a queue, is measured in a round
 * at half the limit, one in 50. A long average in its place follows the very queue that it should show; by that the
 * limit of Netflix's {@code Gradient2Limit} grows without end under a modest overload (<a
 * href="https://github.com/Netflix/concurrency-limits/pull/134">concurrency-limits 134</a>) or while all calls time out
 * alike (<a href="https://github.com/Netflix/concurrency-limits/issues/137">137</a>). So report a time-out as a
 * refusal: a latency that others cause, and that no limit of this client changes, is taken for the service's own.
 *
 * <p><b>Fairness.</b> Waiting calls get permits in their order of arrival. Clients that share a service, each with a
 * limit of its own, get equal shares over time: with either algorithm a small limit grows faster, in proportion, than a
 * large one.
 *
 * <p><b>Thread-safety.</b> All methods are thread-safe. <b>Blocking.</b> {@link #acquire} and the calls that are made
 * through the limit wait for a permit. <b>Interruption.</b> An interrupt ends the wait exactly: either the permit was
 * taken or nothing was. <b>Memory effects.</b> What a thread does before it settles a permit happens-before what
 * another does after it acquired that one.
 */
public final class AdaptiveLimit {
    private final ResizableSemaphore permits;
    private final TimeSource time;
    private final Predicate<? super Throwable> refusals;
    private final long latencyLimitNanos;
    private final PromptLock lock = new PromptLock();
    private final LimitFinder finder; // and the size of the permits: guarded by the lock

    // For the metrics, guarded by the lock too.
    private long succeeded;
    private long refused;

    AdaptiveLimit(
            Name name,
            LimitFinder finder,
            TimeSource time,
            Predicate<? super Throwable> refusals,
            long latencyLimitNanos) {
        this.finder = finder;
        this.time = time;
        this.refusals = refusals;
        this.latencyLimitNanos = latencyLimitNanos;
        this.permits = ResizableSemaphore.fair(finder.limit(), time).named(name);
    }

    /**
     * A limit that follows latency and refusals.
     *
     * @param least the lowest limit, at least 1
     * @param most the highest limit
     * @return a builder
     * @throws IllegalArgumentException if {@code least} is below 1 or above {@code most}
     */
    public static AdaptiveLimitBuilder gradient(int least, int most) {
        return new AdaptiveLimitBuilder(GradientLimit::new, least, most);
    }

    /**
     * A limit that follows refusals alone.
     *
     * @param least the lowest limit, at least 1
     * @param most the highest limit
     * @return a builder
     * @throws IllegalArgumentException if {@code least} is below 1 or above {@code most}
     */
    public static AdaptiveLimitBuilder aimd(int least, int most) {
        return new AdaptiveLimitBuilder(AdditiveLimit::new, least, most);
    }

    /**
     * Takes a permit, waiting until there is one.
     *
     * @return the permit, which must be settled or closed
     * @throws InterruptedException if the thread is interrupted on entry or while it waits; nothing was taken
     */
    public Permit acquire() throws InterruptedException {
        Permit permit = new Permit(this); // before, as memory may end here
        permits.acquire();
        return permit.begin();
    }

    /**
     * Takes a permit if there is one now. Does not wait, and ignores interrupts.
     *
     * @return the permit, which must be settled or closed; empty if the limit is reached
     */
    public Optional<Permit> tryAcquire() {
        Optional<Permit> permit = Optional.of(new Permit(this));
        return begun(permits.tryAcquire(), permit);
    }

    /**
     * Takes a permit, waiting for one for at most the timeout.
     *
     * @param timeout how long to wait; zero or less does not wait
     * @return the permit, which must be settled or closed; empty if there was none in time
     * @throws InterruptedException if the thread is interrupted on entry or while it waits; nothing was taken
     */
    public Optional<Permit> tryAcquire(Duration timeout) throws InterruptedException {
        Optional<Permit> permit = Optional.of(new Permit(this));
        return begun(permits.tryAcquire(timeout), permit);
    }

    private static Optional<Permit> begun(boolean taken, Optional<Permit> permit) {
        if (!taken) {
            return Optional.empty();
        }
        permit.get().begin();
        return permit;
    }

    /**
     * Runs a task with a permit, for which it waits. A task that returns has succeeded. One that throws was refused if
     * {@link AdaptiveLimitBuilder#refusedIf} says so; any other failure says nothing about the load, and is ignored.
     *
     * @param task the task
     * @param <T> the type of the result
     * @param <X> the type of the checked exception that the task throws
     * @return what the task returned
     * @throws X if the task failed: what it threw
     * @throws InterruptedException if the thread is interrupted on entry or while it waits, and the task did not run;
     *     or if the task threw it
     */
    public <T extends @Nullable Object, X extends Throwable> T call(ThrowingSupplier<T, X> task)
            throws X, InterruptedException {
        Objects.requireNonNull(task, "task");
        StackRoom.check(); // for the release, should the task overflow the stack
        try (Permit permit = acquire()) {
            T result;
            try {
                result = task.get();
            } catch (Throwable failure) {
                permit.failed(failure);
                throw failure;
            }
            permit.succeeded();
            return result;
        }
    }

    /**
     * A function that does as the given one does, with a permit, for which it waits; see {@link #call}.
     *
     * @param function what to limit
     * @param <A> the type of its argument
     * @param <R> the type of its result
     * @param <X> the type of the checked exception that it throws
     * @return the limited function, which waits and so may throw {@link InterruptedException}
     */
    public <A extends @Nullable Object, R extends @Nullable Object, X extends Throwable>
            ThrowingFunction<A, R, X> decorate(ThrowingFunction<A, R, X> function) {
        Objects.requireNonNull(function, "function");
        return argument -> this.<R, X>call(() -> function.apply(argument));
    }

    /**
     * A supplier that does as the given one does, with a permit, for which it waits; see {@link #call}.
     *
     * @param supplier what to limit
     * @param <T> the type of its result
     * @param <X> the type of the checked exception that it throws
     * @return the limited supplier, which waits and so may throw {@link InterruptedException}
     */
    public <T extends @Nullable Object, X extends Throwable> ThrowingSupplier<T, X> decorateSupplier(
            ThrowingSupplier<T, X> supplier) {
        Objects.requireNonNull(supplier, "supplier");
        return () -> call(supplier);
    }

    private void succeeded(Permit permit, long nanos) {
        lock.lock();
        try {
            if (nanos > latencyLimitNanos) {
                refused++;
                finder.refused(permit.round);
            } else {
                succeeded++;
                finder.succeeded(permit.round, nanos, permit.tookTheLast);
            }
            resize();
        } finally {
            lock.unlock();
        }
    }

    private void refused(Permit permit) {
        lock.lock();
        try {
            refused++;
            finder.refused(permit.round);
            resize();
        } finally {
            lock.unlock();
        }
    }

    private void resize() {
        if (finder.limit() != permits.size()) {
            permits.resize(finder.limit());
        }
    }

    /**
     * The name that this was given, or else {@code adaptive-limit-} with a number, which is that in the order in which
     * names are first asked for.
     *
     * @return the same name each time
     */
    public String name() {
        return permits.name();
    }

    /**
     * What this has done and is doing.
     *
     * @return a snapshot of now
     */
    public AdaptiveLimitMetrics metrics() {
        lock.lock();
        try {
            SemaphoreMetrics its = permits.metrics();
            return new AdaptiveLimitMetrics(
                    its.acquired(),
                    its.rejected(),
                    its.waits(),
                    its.abandoned(),
                    succeeded,
                    refused,
                    its.size(),
                    its.held(),
                    its.waiters());
        } finally {
            lock.unlock();
        }
    }

    /**
     * How many calls may be at work at once.
     *
     * @return the limit now
     */
    public int limit() {
        return permits.size();
    }

    /**
     * How many permits are held.
     *
     * @return the number now; for a while more than the limit after that was lowered
     */
    public int inFlight() {
        lock.lock(); // so that the size does not change
        try {
            return permits.size() - permits.available();
        } finally {
            lock.unlock();
        }
    }

    /**
     * How many calls wait for a permit.
     *
     * @return the length of the line now
     */
    public int waiting() {
        return permits.waiting();
    }

    /**
     * Returns a description for logs and debuggers.
     *
     * @return for instance {@code AdaptiveLimit[search, 3 of 20 in flight, from 1 to 100, 0 waiting]}
     */
    @Override
    public String toString() {
        return "AdaptiveLimit[" + name() + ", " + inFlight() + " of " + limit() + " in flight, from " + finder.least
                + " to " + finder.most + ", " + waiting() + " waiting]";
    }

    /**
     * The right to one call, until its outcome is known.
     *
     * <p><b>Once.</b> The first of {@link #succeeded}, {@link #refused} and {@link #close} gives the permit back, and
     * later ones change nothing. Closing it alone reports no outcome: right for calls that failed for a reason of their
     * own, or were answered from a cache.
     *
     * <p><b>Thread-safety.</b> All methods are thread-safe; any thread may settle it. Nothing blocks. A permit that is
     * never settled stays taken. <b>Memory effects.</b> What a thread does before it settles the permit happens-before
     * what another does after it acquired that one.
     */
    public static final class Permit implements AutoCloseable {
        private final AdaptiveLimit limit;
        private final AtomicBoolean settled = new AtomicBoolean();

        // Plain: written by the thread that took the permit, before it has it.
        private long startNanos;
        private long round;
        private boolean tookTheLast;

        private Permit(AdaptiveLimit limit) {
            this.limit = limit;
        }

        private Permit begin() {
            boolean begun = false;
            try {
                limit.lock.lock();
                try {
                    round = limit.finder.round();
                    tookTheLast = limit.permits.available() <= 0;
                } finally {
                    limit.lock.unlock();
                }
                startNanos = limit.time.nanoTime();
                begun = true;
            } finally {
                if (!begun) { // a clock may throw
                    release();
                }
            }
            return this;
        }

        private boolean release() {
            boolean first = settled.compareAndSet(false, true);
            if (first) {
                limit.permits.release();
            }
            return first;
        }

        /**
         * The call succeeded: its latency, from when the permit was taken, is a sample. If it is longer than
         * {@link AdaptiveLimitBuilder#latencyLimit} it counts as refused.
         *
         * @return true if this call settled the permit; false if it was settled or closed before
         */
        public boolean succeeded() {
            long nanos = limit.time.nanoTime() - startNanos;
            boolean first = release();
            if (first) {
                limit.succeeded(this, Math.max(0, nanos));
            }
            return first;
        }

        /**
         * The service refused the call, dropped it or did not answer in time.
         *
         * @return true if this call settled the permit; false if it was settled or closed before
         */
        public boolean refused() {
            boolean first = release();
            if (first) {
                limit.refused(this);
            }
            return first;
        }

        /**
         * The call failed. It was refused if {@link AdaptiveLimitBuilder#refusedIf} says so; any other failure says
         * nothing about the load, and is ignored.
         *
         * @param failure what it threw; what the predicate throws is added to it as suppressed
         * @return true if this call settled the permit; false if it was settled or closed before
         */
        public boolean failed(Throwable failure) {
            Objects.requireNonNull(failure, "failure");
            if (!release()) {
                return false;
            }
            boolean refused = false;
            try {
                refused = limit.refusals.test(failure);
            } catch (Throwable another) { // a user's code
                Suppressed.attach(failure, another);
            }
            if (refused) {
                limit.refused(this);
            }
            return true;
        }

        /** Gives the permit back, if it has not been settled, and reports no outcome. */
        @Override
        public void close() {
            release();
        }

        /**
         * Returns a description for logs and debuggers.
         *
         * @return for instance {@code Permit[open]}
         */
        @Override
        public String toString() {
            return "Permit[" + (settled.get() ? "settled" : "open") + "]";
        }
    }
}
