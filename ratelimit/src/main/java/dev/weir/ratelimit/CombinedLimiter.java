package dev.weir.ratelimit;

import dev.weir.core.Deadline;
import dev.weir.core.internal.Checks;
import dev.weir.core.internal.Interrupts;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Several limits at once, made by {@link RateLimiter#allOf}: a request takes permits of all of them, or of none. It is
 * a {@link RateLimiter}, whose requests take the same number of each limit; and it takes numbers that differ from limit
 * to limit, such as one request and 4,096 bytes. A limit may be a key's ({@link KeyedRateLimiter#limiter}), a view for
 * a {@linkplain RateLimiter#withPriority priority} or a {@linkplain RateLimiter#forTenant tenant}, a remote one, or
 * itself several.
 *
 * {@snippet file="dev/weir/ratelimit/RateLimitSnippets.java" region="allOf"}
 *
 * <p><b>All or nothing.</b> The limits are asked one after the other, and when one refuses, what the others gave is
 * refunded: every limit is then as if the attempt had not been. Meanwhile a concurrent caller may see permits missing
 * that come back at once, and be refused; it never sees more than there are, so no limit is ever exceeded. That is
 * rare: a limit that is known to refuse is asked first, so a caller whose own limit is used up does not touch the
 * others. No permits of a limit, which is 0, are always granted, for instance the bytes of an empty body.
 *
 * <p><b>Waiting</b> is done in the line of one limit at a time, first come first served there: of the one that refused
 * last. Nothing is held of the others meanwhile, so two combinations that share limits cannot block each other; but a
 * request can be overtaken between one line and the next, and a large one is not safe from being starved. A request
 * without a thread ({@code acquireAsync}, {@code reserve}) goes from one line to the next in a virtual thread.
 *
 * <p><b>What is for all limits.</b> {@code refund}, {@code charge}, {@code pauseFor} and {@code resume} are done to
 * each limit, and so concern others that share it; {@code drain} and {@code tryAcquireUpTo} take the same number of
 * each, as many as all of them have. {@link #rate} is that of the limit with the smallest burst, and
 * {@link #replaceRate} throws {@link UnsupportedOperationException}: replace those of the limits. {@link #metrics}
 * counts what was asked of the combination, a request by its permits of the first limit; each limit counts for itself
 * as well, and notifies its own listener.
 *
 * <p><b>Thread-safety.</b> All methods are thread-safe. <b>Blocking.</b> {@code acquire} in its forms and
 * {@code tryAcquire} with a timeout or a deadline wait; nothing else does, but for the answers of remote limits.
 * <b>Interruption.</b> Ends the wait with {@link InterruptedException}; no permit of any limit is taken then.
 * <b>Fairness.</b> First come, first served in the line of each limit, but not across them. <b>Memory effects.</b>
 * Those of {@link RateLimiter}.
 */
public final class CombinedLimiter implements RateLimiter {
    final AllOrNone all;

    /** The clock of time-outs: of the first limit that is kept in this process. */
    final TimeSource time;

    final CombinedCounts counts;

    private CombinedLimiter(AllOrNone all, TimeSource time, CombinedCounts counts) {
        this.all = all;
        this.time = time;
        this.counts = counts;
    }

    static CombinedLimiter of(RateLimiter... limits) {
        List<RateLimiter> all = List.of(limits);
        if (all.isEmpty()) {
            throw new IllegalArgumentException("limits must be at least one, but are none");
        }
        for (int i = 0; i < all.size(); i++) {
            for (int j = 0; j < i; j++) {
                if (shareOne(all.get(i), all.get(j))) {
                    throw new IllegalArgumentException(
                            "limits must not contain the same one twice, but do: " + all.get(i));
                }
            }
        }
        TimeSource time = timeOf(all);
        return new CombinedLimiter(new AllOrNone(all), time, new CombinedCounts(time));
    }

    private static boolean shareOne(RateLimiter one, RateLimiter other) {
        if (one instanceof CombinedLimiter several) {
            return several.limits().stream().anyMatch(its -> shareOne(its, other));
        }
        if (other instanceof CombinedLimiter) {
            return shareOne(other, one);
        }
        RateLimiter its = ClassedLimiter.viewed(one);
        RateLimiter others = ClassedLimiter.viewed(other);
        return its == others
                || (its instanceof KeyLimiter<?> key && others instanceof KeyLimiter<?> same && key.isOfSameKey(same));
    }

    private static TimeSource timeOf(List<RateLimiter> limits) {
        for (RateLimiter limit : limits) {
            if (ClassedLimiter.viewed(limit) instanceof LineLimiter ours) {
                return ours.time;
            }
            if (limit instanceof CombinedLimiter several) {
                return several.time;
            }
        }
        return TimeSource.system();
    }

    /**
     * The limits, in the order in which they were given.
     *
     * @return an immutable list
     */
    public List<RateLimiter> limits() {
        return all.limits;
    }

    private long[] checked(long[] permits) {
        Objects.requireNonNull(permits, "permits");
        if (permits.length != limits().size()) {
            throw new IllegalArgumentException("permits must be one number for each of the " + limits().size()
                    + " limits, but are " + permits.length);
        }
        for (int i = 0; i < permits.length; i++) {
            long burst = limits().get(i).rate().burst();
            if (permits[i] < 0 || permits[i] > burst) {
                throw new IllegalArgumentException("permits must be from 0 to the burst of " + burst + " for limit " + i
                        + ", but is " + permits[i]);
            }
        }
        return permits.clone();
    }

    /** The same number for each limit. */
    private long[] ofEach(long permits) {
        long burst = rate().burst();
        if (permits < 0 || permits > burst) {
            throw new IllegalArgumentException(
                    "permits must be from 0 to the burst of " + burst + ", but is " + permits);
        }
        long[] each = new long[limits().size()];
        Arrays.fill(each, permits);
        return each;
    }

    /** Takes permits of all limits or of none; the index of the one that refuses, or -1, which is counted. */
    private int take(long[] permits) {
        int refusing = all.take(permits);
        if (refusing < 0) {
            counts.decided(true, permits);
        }
        return refusing;
    }

    private boolean isTaken(long[] permits) {
        boolean admitted = all.take(permits) < 0;
        counts.decided(admitted, permits);
        return admitted;
    }

    // ---- with a number for each limit

    /**
     * Takes permits of every limit, or none. Never waits.
     *
     * @param permits how many of each limit, in their order
     * @return whether the permits were taken
     * @throws IllegalArgumentException if there are not as many numbers as limits, or one is out of its limit's range
     */
    public boolean tryAcquire(long... permits) {
        return isTaken(checked(permits));
    }

    /**
     * Takes permits of every limit, or none, and waits for them as long as it takes.
     *
     * @param permits how many of each limit, in their order
     * @throws InterruptedException if the thread is interrupted before or while it waits; no permit is taken then
     * @throws IllegalArgumentException if there are not as many numbers as limits, or one is out of its limit's range
     * @throws java.util.concurrent.RejectedExecutionException if a limit refuses to let it wait
     */
    public void acquire(long... permits) throws InterruptedException {
        acquire(Deadline.never(), checked(permits));
    }

    /**
     * Takes permits of every limit, or none, and waits for them, at most until the deadline.
     *
     * @param deadline a deadline on the limits' own clock
     * @param permits how many of each limit, in their order
     * @return whether the permits were taken; false at once if it is certain that some will not come in time
     * @throws InterruptedException if the thread is interrupted before or while it waits; no permit is taken then
     * @throws IllegalArgumentException if there are not as many numbers as limits, or one is out of its limit's range
     */
    public boolean tryAcquire(Deadline deadline, long... permits) throws InterruptedException {
        Objects.requireNonNull(deadline, "deadline");
        return acquire(deadline, checked(permits));
    }

    private boolean acquire(Deadline deadline, long[] permits) throws InterruptedException {
        Interrupts.throwIfInterrupted();
        int refused = take(permits);
        if (refused < 0) {
            return true;
        }
        LimiterWaitEvent wait = LimiterSettings.WAITS.begun();
        LimiterRejectionEvent rejection = LimiterSettings.REJECTIONS.begun();
        long since = counts.waitBegins();
        boolean admitted = false;
        try {
            admitted = await(deadline, permits, refused);
        } finally {
            counts.waitEnds(admitted, permits, since);
            if (admitted && wait != null) {
                wait.end(name(), permits[0]);
            } else if (!admitted && rejection != null) {
                rejection.end(name(), permits[0]);
            }
        }
        return admitted;
    }

    private boolean await(Deadline deadline, long[] permits, int firstRefusing) throws InterruptedException {
        int refusing = firstRefusing;
        while (refusing >= 0) {
            RateLimiter tight = limits().get(refusing);
            if (deadline.isNever()) {
                tight.acquire(permits[refusing]);
            } else if (isInVain(permits, deadline) || !tight.tryAcquire(permits[refusing], deadline.remaining())) {
                return false;
            }
            refusing = all.takeFrom(permits, refusing);
        }
        return true;
    }

    /**
     * Whether some limit, not only the one to wait for now, is certain to be too late: nobody waits there who may
     * leave.
     */
    private boolean isInVain(long[] permits, Deadline deadline) {
        Duration remaining = deadline.remaining();
        for (int i = 0; i < permits.length; i++) {
            RateLimiter limit = limits().get(i);
            if (limit.peek(permits[i]).retryAfter().compareTo(remaining) > 0
                    && limit.metrics().waiters() == 0) {
                return true;
            }
        }
        return false;
    }

    /**
     * Takes permits of every limit, or none, as {@link #tryAcquire(long...)} does, and reports the tightest limit.
     *
     * @param permits how many of each limit, in their order
     * @return the decision of the limit that would be the last to admit; or, if all would now, of the one with the
     *     fewest permits left
     * @throws IllegalArgumentException if there are not as many numbers as limits, or one is out of its limit's range
     */
    public Combined check(long... permits) {
        long[] wanted = checked(permits);
        boolean admitted = isTaken(wanted);
        int tightest = -1;
        Decision decision = new Decision(true, Long.MAX_VALUE, Duration.ZERO, Duration.ZERO);
        for (int i = 0; i < wanted.length; i++) {
            Decision one = limits().get(i).peek(wanted[i]);
            Decision its =
                    new Decision(admitted, one.remaining(), admitted ? Duration.ZERO : one.retryAfter(), one.reset());
            if (tightest < 0 || isTighter(its, decision)) {
                tightest = i;
                decision = its;
            }
        }
        if (!admitted && decision.retryAfter().isZero()) { // something has come since
            decision = new Decision(false, decision.remaining(), Duration.ofNanos(1), decision.reset());
        }
        return new Combined(tightest, decision);
    }

    private static boolean isTighter(Decision one, Decision other) {
        int later = one.retryAfter().compareTo(other.retryAfter());
        return later > 0 || (later == 0 && one.remaining() < other.remaining());
    }

    // ---- with the same number for each limit

    @Override
    public boolean tryAcquire(long permits) {
        return isTaken(ofEach(permits));
    }

    @Override
    public boolean tryAcquire(long permits, Duration timeout) throws InterruptedException {
        long nanos = LimiterSettings.timeoutNanos(timeout);
        return acquire(Deadline.after(Duration.ofNanos(nanos), time), ofEach(permits));
    }

    @Override
    public void acquire(long permits) throws InterruptedException {
        acquire(Deadline.never(), ofEach(permits));
    }

    @Override
    public void acquireUninterruptibly(long permits) {
        long[] wanted = ofEach(permits);
        int refusing = take(wanted);
        if (refusing < 0) {
            return;
        }
        long since = counts.waitBegins();
        try {
            while (refusing >= 0) {
                limits().get(refusing).acquireUninterruptibly(permits);
                refusing = all.takeFrom(wanted, refusing);
            }
        } finally {
            counts.waitEnds(refusing < 0, wanted, since);
        }
    }

    @Override
    public long tryAcquireUpTo(long permits) {
        return takeUpTo(Checks.notNegative(permits, "permits"));
    }

    @Override
    public CompletableFuture<@Nullable Void> acquireAsync(long permits) {
        long[] wanted = ofEach(permits);
        int refusing = take(wanted);
        return refusing < 0
                ? CompletableFuture.completedFuture(null)
                : new CombinedFuture(this, wanted, refusing).entered();
    }

    @Override
    public Reservation reserve(long permits) {
        long[] wanted = ofEach(permits);
        int refusing = take(wanted);
        Place place = refusing < 0 ? null : new CombinedRequest(this, wanted, refusing, null);
        return new Reservation(this, permits, place).entered();
    }

    @Override
    public Decision check(long permits) {
        boolean admitted = tryAcquire(permits);
        Decision now = peek(permits);
        Duration least = Duration.ofNanos(1); // something may have come since
        Duration retryAfter = now.retryAfter().isZero() ? least : now.retryAfter();
        return new Decision(admitted, now.remaining(), admitted ? Duration.ZERO : retryAfter, now.reset());
    }

    @Override
    public Decision peek(long permits) {
        long[] wanted = ofEach(permits);
        boolean admitted = true;
        long remaining = Long.MAX_VALUE;
        Duration retryAfter = Duration.ZERO;
        Duration reset = Duration.ZERO;
        for (int i = 0; i < wanted.length; i++) {
            Decision one = limits().get(i).peek(wanted[i]);
            admitted &= one.admitted();
            remaining = Math.min(remaining, one.remaining());
            retryAfter = longer(retryAfter, one.retryAfter());
            reset = longer(reset, one.reset());
        }
        return new Decision(admitted, remaining, retryAfter, reset);
    }

    private static Duration longer(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? other : one;
    }

    @Override
    public void refund(long permits) {
        Checks.notNegative(permits, "permits");
        all.forAll(limit -> limit.refund(permits));
    }

    @Override
    public void charge(long permits) {
        Checks.notNegative(permits, "permits");
        all.forAll(limit -> limit.charge(permits));
    }

    @Override
    public void pauseFor(Duration duration) {
        Checks.notNegative(duration, "duration");
        all.forAll(limit -> limit.pauseFor(duration));
    }

    @Override
    public void resume() {
        all.forAll(RateLimiter::resume);
    }

    @Override
    public long drain() {
        return takeUpTo(Long.MAX_VALUE);
    }

    private long takeUpTo(long most) {
        long taken = all.takeUpTo(most);
        counts.decided(true, new long[] {taken});
        return taken;
    }

    /**
     * Refuses: several limits have no rate of their own.
     *
     * @throws UnsupportedOperationException always
     */
    @Override
    public void replaceRate(Rate rate) {
        Objects.requireNonNull(rate, "rate");
        throw new UnsupportedOperationException("several limits have no rate of their own: " + this);
    }

    @Override
    public Rate rate() {
        return limits().stream()
                .map(RateLimiter::rate)
                .min(Comparator.comparingLong(Rate::burst))
                .orElseThrow();
    }

    @Override
    public String name() {
        return counts.name.toString();
    }

    @Override
    public RateLimiterMetrics metrics() {
        return counts.metrics(limits().stream()
                .mapToLong(limit -> limit.metrics().available())
                .min()
                .orElseThrow());
    }

    @Override
    public RateLimiter withPriority(int priority) {
        return view(limit -> limit.withPriority(priority));
    }

    @Override
    public RateLimiter forTenant(String tenant) {
        return view(limit -> limit.forTenant(tenant));
    }

    /** The same limits, as requests of a class see them. */
    private RateLimiter view(UnaryOperator<RateLimiter> its) {
        return new CombinedLimiter(new AllOrNone(limits().stream().map(its).toList()), time, counts);
    }

    /** What a request fails with, because a limit does. */
    static RuntimeException refusal(Throwable failure) {
        if (failure instanceof Error error) {
            throw error;
        }
        return failure instanceof RuntimeException exception
                ? exception
                : new RejectedExecutionException("a limit of several has failed", failure);
    }

    /**
     * The answer of {@link CombinedLimiter#check}. Immutable.
     *
     * @param tightest the index of the tightest limit
     * @param decision its decision, which is that of all
     */
    public record Combined(int tightest, Decision decision) {
        /**
         * Creates an answer.
         *
         * @param tightest the index of the tightest limit
         * @param decision its decision
         */
        public Combined {
            Checks.notNegative(tightest, "tightest");
            Objects.requireNonNull(decision, "decision");
        }
    }

    /**
     * Returns a description for logs and debuggers.
     *
     * @return for instance {@code CombinedLimiter[limiter-3, TokenBucket[…], TokenBucket[…]]}
     */
    @Override
    public String toString() {
        return limits().stream()
                .map(Object::toString)
                .collect(Collectors.joining(", ", "CombinedLimiter[" + name() + ", ", "]"));
    }
}
