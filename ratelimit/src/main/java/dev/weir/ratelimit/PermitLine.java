package dev.weir.ratelimit;

import dev.weir.core.internal.Checks;
import dev.weir.core.internal.Interrupts;
import dev.weir.core.internal.wait.WaiterClass;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The requests of this process that wait for permits which come from elsewhere, such as a server: for implementations
 * of {@link RateLimiter}. It has all that waits in it, {@code acquire} in its forms, futures, {@link Reservation
 * reservations} and pauses; its {@link Source} only has to ask for what the line {@linkplain #wants wants}, and to hand
 * over what it {@linkplain #grant gets}.
 *
 * <p>Requests are granted in the order in which they came. One that leaves has taken nothing: permits that are granted
 * for it go to those behind it, or are returned by {@link #grant} to be given back.
 *
 * <p><b>Thread-safety.</b> All methods are thread-safe. <b>Blocking.</b> {@code acquire} in its forms and
 * {@code tryAcquire} with a timeout wait; nothing else blocks. <b>Interruption.</b> As of every {@link RateLimiter}: it
 * ends the wait, and nothing was taken then. <b>Fairness.</b> First come, first served. <b>Memory effects.</b> What
 * happens before {@link #grant} happens-before the return of the requests that it grants.
 */
public final class PermitLine {
    /** How long a request waits for what can never be granted. */
    public static final long NEVER_NANOS = WaitingLine.FOR_EVER;

    private final LimiterSettings settings;
    private final Source source;
    private final FetchedPermits fetched;
    private final WaitingLine line;

    private PermitLine(LimiterSettings settings, LineCounts counts, Source source) {
        this.settings = settings;
        this.source = source;
        this.fetched = new FetchedPermits(settings, counts, source);
        this.line = fetched.line;
    }

    /**
     * Where the permits come from. Nothing of it may block or throw; what reports a number is called under a lock.
     *
     * <p><b>Thread-safety.</b> Called by many threads at once. Nothing blocks, and an implementation must not.
     * <b>Memory effects.</b> None of its own.
     */
    public interface Source {
        /**
         * The largest request that can ever be granted.
         *
         * @return the burst
         */
        long largest();

        /**
         * Takes permits that are in this process already. Called while nobody waits.
         *
         * @param permits how many, at least 1
         * @return whether they were taken; false by default
         */
        default boolean takeAtOnce(long permits) {
            return false;
        }

        /**
         * The time until the source may be asked for what the line wants.
         *
         * @param permits how many the request at its head wants
         * @return nanoseconds; zero or less if it may be asked now, or is being asked
         */
        long nanosUntilAsked(long permits);

        /**
         * How long it takes until that number of permits is there, as it looks now.
         *
         * @param permits how many
         * @return nanoseconds
         */
        long nanosUntil(long permits);

        /**
         * Something has changed: the source asks for what the line wants, if that time has come. Called outside of all
         * locks, by any thread, and often for nothing.
         */
        void lineChanged();

        /**
         * Permits that were handed over come back.
         *
         * @param permits how many
         */
        void refund(long permits);
    }

    /**
     * What requests at the head of the line want, as of a moment.
     *
     * <p><b>Thread-safety.</b> Immutable. Nothing blocks.
     */
    public static final class Wants {
        final Ticket[] tickets;

        Wants(Ticket[] tickets) {
            this.tickets = tickets;
        }

        /**
         * How many permits they want, in their order.
         *
         * @return a new array
         */
        public long[] permits() {
            long[] permits = new long[tickets.length];
            for (int i = 0; i < permits.length; i++) {
                permits[i] = tickets[i].permits;
            }
            return permits;
        }

        /**
         * Returns a description for logs and debuggers.
         *
         * @return for instance {@code Wants[3 requests]}
         */
        @Override
        public String toString() {
            return "Wants[" + tickets.length + " requests]";
        }
    }

    // ---- what the source does

    /**
     * How many permits the request at the head of the line wants.
     *
     * @return their number; 0 if nobody waits, or if there is a pause
     */
    public long headPermits() {
        return line.gate.isPaused() ? 0 : line.headPermits();
    }

    /**
     * What the requests at the head of the line want.
     *
     * @param most how many requests at most, at least 1
     * @return their wants; none if nobody waits, or if there is a pause
     * @throws IllegalArgumentException if {@code most} is less than 1
     */
    public Wants wants(int most) {
        return fetched.wants(Checks.positive(most, "most"));
    }

    /**
     * Hands permits over to the line, in its order, and ends the requests that can wait no longer.
     *
     * @param wants what was asked for
     * @param permits how many permits there are for it, not negative
     * @param waitNanos how long each of these requests has to wait at least, if it is not granted now; one whose own
     *     time is over before leaves the line, and one that would have to wait {@link #NEVER_NANOS} is refused
     * @param refusal what a request that is refused reports
     * @return how many of the permits nobody wants any more
     */
    public long grant(Wants wants, long permits, long[] waitNanos, String refusal) {
        Checks.notNegative(permits, "permits");
        Objects.requireNonNull(wants, "wants");
        Objects.requireNonNull(waitNanos, "waitNanos");
        Objects.requireNonNull(refusal, "refusal");
        if (waitNanos.length != wants.tickets.length) {
            throw new IllegalArgumentException("waitNanos must be one for each of the " + wants.tickets.length
                    + " requests, but are " + waitNanos.length);
        }
        return fetched.grant(wants, permits, waitNanos, refusal);
    }

    /**
     * Does something that changes the {@linkplain Source#largest() largest request}, and refuses the requests that it
     * makes hopeless.
     *
     * @param replacement what changes it, quick
     */
    public void replaceRate(Runnable replacement) {
        line.replaceRate(Objects.requireNonNull(replacement, "replacement"));
    }

    /**
     * Counts a decision that nobody waited for, and notifies the listener of it.
     *
     * @param admitted whether permits were taken
     * @param permits how many
     */
    public void decided(boolean admitted, long permits) {
        if (admitted) {
            settings.admitted(permits, 0);
        } else {
            settings.rejected(permits);
        }
    }

    // ---- what the limiter does for its callers

    /**
     * Whether a request may ask without waiting: nobody waits, and there is no pause.
     *
     * @return true if nobody is overtaken then
     */
    public boolean isOpen() {
        return line.isOpen();
    }

    /**
     * How long until that number of permits is there after all that wait have been served, as it looks now.
     *
     * @param permits how many
     * @return nanoseconds
     */
    public long nanosUntilTurn(long permits) {
        return line.forecast.nanosUntil(permits);
    }

    /**
     * Waits for permits, as {@link RateLimiter#acquire(long)} does.
     *
     * @param permits how many
     * @throws InterruptedException if the thread is interrupted before or while it waits; no permit is taken then
     * @throws java.util.concurrent.RejectedExecutionException if the request is refused
     */
    public void acquire(long permits) throws InterruptedException {
        Interrupts.throwIfInterrupted();
        if (isGrantedAtOnce(permits)) {
            return;
        }
        new ThreadTicket(line, permits, WaiterClass.NONE).await(WaitingLine.FOR_EVER, true);
    }

    /**
     * Waits for permits, as {@link RateLimiter#tryAcquire(long, Duration)} does with a timeout above zero.
     *
     * @param permits how many
     * @param timeout how long to wait at most
     * @return whether the permits were taken
     * @throws InterruptedException if the thread is interrupted before or while it waits; no permit is taken then
     */
    public boolean tryAcquire(long permits, Duration timeout) throws InterruptedException {
        long nanos = LimiterSettings.timeoutNanos(timeout);
        Interrupts.throwIfInterrupted();
        return isGrantedAtOnce(permits) || new ThreadTicket(line, permits, WaiterClass.NONE).await(nanos, true);
    }

    /**
     * Waits for permits, as {@link RateLimiter#acquireUninterruptibly(long)} does.
     *
     * @param permits how many
     * @throws java.util.concurrent.RejectedExecutionException if the request is refused
     */
    public void acquireUninterruptibly(long permits) {
        if (!isGrantedAtOnce(permits)) {
            new ThreadTicket(line, permits, WaiterClass.NONE).awaitUninterruptibly();
        }
    }

    /**
     * Has permits taken when they are there, as {@link RateLimiter#acquireAsync(long)} does.
     *
     * @param permits how many
     * @return completed when they are taken
     */
    public CompletableFuture<@Nullable Void> acquireAsync(long permits) {
        return isGrantedAtOnce(permits)
                ? CompletableFuture.completedFuture(null)
                : new PermitFuture(line, permits, WaiterClass.NONE).entered();
    }

    /**
     * Takes a place in the line, as {@link RateLimiter#reserve(long)} does.
     *
     * @param limiter the limiter for which it is
     * @param permits how many
     * @return the reservation
     * @throws java.util.concurrent.RejectedExecutionException if the maximum number of requests waits already
     */
    public Reservation reserve(RateLimiter limiter, long permits) {
        Objects.requireNonNull(limiter, "limiter");
        return isGrantedAtOnce(permits)
                ? new Reservation(limiter, permits, null)
                : new Reservation(limiter, permits, new AsyncTicket(line, permits, WaiterClass.NONE, null)).entered();
    }

    private boolean isGrantedAtOnce(long permits) {
        boolean atOnce = Checks.notNegative(permits, "permits") == 0 || (line.isOpen() && source.takeAtOnce(permits));
        if (atOnce) {
            settings.admitted(permits, 0);
        }
        return atOnce;
    }

    /**
     * Lets nobody take permits for a while, as {@link RateLimiter#pauseFor} does.
     *
     * @param duration how long from now; zero changes nothing
     * @throws IllegalArgumentException if {@code duration} is negative
     */
    public void pauseFor(Duration duration) {
        long nanos = Checks.saturatedNanos(Checks.notNegative(duration, "duration"));
        if (nanos > 0) {
            line.pause(nanos);
        }
    }

    /** Ends a pause, if there is one. */
    public void resume() {
        line.resume();
    }

    /**
     * What has been done in this line so far, or in all lines that count together.
     *
     * @param available how many permits there are now, as far as this process knows
     * @return a snapshot of now
     */
    public RateLimiterMetrics metrics(long available) {
        return settings.metrics(line.counts, available);
    }

    /**
     * The name of its limiter: as the builder was given, or else {@code limiter-} with a number.
     *
     * @return the same name each time
     */
    public String name() {
        return settings.name.toString();
    }

    /**
     * How many requests wait.
     *
     * @return their number now
     */
    public int waiters() {
        return line.counts.waiters.intValue();
    }

    /**
     * Returns a description for logs and debuggers.
     *
     * @return for instance {@code PermitLine[3 waiters]}
     */
    @Override
    public String toString() {
        return "PermitLine[" + waiters() + " waiters]";
    }

    /**
     * The lines of the keys of one limiter, which count together.
     *
     * <p><b>Thread-safety.</b> All methods are thread-safe. Nothing blocks. <b>Memory effects.</b> None of its own.
     */
    public static final class Lines {
        private final LimiterSettings settings;
        private final LineCounts counts = new LineCounts();

        private Lines(LimiterSettings settings) {
            this.settings = settings;
        }

        /**
         * Makes a line.
         *
         * @param source where its permits come from; it is not called before somebody waits
         * @return a new line, in which nobody waits
         */
        public PermitLine line(Source source) {
            return new PermitLine(settings, counts, Objects.requireNonNull(source, "source"));
        }

        /**
         * The name of their limiter.
         *
         * @return the same name each time
         */
        public String name() {
            return settings.name.toString();
        }

        /**
         * What has been done in all lines so far.
         *
         * @param keys how many keys there are now
         * @param evicted how many keys were forgotten
         * @return a snapshot of now
         */
        public KeyedRateLimiterMetrics metrics(int keys, long evicted) {
            return settings.metrics(counts, 0).ofKeys(keys, evicted, 0);
        }

        /**
         * Returns a description for logs and debuggers.
         *
         * @return for instance {@code Lines[orders, 3 waiters]}
         */
        @Override
        public String toString() {
            return "Lines[" + name() + ", " + counts.waiters + " waiters]";
        }
    }

    /**
     * Builds lines with the settings that all limiters have.
     *
     * <p><b>Thread-safety.</b> For one thread at a time. Nothing blocks.
     */
    public static final class Builder extends LimiterBuilder<Builder> {
        /**
         * Starts to build a line.
         *
         * @param rate the rate of its limiter, for the builder's description
         */
        public Builder(Rate rate) {
            super(rate);
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Builds a line.
         *
         * @param source where its permits come from; it is not called before somebody waits
         * @return a new line, in which nobody waits
         */
        public PermitLine build(Source source) {
            return lines("limiter").line(source);
        }

        /**
         * Builds lines that have these settings and one name, and count together.
         *
         * @param kind the kind of their limiter, such as {@code keyed-limiter}, which is its name with a number if it
         *     was not given one
         * @return what makes them
         */
        public Lines lines(String kind) {
            return new Lines(settings(Objects.requireNonNull(kind, "kind")));
        }
    }
}
