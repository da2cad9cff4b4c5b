package dev.weir.ratelimit.remote;

import dev.weir.core.internal.Callbacks;
import dev.weir.core.internal.Checks;
import dev.weir.core.time.TimeSource;
import dev.weir.ratelimit.PermitLine;
import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.remote.RemoteBuckets.Answer;
import dev.weir.ratelimit.remote.RemoteBuckets.Bucket;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this process asks the store for one bucket: one trip at a time, which carries the requests of all that came
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
    private final RemoteStore store;
    private final TimeSource time;
    private final PolicyAnswers policy;
    private final SoleTrips sole;
    private volatile Bucket bucket;

    private final Queue<Ask> asks = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean underWay = new AtomicBoolean();

    /** When the line may ask again. Written by the thread that has the flight, and after a refund. */
    private volatile long askAtNanos;

    /** How much the head wanted when the store named that time. */
    private volatile long headPermits;

    /** The limiter is in use as long as this is. */
    private final RemoteRateLimiter limiter;

    Flight(RemoteRateLimiter limiter, RemoteStore store, Bucket bucket, PermitLine.Builder line) {
        this.limiter = limiter;
        this.store = store;
        this.time = store.time;
        this.bucket = bucket;
        this.policy = new PolicyAnswers(store, this);
        this.sole = new SoleTrips(store, this, policy);
        this.askAtNanos = time.nanoTime();
        this.line = line.build(this);
    }

    Bucket bucket() {
        return bucket;
    }

    /** Replaces the rate; called under the lock of the line. */
    void replace(Rate rate, long generation) {
        bucket = new Bucket(bucket.key(), rate, generation);
        askAtNanos = time.nanoTime();
    }

    // ---- callers that do not wait

    /** Takes permits, all or none, or has the policy answer. */
    Answer take(long permits) {
        store.buckets.checkMayWait();
        while (true) {
            @Nullable Answer answer = null;
            if (!store.availability.isUnavailable()) {
                Ask ask = new Ask(permits, time.nanoTime());
                asks.add(ask);
                start();
                answer = ask.await(time, store.timeoutNanos);
                if (answer == null) { // before the timer has noticed
                    return policy.overdue(permits);
                }
            } else {
                answer = policy.take(permits);
            }
            if (answer != null) {
                return answer;
            }
        }
    }

    Answer takeUpTo(long most) {
        return sole.await(its -> store.buckets.takeUpTo(its, most), () -> policy.takeUpTo(most));
    }

    Answer peek(long permits) {
        return sole.await(its -> store.buckets.peek(its, permits), () -> policy.peek(permits));
    }

    // ---- what is sent and not waited for

    void refund(long permits, boolean late) {
        if (permits == 0) {
            return;
        }
        if (late) {
            store.refundedLate.add(permits);
        } else if (store.availability.isUnavailable()) {
            policy.refund(permits);
            return;
        }
        sole.send(its -> store.buckets.refund(its, permits));
    }

    void refundLate(long permits) {
        refund(permits, true);
    }

    void charge(long permits) {
        if (permits == 0) {
            return;
        }
        if (store.availability.isUnavailable()) {
            policy.charge(permits);
            return;
        }
        sole.send(its -> store.buckets.charge(its, permits));
    }

    /** The store is available again, after this bucket had a local share. */
    void recovered() {
        long admitted = Math.min(policy.close(), bucket.rate().burst());
        if (admitted > 0) {
            sole.send(its -> store.buckets.takeUpTo(its, admitted));
        }
        lineMayAsk();
    }

    /** There may be more than the line knows of. */
    void lineMayAsk() {
        askAtNanos = time.nanoTime();
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
        return line.isWanting() && nanosUntilAsked() <= 0;
    }

    private Next sendNext() {
        try {
            List<Ask> batch = nextAsks();
            if (!batch.isEmpty()) {
                return send(new Answered(batch, null));
            }
            if (isLineDue()) {
                PermitLine.Wants wants = line.wants(MOST_REQUESTS);
                return store.availability.isUnavailable() ? answerLine(wants) : send(new Answered(List.of(), wants));
            }
        } catch (RuntimeException | Error failure) { // of the clock; the callers have time limits of their own
            Callbacks.error(LOG, "a trip to the store could not be sent", failure);
            long at = askAtNanos;
            askAtNanos = at + store.timeoutNanos; // the clock may throw once more
        }
        return Next.NOTHING;
    }

    private List<Ask> nextAsks() {
        List<Ask> batch = new ArrayList<>(1);
        for (Ask ask = asks.peek(); ask != null && batch.size() < MOST_REQUESTS; ask = asks.peek()) {
            asks.poll();
            if (ask.isOpen()) {
                batch.add(ask);
            }
        }
        return batch;
    }

    private Next answerLine(PermitLine.Wants wants) {
        if (wants.permits().length == 0) {
            return Next.NOTHING;
        }
        List<Answer> answers = policy.takeInOrder(wants.permits());
        if (answers != null) {
            policy.refund(hand(wants, answers, PolicyAnswers.UNAVAILABLE));
        }
        return Next.AGAIN;
    }

    private Next send(Answered trip) {
        if (trip.permits.length == 0) {
            return Next.NOTHING;
        }
        if (store.availability.isUnavailable()) {
            trip.answerByPolicy();
            return Next.AGAIN;
        }
        Bucket its = bucket;
        store.send(its, () -> store.buckets.take(its, trip.permits.clone(), trip.isOfLine()), trip.nanosLeft(), trip);
        return trip.isSecond() ? Next.AGAIN : Next.UNDER_WAY;
    }

    /** A trip for callers or for the line. */
    private final class Answered implements Trip.End<List<Answer>> {
        private final List<Ask> batch;
        private final PermitLine.@Nullable Wants wants;
        final long[] permits;

        /** Set by the first of the sender, when it has sent, and the answer: the second of them has the flight. */
        private final AtomicBoolean first = new AtomicBoolean();

        Answered(List<Ask> batch, PermitLine.@Nullable Wants wants) {
            this.batch = batch;
            this.wants = wants;
            this.permits = wants != null
                    ? wants.permits()
                    : batch.stream().mapToLong(ask -> ask.permits).toArray();
        }

        boolean isOfLine() {
            return wants != null;
        }

        /** What is left of the time limit of the caller that has waited longest. */
        long nanosLeft() {
            long since = batch.isEmpty() ? 0 : time.nanoTime() - batch.get(0).sinceNanos;
            return store.timeoutNanos - since;
        }

        boolean isSecond() {
            return first.getAndSet(true);
        }

        @Override
        public void answered(List<Answer> answers) {
            try {
                if (wants != null) {
                    refundLate(hand(wants, answers, PolicyAnswers.TOO_LARGE));
                } else {
                    long unwanted = 0;
                    for (int i = 0; i < batch.size(); i++) {
                        Answer answer = answers.get(i);
                        unwanted += batch.get(i).answer(answer) ? 0 : answer.granted();
                    }
                    refundLate(unwanted);
                }
            } finally {
                goOn();
            }
        }

        @Override
        public void failed(Throwable cause) {
            try {
                answerByPolicy();
            } finally {
                goOn();
            }
        }

        /** The line is answered by the next one that has the flight. */
        void answerByPolicy() {
            for (Ask ask : batch) {
                Answer answer = store.availability.isUnavailable() ? policy.take(ask.permits) : null;
                if (answer == null) {
                    asks.add(ask); // the store is back
                } else if (!ask.answer(answer)) {
                    policy.refund(answer.granted());
                }
            }
        }

        @Override
        public void late(List<Answer> answers) {
            long granted = 0;
            for (Answer answer : answers) {
                granted += answer.granted();
            }
            refundLate(granted);
        }

        private void goOn() {
            if (isSecond()) {
                RemoteStore.offTheTimer(Flight.this::fly);
            }
        }
    }

    /** Hands what was granted over to the line. Returns what nobody wants any more. */
    private long hand(PermitLine.Wants wants, List<Answer> answers, String refusal) {
        long now = time.nanoTime(); // the wait counts from when the answer has come
        long granted = 0;
        long nextNanos = 0;
        long[] wanted = wants.permits();
        long[] waits = new long[wanted.length];
        for (int i = 0; i < waits.length; i++) {
            Answer answer = answers.get(i);
            granted = Checks.saturatedSum(granted, answer.granted());
            waits[i] =
                    answer.granted() > 0 ? 0 : Math.max(1, answer.retryAfter().toNanos());
            if (waits[i] > 0 && waits[i] != PermitLine.NEVER_NANOS && nextNanos == 0) {
                nextNanos = waits[i];
                headPermits = wanted[i];
            }
        }
        askAtNanos = now + Math.min(nextNanos, Long.MAX_VALUE / 2);
        return line.grant(wants, granted, waits, refusal);
    }

    // ---- what the line asks for

    @Override
    public long largest() {
        return bucket.rate().burst();
    }

    @Override
    public long nanosUntilAsked() {
        return askAtNanos - time.nanoTime();
    }

    /** The head's time is known, and what is wanted besides grows at the rate. */
    @Override
    public long nanosUntil(long permits) {
        Rate rate = bucket.rate();
        double more =
                (double) Math.max(0, permits - headPermits) * rate.period().toNanos() / rate.permits();
        return Checks.saturatedSum(Math.max(0, nanosUntilAsked()), (long) Math.ceil(more));
    }

    @Override
    public void lineChanged() {
        if (isLineDue()) {
            start();
        }
    }

    @Override
    public void refund(long permits) {
        refund(permits, false);
    }

    @Override
    public String toString() {
        return "Flight[" + limiter + "]";
    }
}
