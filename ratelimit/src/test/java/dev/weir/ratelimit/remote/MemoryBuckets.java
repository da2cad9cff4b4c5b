package dev.weir.ratelimit.remote;

import dev.weir.core.time.TimeSource;
import dev.weir.ratelimit.Decision;
import dev.weir.ratelimit.TokenBucket;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/** A store in memory, whose answers a test may hold back, and which it may have fail. */
final class MemoryBuckets implements RemoteBuckets {
    private static final class Kept {
        final TokenBucket bucket;
        long generation;

        Kept(TokenBucket bucket, long generation) {
            this.bucket = bucket;
            this.generation = generation;
        }
    }

    private final TimeSource time;
    private final Map<String, Kept> kept = new HashMap<>();
    private final Queue<Runnable> held = new ArrayDeque<>();
    private final List<String> calls = new ArrayList<>();
    private boolean holds;
    private RuntimeException failure;

    MemoryBuckets(TimeSource time) {
        this.time = time;
    }

    // ---- what tests do

    synchronized List<String> calls() {
        return List.copyOf(calls);
    }

    synchronized int held() {
        return held.size();
    }

    /** From now on calls are done at once, but their answers are held back. */
    synchronized void hold() {
        holds = true;
    }

    synchronized void answer() {
        holds = false;
        failure = null;
    }

    synchronized void fail(RuntimeException with) {
        failure = with;
    }

    /** Lets the oldest answer out that is held back. */
    void release() {
        Runnable oldest;
        synchronized (this) {
            oldest = held.remove();
        }
        oldest.run();
    }

    synchronized long available(String key) {
        Kept its = kept.get(key);
        return its == null ? -1 : its.bucket.peek(0).remaining();
    }

    synchronized TokenBucket bucket(String key) {
        return kept.get(key).bucket;
    }

    // ---- the store

    private <A> CompletionStage<A> call(String what, List<Bucket> buckets, Function<List<TokenBucket>, A> action) {
        CompletableFuture<A> future = new CompletableFuture<>();
        synchronized (this) {
            calls.add(what);
            if (failure != null) {
                return CompletableFuture.failedFuture(failure);
            }
            A answer = action.apply(buckets.stream().map(this::keptOf).toList());
            if (holds) {
                held.add(() -> future.complete(answer));
                return future;
            }
            future.complete(answer);
        }
        return future;
    }

    private TokenBucket keptOf(Bucket bucket) {
        Kept its = kept.computeIfAbsent(
                bucket.key(),
                key -> new Kept(
                        TokenBucket.builder(bucket.rate()).timeSource(time).build(), bucket.generation()));
        if (bucket.generation() >= its.generation) {
            its.generation = bucket.generation();
            its.bucket.replaceRate(bucket.rate());
        }
        return its.bucket;
    }

    /** Of all of them: the longest waits, and the fewest permits. */
    private static Answer seen(List<TokenBucket> buckets, long permits) {
        Duration wait = Duration.ZERO;
        Duration reset = Duration.ZERO;
        long remaining = Long.MAX_VALUE;
        for (TokenBucket bucket : buckets) {
            boolean possible = permits <= bucket.rate().burst();
            Decision decision = bucket.peek(possible ? permits : 0);
            Duration its = possible ? decision.retryAfter() : Answer.NEVER;
            wait = wait.compareTo(its) < 0 ? its : wait;
            reset = reset.compareTo(decision.reset()) < 0 ? decision.reset() : reset;
            remaining = Math.min(remaining, decision.remaining());
        }
        return new Answer(0, wait, remaining, reset);
    }

    private static Answer taken(List<TokenBucket> buckets, long permits) {
        buckets.forEach(bucket -> bucket.tryAcquire(permits));
        Answer after = seen(buckets, 0);
        return new Answer(permits, Duration.ZERO, after.remaining(), after.reset());
    }

    @Override
    public CompletionStage<List<Answer>> take(List<Bucket> buckets, long[] permits, boolean inOrder, long ahead) {
        String what = (inOrder ? "line" : "take") + Arrays.toString(permits) + (ahead > 0 ? "+" + ahead : "");
        return call(what, buckets, its -> {
            List<Answer> answers = new ArrayList<>();
            boolean refused = false;
            for (long wanted : permits) {
                Answer seen = seen(its, wanted);
                if (!seen.retryAfter().isZero()) {
                    answers.add(seen);
                    refused |= !seen.retryAfter().equals(Answer.NEVER);
                } else if (refused && inOrder) {
                    answers.add(new Answer(0, Duration.ofNanos(1), seen.remaining(), seen.reset()));
                } else {
                    answers.add(taken(its, wanted));
                }
            }
            if (ahead > 0) {
                boolean all = answers.stream().noneMatch(answer -> answer.granted() == 0);
                answers.add(taken(its, all ? Math.min(ahead, seen(its, 0).remaining()) : 0));
            }
            return answers;
        });
    }

    @Override
    public CompletionStage<Answer> takeUpTo(List<Bucket> buckets, long most) {
        return call(
                "upTo[" + most + "]",
                buckets,
                its -> taken(its, Math.min(most, seen(its, 0).remaining())));
    }

    @Override
    public CompletionStage<Answer> peek(List<Bucket> buckets, long permits) {
        return call("peek[" + permits + "]", buckets, its -> seen(its, permits));
    }

    @Override
    public CompletionStage<Answer> refund(List<Bucket> buckets, long permits) {
        return call("refund[" + permits + "]", buckets, its -> {
            its.forEach(bucket -> bucket.refund(permits));
            return seen(its, 0);
        });
    }

    @Override
    public CompletionStage<Answer> charge(List<Bucket> buckets, long permits) {
        return call("charge[" + permits + "]", buckets, its -> {
            its.forEach(bucket -> bucket.charge(permits));
            return seen(its, 0);
        });
    }

    @Override
    public boolean isOutage(Throwable cause) {
        return !"WRONGTYPE".equals(cause.getMessage());
    }

    @Override
    public void checkKeys(List<String> keys) {
        // all are here
    }
}
