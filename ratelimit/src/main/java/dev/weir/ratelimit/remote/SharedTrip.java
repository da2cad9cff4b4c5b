package dev.weir.ratelimit.remote;

import dev.weir.ratelimit.PermitLine;
import dev.weir.ratelimit.remote.RemoteBuckets.Answer;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** A trip of a {@link Flight} that carries requests of several callers, or of the line. */
final class SharedTrip implements Trip.End<List<Answer>> {
    private final Flight flight;
    private final List<Ask> batch;
    private final PermitLine.@Nullable Wants wants;
    private final long[] permits;
    private final long ahead;
    private final long sentNanos;

    /** Set by the first of the sender, when it has sent, and the answer: the second of them has the flight. */
    private final AtomicBoolean first = new AtomicBoolean();

    SharedTrip(Flight flight, List<Ask> batch, PermitLine.@Nullable Wants wants) {
        this.flight = flight;
        this.batch = batch;
        this.wants = wants;
        this.permits = wants != null
                ? wants.permits()
                : batch.stream().mapToLong(ask -> ask.permits).toArray();
        this.ahead = flight.ahead(wants != null);
        this.sentNanos = flight.store.time.nanoTime();
    }

    /** Sends it. True if the answer has come meanwhile, so that the sender goes on. */
    boolean send() {
        RemoteStore store = flight.store;
        Limits limits = flight.limits();
        store.send(
                limits.first(),
                () -> store.buckets.take(limits.buckets(), permits.clone(), wants != null, ahead),
                nanosLeft(),
                this);
        return isSecond();
    }

    /** What is left of the time limit of the caller that has waited longest. */
    private long nanosLeft() {
        long since = batch.isEmpty() ? 0 : sentNanos - batch.get(0).sinceNanos;
        return flight.store.timeoutNanos - since;
    }

    private boolean isSecond() {
        return first.getAndSet(true);
    }

    @Override
    public void answered(List<Answer> answers) {
        try {
            LeasedPermits leased = flight.leased;
            if (leased != null && ahead > 0) {
                flight.fetched(leased, answers.get(permits.length), sentNanos);
            }
            if (wants != null) {
                flight.refundLate(flight.hand(wants, answers, PolicyAnswers.TOO_LARGE));
            } else {
                answerBatch(answers);
            }
        } finally {
            goOn();
        }
    }

    private void answerBatch(List<Answer> answers) {
        long unwanted = 0;
        int refused = -1;
        for (int i = 0; i < batch.size(); i++) {
            Answer answer = answers.get(i);
            if (answer.granted() == 0 && (refused < 0 || permits[i] < permits[refused])) {
                refused = i;
            }
            unwanted += batch.get(i).answer(answer) ? 0 : answer.granted();
        }
        if (refused >= 0 && flight.leased != null) {
            flight.leased.rememberRefusal(permits[refused], answers.get(refused), flight.limits());
        }
        flight.refundLate(unwanted);
    }

    @Override
    public void failed(Throwable cause) {
        try {
            answerByPolicy();
        } finally {
            goOn();
        }
    }

    /** Nobody waits for it. */
    @Override
    public void unusable(Throwable cause) {
        try {
            PolicyAnswers policy = flight.policy;
            if (wants != null) {
                flight.hand(wants, policy.withoutBucket(permits), PolicyAnswers.UNUSABLE);
            }
            for (Ask ask : batch) {
                ask.answer(policy.overdue(ask.permits));
            }
        } finally {
            goOn();
        }
    }

    /** The line is answered by the next one that has the flight. */
    void answerByPolicy() {
        PolicyAnswers policy = flight.policy;
        for (Ask ask : batch) {
            Answer answer = flight.store.availability.isUnavailable() ? policy.take(ask.permits) : null;
            if (answer == null) {
                flight.askAgain(ask); // the store is back
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
        flight.refundLate(granted);
    }

    private void goOn() {
        if (isSecond()) {
            flight.goOn();
        }
    }
}
