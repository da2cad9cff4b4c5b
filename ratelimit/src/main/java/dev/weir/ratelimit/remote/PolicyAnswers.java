package dev.weir.ratelimit.remote;

import dev.weir.ratelimit.remote.RemoteBuckets.Answer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What the {@link OutagePolicy} answers for one limiter. Null in place of an answer if there is no outage any more. */
final class PolicyAnswers {
    /** In the place of an answer, when a call has failed. */
    static final Answer FAILED = new Answer(0, Duration.ZERO, 0, Duration.ZERO);

    static final String UNAVAILABLE = "the store of the permits is unavailable";
    static final String TOO_LARGE = "the rate was replaced in the store by one whose burst is too small";

    static final String UNUSABLE = "the bucket of the permits cannot be used";

    private static final Answer NEVER = new Answer(0, Answer.NEVER, 0, Duration.ZERO);
    private static final Answer REFUSAL = new Answer(0, RemoteStore.PROBE_INTERVAL, 0, Duration.ZERO);

    private final RemoteStore store;
    private final Flight flight;
    private final AtomicReference<@Nullable LocalShare> share = new AtomicReference<>();

    PolicyAnswers(RemoteStore store, Flight flight) {
        this.store = store;
        this.flight = flight;
    }

    /** Without a share: for a caller whose time is over, though no outage has begun, too. */
    Answer overdue(long permits) {
        store.answeredByPolicy.increment();
        return store.policy.admits() ? admission(permits) : REFUSAL;
    }

    @Nullable
    Answer take(long permits) {
        return answer(local -> local.take(permits), permits);
    }

    /** By the local share if there is to be one, or by admitting that number of permits or none. */
    private @Nullable Answer answer(Function<LocalShare, @Nullable Answer> byShare, long admitted) {
        if (!store.policy.isLocalShare()) {
            return overdue(admitted);
        }
        store.answeredByPolicy.increment();
        LocalShare local = share();
        return local == null ? null : byShare.apply(local);
    }

    /** Takes permits for requests of the line, all or none of each, and none after one that is refused. */
    @Nullable
    List<Answer> takeInOrder(long[] permits) {
        List<Answer> answers = new ArrayList<>(permits.length);
        boolean refused = false;
        LocalShare local = store.policy.isLocalShare() ? share() : null;
        if (store.policy.isLocalShare() && local == null) {
            return null;
        }
        for (long wanted : permits) {
            store.answeredByPolicy.increment();
            Answer answer = local == null
                    ? store.policy.admits() ? admission(wanted) : NEVER
                    : refused ? local.peek(wanted) : local.take(wanted);
            if (answer == null) { // closed meanwhile: the line asks the store for the others
                answer = new Answer(0, Duration.ofNanos(1), 0, Duration.ZERO);
            }
            refused |= answer.granted() == 0 && !answer.retryAfter().equals(Answer.NEVER);
            answers.add(answer);
        }
        return answers;
    }

    /** For requests of the line, when the bucket cannot be used: as without a share. */
    List<Answer> withoutBucket(long[] permits) {
        List<Answer> answers = new ArrayList<>(permits.length);
        for (long wanted : permits) {
            store.answeredByPolicy.increment();
            answers.add(store.policy.admits() ? admission(wanted) : NEVER);
        }
        return answers;
    }

    @Nullable
    Answer takeUpTo(long most) {
        return answer(
                local -> local.takeUpTo(most), Math.min(most, flight.limits().largest()));
    }

    @Nullable
    Answer peek(long permits) {
        return answer(local -> local.peek(permits), 0);
    }

    void refund(long permits) {
        LocalShare local = share.get();
        if (local != null && permits > 0) {
            local.refund(permits);
        }
    }

    void charge(long permits) {
        LocalShare local = store.policy.isLocalShare() ? share() : null;
        if (local != null) {
            local.charge(permits);
        }
    }

    /** Ends the share. Returns what it has admitted. */
    long close() {
        LocalShare local = share.getAndSet(null);
        return local == null ? 0 : local.close();
    }

    private Answer admission(long permits) {
        return new Answer(permits, Duration.ZERO, flight.limits().largest(), Duration.ZERO);
    }

    /** The share of the present outage, made if need be; null if there is none any more. */
    private @Nullable LocalShare share() {
        LocalShare present = share.get();
        if (present == null) {
            share.compareAndSet(null, new LocalShare(flight.limits(), store.policy.nodes(), store.time));
            store.shares(flight); // and only then looks: a recovery before that has not closed it
            if (!store.availability.isUnavailable()) {
                flight.recovered();
                return null;
            }
            present = share.get();
        }
        return present;
    }
}
