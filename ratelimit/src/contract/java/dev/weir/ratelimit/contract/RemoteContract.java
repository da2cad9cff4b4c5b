package dev.weir.ratelimit.contract;

import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.RateLimiter;
import dev.weir.ratelimit.remote.RemoteBuckets;
import dev.weir.ratelimit.remote.RemoteRateLimiter;
import dev.weir.testkit.Call;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;

/** The contract of a limiter whose permits are kept by a store. */
public abstract class RemoteContract extends RateLimiterContract {
    private final AtomicInteger underWay = new AtomicInteger();

    /** The store, with a clock that this test sets. */
    protected abstract RemoteBuckets store();

    /** The name of a bucket that has not been used. */
    protected abstract String newKey();

    @Override
    protected final RateLimiter limiter(Rate rate, Settings settings) {
        RemoteRateLimiter.Builder builder = RemoteRateLimiter.builder(new Counted(store()), newKey(), rate)
                .timeSource(time)
                .timeout(Duration.ofDays(1))
                .maxWaiters(settings.maxWaiters());
        if (settings.listener() != null) {
            builder.listener(settings.listener());
        }
        return builder.build();
    }

    @Override
    protected final void rest() {
        for (int i = 0; i < 2; i++) { // a thread that an answer wakes may ask again
            Call.until(() -> underWay.get() == 0);
            super.rest();
        }
    }

    @Override
    protected Map<String, String> excluded() {
        return new HashMap<>(Map.of(
                "what_has_grown_again_does_not_come_back_twice",
                "the store does not know when the permits of an estimate were taken"));
    }

    /** Counts the calls whose answers have not been dealt with. */
    private final class Counted implements RemoteBuckets {
        private final RemoteBuckets its;

        Counted(RemoteBuckets its) {
            this.its = its;
        }

        private <A> CompletionStage<A> counted(CompletionStage<A> stage) {
            CompletableFuture<A> counted = new CompletableFuture<>();
            underWay.incrementAndGet();
            stage.whenComplete((answer, failure) -> {
                if (failure == null) {
                    counted.complete(answer);
                } else {
                    counted.completeExceptionally(failure);
                }
                underWay.decrementAndGet(); // what depends on it has run
            });
            return counted;
        }

        @Override
        public CompletionStage<List<Answer>> take(List<Bucket> buckets, long[] permits, boolean inOrder, long ahead) {
            return counted(its.take(buckets, permits, inOrder, ahead));
        }

        @Override
        public CompletionStage<Answer> takeUpTo(List<Bucket> buckets, long most) {
            return counted(its.takeUpTo(buckets, most));
        }

        @Override
        public CompletionStage<Answer> peek(List<Bucket> buckets, long permits) {
            return counted(its.peek(buckets, permits));
        }

        @Override
        public CompletionStage<Answer> refund(List<Bucket> buckets, long permits) {
            return counted(its.refund(buckets, permits));
        }

        @Override
        public CompletionStage<Answer> charge(List<Bucket> buckets, long permits) {
            return counted(its.charge(buckets, permits));
        }

        @Override
        public void checkRate(Rate rate) {
            its.checkRate(rate);
        }
    }
}
