package dev.weir.ratelimit.remote;

import dev.weir.core.internal.Callbacks;
import dev.weir.core.internal.Checks;
import dev.weir.core.time.TimeSource;
import dev.weir.ratelimit.PermitLine;
import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.remote.RemoteBuckets.Answer;
import dev.weir.ratelimit.remote.RemoteBuckets.Bucket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this process asks the store for one limiter: one trip at a time, which carries the requests of all that came
 * while the one before was under way.
 *
 * <pre>
 *   idle --a caller, or the line's time has come--&gt; under way --nothing is left to ask for--&gt; idle
 *                                                   |       ^
 *                                                   \-trip--/
 * </pre>
 *
 * <p>The caller that finds it idle sends the first trip, and the thread that brings the answer sends the next one.
 * Callers that do not wait come first: they came when nobody waited. While somebody waits, callers that do not wait are
 * refused without a trip, so the line is never overtaken for long.
 *
 * <p><b>The line</b> is asked for when the time has come that the store named for its head. Nothing is sent under the
 * lock of the line: it calls {@link #lineChanged} after it.
 *
 * <p><b>With a lease</b> a trip fetches more than is asked for, and everybody looks first whether what was fetched, or
 * the last refusal, is an answer: callers before they ask and again when their trip would be sent, and the line.
 */
final class Flight implements PermitLine.Source {
    /** How many requests one trip carries at most, so that the store is not held up by one of them. */
    private static final int MOST_REQUESTS = 128;

    private static final Logger LOG = LoggerFactory.getLogger(RemoteRateLimiter.class);

    private enum Next {
        AGAIN,
        UNDER_WAY,
        NOTHING
    }

    final PermitLine line;
    final RemoteStore store;
    final PolicyAnswers policy;
    final @Nullable LeasedPermits leased;
    private final TimeSource time;
    final SoleTrips sole;
    private volatile Limits limits;

    private final Queue<Ask> asks = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean underWay = new AtomicBoolean();

    /** When the line may ask again. Written by the thread that has the flight, and after a refund. */
    private volatile long askAtNanos;

    /** For how many permits the store named that time: fewer may be asked for at once. */
    private volatile long refusedPermits;

    /** The limiter is in use as long as this is. */
    final RemoteRateLimiter limiter;

    Flight(RemoteRateLimiter limiter, RemoteStore store, Limits limits, Function<PermitLine.Source, PermitLine> line) {
        this.limiter = limiter;
        this.store = store;
        this.time = store.time;
        this.limits = limits;
        Lease lease = store.lease;
        this.leased = lease == null ? null : new LeasedPermits(lease, time);
        this.policy = new PolicyAnswers(store, this);
        this.sole = new SoleTrips(store, this, policy);
        this.askAtNanos = time.nanoTime();
        this.line = line.apply(this);
    }

    Limits limits() {
        return limits;
    }

    /** Replaces the rate; called under the lock of the line. */
    void replace(Rate rate, long generation) {
        limits = limits.with(rate, generation, store.lease);
        mayAsk();
    }

    // ---- callers that do not wait

    /** Takes permits that were fetched before. */
    @Override
    public boolean takeAtOnce(long permits) {
        LeasedPermits its = leased;
        return its != null && its.take(permits);
    }

    /** Takes permits, all or none, or has the policy answer. */
    boolean tryTake(long permits) {
        store.buckets.checkMayWait();
        return takeAtOnce(permits) || take(permits).granted() > 0;
    }

    /** The same with the rest of the answer. */
    Answer take(long permits) {
        store.buckets.checkMayWait();
        while (true) {
            @Nullable Answer answer = leased == null ? null : leased.answer(permits);
            if (answer == null) {
                answer = store.availability.isUnavailable() ? policy.take(permits) : asked(permits);
            }
            if (answer != null) {
                return answer;
            }
        }
    }

    private @Nullable Answer asked(long permits) {
        Ask ask = new Ask(limiter, permits, time);
        asks.add(ask);
        start();
        Answer answer = ask.await(store.timeoutNanos);
        return answer == null ? policy.overdue(permits) : answer; // before the timer has noticed
    }

    // ---- what is sent and not waited for

    /** Gives back what was taken and not used. */
    @Override
    public void refund(long permits) {
        LeasedPermits ours = leased;
        long rest = ours != null && line.isOpen() ? giveBack(ours, permits) : permits;
        if (rest == 0) {
            return;
        }
        if (store.availability.isUnavailable()) {
            policy.refund(rest);
        } else {
            sole.send(its -> store.buckets.refund(its, rest));
        }
    }

    /** Gives back what was fetched before. Who begins to wait meanwhile may not have seen it. Returns the rest. */
    private long giveBack(LeasedPermits its, long permits) {
        long rest = its.giveBack(permits);
        if (rest < permits && !line.isOpen()) {
            lineMayAsk();
        }
        return rest;
    }

    /** Gives back what has come for requests that were over. */
    void refundLate(long permits) {
        if (permits > 0) {
            store.refundedLate.add(permits);
            sole.send(its -> store.buckets.refund(its, permits));
        }
    }

    /** The store is available again, after this limiter had a local share. */
    void recovered() {
        long admitted = policy.close();
        for (Bucket bucket : limits.buckets()) { // each as far as the permits are there
            long taken = Math.min(admitted, bucket.rate().burst());
            if (taken > 0) {
                sole.send(its -> store.buckets.takeUpTo(List.of(bucket), taken));
            }
        }
        lineMayAsk();
    }

    private void mayAsk() {
        askAtNanos = time.nanoTime();
        if (leased != null) {
            leased.forgetRefusal();
        }
    }

    /** There may be more than the line knows of. */
    void lineMayAsk() {
        mayAsk();
        lineChanged();
    }

    // ---- the flight

    /** Has somebody send what there is to ask for. */
    private void start() {
        if (underWay.compareAndSet(false, true)) {
            RemoteStore.offTheTimer(this::fly);
        }
    }

    /** Sends trips until one is under way or nothing is left. Called by the thread that has the flight. */
    private void fly() {
        while (true) {
            switch (sendNext()) {
                case AGAIN -> {}
                case UNDER_WAY -> {
                    return;
                }
                case NOTHING -> {
                    underWay.set(false);
                    // what came before that found the flight under way
                    if (!isSomethingLeft() || !underWay.compareAndSet(false, true)) {
                        return;
                    }
                }
            }
        }
    }

    private boolean isSomethingLeft() {
        return !asks.isEmpty() || isLineDue();
    }

    private boolean isLineDue() {
        long head = line.headPermits();
        return head > 0 && nanosUntilAsked(head) <= 0;
    }

    private Next sendNext() {
        try {
            List<Ask> batch = nextAsks();
            if (!batch.isEmpty()) {
                return send(new SharedTrip(this, batch, null));
            }
            if (isLineDue()) {
                return sendForLine(line.wants(MOST_REQUESTS));
            }
        } catch (RuntimeException | Error failure) { // of the clock; callers in asks have time limits of their own
            Callbacks.error(LOG, "a trip to the store could not be sent", failure);
            refusedPermits = 0;
            long at = askAtNanos;
            askAtNanos = at + store.timeoutNanos; // the clock may throw once more
            lookAgainLater();
        }
        return Next.NOTHING;
    }

    /** The head of the line takes the trip for sent, and does not watch the clock itself. */
    private void lookAgainLater() {
        try {
            time.schedule(this::lineChanged, Duration.ofNanos(store.timeoutNanos));
        } catch (RuntimeException | Error broken) {
            Callbacks.error(LOG, "a TimeSource threw, and so a waiting request may wait for the next one", broken);
        }
    }

    private List<Ask> nextAsks() {
        List<Ask> batch = new ArrayList<>(1);
        for (Ask ask = asks.peek(); ask != null && batch.size() < MOST_REQUESTS; ask = asks.peek()) {
            asks.poll();
            if (ask.isOpen() && !answeredHere(ask)) {
                batch.add(ask);
            }
        }
        return batch;
    }

    /** Whether what was fetched, or the last refusal, answers the caller. */
    private boolean answeredHere(Ask ask) {
        LeasedPermits its = leased;
        Answer answer = its == null ? null : its.answer(ask.permits);
        if (its == null || answer == null) {
            return false;
        }
        if (!ask.answer(answer)) {
            giveBack(its, answer.granted());
        }
        return true;
    }

    private Next sendForLine(PermitLine.Wants wants) {
        if (wants.permits().length == 0) {
            return Next.NOTHING;
        }
        if (leased != null && handLeased(leased, wants)) {
            return Next.AGAIN;
        }
        return store.availability.isUnavailable() ? answerLine(wants) : send(new SharedTrip(this, List.of(), wants));
    }

    /** Hands over what was fetched before, in the order of the line. False if that is nothing. */
    private boolean handLeased(LeasedPermits its, PermitLine.Wants wants) {
        long[] wanted = wants.permits();
        long taken = 0;
        for (int i = 0; i < wanted.length && its.take(wanted[i]); i++) {
            taken += wanted[i];
        }
        if (taken > 0) {
            its.giveBack(line.grant(wants, taken, new long[wanted.length], PolicyAnswers.TOO_LARGE));
        }
        return taken > 0;
    }

    private Next answerLine(PermitLine.Wants wants) {
        List<Answer> answers = policy.takeInOrder(wants.permits());
        if (answers != null) {
            policy.refund(hand(wants, answers, PolicyAnswers.UNAVAILABLE));
        }
        return Next.AGAIN;
    }

    private Next send(SharedTrip trip) {
        if (store.availability.isUnavailable()) {
            trip.answerByPolicy();
            return Next.AGAIN;
        }
        return trip.send() ? Next.AGAIN : Next.UNDER_WAY;
    }

    /** How many to fetch in advance: what the line is about to want is not taken from under it. */
    long ahead(boolean forLine) {
        return leased != null && (forLine || line.headPermits() == 0) ? leased.wanted() : 0;
    }

    /** What was fetched in advance has come. */
    void fetched(LeasedPermits its, Answer answer, long sentNanos) {
        its.fetched(answer, sentNanos);
        if (answer.granted() > 0 && line.headPermits() > 0) {
            askAtNanos = time.nanoTime(); // for what was fetched
        }
        if (store.ofKeys && answer.granted() > 0) {
            time.schedule(this::lineChanged, its.ttl()); // keeps the limiter of a key, and so what was fetched
        }
    }

    /** The caller asks once more. */
    void askAgain(Ask ask) {
        asks.add(ask);
    }

    /** A trip is over; called by the one that has the flight then. */
    void goOn() {
        RemoteStore.offTheTimer(this::fly);
    }

    /** Hands what was granted over to the line. Returns what nobody wants any more. */
    long hand(PermitLine.Wants wants, List<Answer> answers, String refusal) {
        long now = time.nanoTime(); // the wait counts from when the answer has come
        long granted = 0;
        long nextNanos = 0;
        long refused = 0;
        long[] wanted = wants.permits();
        long[] waits = new long[wanted.length];
        for (int i = 0; i < waits.length; i++) {
            Answer answer = answers.get(i);
            granted = Checks.saturatedSum(granted, answer.granted());
            waits[i] =
                    answer.granted() > 0 ? 0 : Math.max(1, answer.retryAfter().toNanos());
            if (waits[i] > 0 && waits[i] != PermitLine.NEVER_NANOS && nextNanos == 0) {
                nextNanos = waits[i];
                refused = wanted[i];
            }
        }
        askAtNanos = now + Math.min(nextNanos, Long.MAX_VALUE / 2);
        refusedPermits = refused;
        return line.grant(wants, granted, waits, refusal);
    }

    // ---- what the line asks for

    @Override
    public long largest() {
        return limits.largest();
    }

    @Override
    public long nanosUntilAsked(long permits) {
        return permits < refusedPermits ? 0 : askAtNanos - time.nanoTime();
    }

    /** That time is known, and what is wanted more or less grows at the rate. */
    @Override
    public long nanosUntil(long permits) {
        long refused = refusedPermits;
        long left = Math.max(0, askAtNanos - time.nanoTime());
        return permits < refused
                ? Math.max(0, left - limits.nanosFor(refused - permits))
                : Checks.saturatedSum(left, limits.nanosFor(permits - refused));
    }

    @Override
    public void lineChanged() {
        if (isLineDue()) {
            start();
        }
    }

    @Override
    public String toString() {
        return "Flight[" + limiter + "]";
    }
}
