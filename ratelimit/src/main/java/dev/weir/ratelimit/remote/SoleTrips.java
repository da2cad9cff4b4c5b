package dev.weir.ratelimit.remote;

import dev.weir.core.internal.Checks;
import dev.weir.ratelimit.remote.RemoteBuckets.Answer;
import dev.weir.ratelimit.remote.RemoteBuckets.Bucket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The trips for a bucket that carry one request: those that are rare, and need not go along with others. */
final class SoleTrips {
    /** What the policy says, or null if there is no outage any more. */
    interface ByPolicy {
        @Nullable
        Answer get();
    }

    private final RemoteStore store;
    private final Flight flight;
    private final PolicyAnswers policy;

    SoleTrips(RemoteStore store, Flight flight, PolicyAnswers policy) {
        this.store = store;
        this.flight = flight;
        this.policy = policy;
    }

    /** Takes what is there, up to a number: first what was fetched in advance. */
    long takeUpTo(long most) {
        store.buckets.checkMayWait();
        LeasedPermits leased = flight.leased;
        long taken = leased == null ? 0 : leased.takeUpTo(most);
        long rest = most - taken;
        if (rest == 0) {
            return taken;
        }
        return taken
                + await(its -> store.buckets.takeUpTo(its, rest), () -> policy.takeUpTo(rest))
                        .granted();
    }

    Answer peek(long permits) {
        LeasedPermits leased = flight.leased;
        long left = leased == null ? 0 : leased.left();
        Answer answer = await(its -> store.buckets.peek(its, permits), () -> policy.peek(permits));
        if (left == 0) {
            return answer;
        }
        Duration wait = permits <= left ? Duration.ZERO : answer.retryAfter();
        return new Answer(0, wait, Checks.saturatedSum(answer.remaining(), left), answer.reset());
    }

    /** Takes what was used, into debt if it is not there. */
    void charge(long permits) {
        LeasedPermits leased = flight.leased;
        long rest = permits - (leased == null ? 0 : leased.takeUpTo(permits));
        if (rest > 0 && store.availability.isUnavailable()) {
            policy.charge(rest);
        } else if (rest > 0) {
            send(its -> store.buckets.charge(its, rest));
        }
    }

    /** Sends a request and waits for its answer, or has the policy answer. */
    private Answer await(Function<List<Bucket>, CompletionStage<Answer>> call, ByPolicy otherwise) {
        store.buckets.checkMayWait();
        while (true) {
            @Nullable Answer answer = store.availability.isUnavailable() ? otherwise.get() : ask(call, otherwise);
            if (answer != null) {
                return answer;
            }
        }
    }

    private @Nullable Answer ask(Function<List<Bucket>, CompletionStage<Answer>> call, ByPolicy otherwise) {
        Limits limits = flight.limits();
        Ask ask = new Ask(flight.limiter, 0, store.time);
        store.send(limits.first(), () -> call.apply(limits.buckets()), store.timeoutNanos, new Trip.End<Answer>() {
            @Override
            public void answered(Answer answer) {
                if (!ask.answer(answer)) {
                    flight.refundLate(answer.granted());
                }
            }

            @Override
            public void failed(Throwable cause) {
                ask.answer(PolicyAnswers.FAILED);
            }

            @Override
            public void unusable(Throwable cause) {
                ask.answer(policy.overdue(0));
            }

            @Override
            public void late(Answer answer) {
                flight.refundLate(answer.granted());
            }
        });
        Answer answer = ask.await(store.timeoutNanos);
        if (answer == null) {
            return policy.overdue(0);
        }
        return answer == PolicyAnswers.FAILED ? otherwise.get() : answer;
    }

    /** Sends a request that nobody waits for. */
    void send(Function<List<Bucket>, CompletionStage<Answer>> call) {
        Limits limits = flight.limits();
        store.send(limits.first(), () -> call.apply(limits.buckets()), store.timeoutNanos, new Trip.End<Answer>() {
            @Override
            public void answered(Answer answer) {
                flight.lineMayAsk();
            }

            @Override
            public void failed(Throwable cause) {
                // permits are lost, which admits less and not more
            }

            @Override
            public void late(Answer answer) {
                // it has been done all the same
            }
        });
    }
}
