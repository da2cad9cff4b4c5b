package dev.weir.ratelimit.remote;

import dev.weir.core.time.TimeSource;
import dev.weir.ratelimit.Decision;
import dev.weir.ratelimit.TokenBucket;
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

    private <A> CompletionStage<A> call(String what, Bucket bucket, Function<TokenBucket, A> action) {
        CompletableFuture<A> future = new CompletableFuture<>();
        synchronized (this) {
            calls.add(what);
            if (failure != null) {
                return CompletableFuture.failedFuture(failure);
            }
            Kept its = kept.computeIfAbsent(
                    bucket.key(),
                    key -> new Kept(
                            TokenBucket.builder(bucket.rate()).timeSource(time).build(), bucket.generation()));
            if (bucket.generation() >= its.generation) {
                its.generation = bucket.generation();
                its.bucket.replaceRate(bucket.rate());
            }
            A answer = action.apply(its.bucket);
            if (holds) {
                held.add(() -> future.complete(answer));
                return future;
            }
            future.complete(answer);
        }
        return future;
    }

    private static Answer answer(long granted, Decision decision) {
        return new Answer(granted, decision.retryAfter(), decision.remaining(), decision.reset());
    }

    @Override
    public CompletionStage<List<Answer>> take(Bucket bucket, long[] permits, boolean inOrder) {
        return call((inOrder ? "line" : "take") + Arrays.toString(permits), bucket, its -> {
            List<Answer> answers = new ArrayList<>();
            boolean refused = false;
            for (long wanted : permits) {
                if (wanted > its.rate().burst()) {
                    Decision now = its.peek(0);
                    answers.add(new Answer(0, Answer.NEVER, now.remaining(), now.reset()));
                    continue;
                }
                Decision decision = refused ? its.peek(wanted) : its.check(wanted);
                boolean taken = !refused && decision.admitted();
                answers.add(
                        taken || !decision.admitted()
                                ? answer(taken ? wanted : 0, decision)
                                : new Answer(0, java.time.Duration.ofNanos(1), decision.remaining(), decision.reset()));
                refused |= inOrder && !taken;
            }
            return answers;
        });
    }

    @Override
    public CompletionStage<Answer> takeUpTo(Bucket bucket, long most) {
        return call("upTo[" + most + "]", bucket, its -> answer(its.tryAcquireUpTo(most), its.peek(0)));
    }

    @Override
    public CompletionStage<Answer> peek(Bucket bucket, long permits) {
        return call("peek[" + permits + "]", bucket, its -> answer(0, its.peek(permits)));
    }

    @Override
    public CompletionStage<Answer> refund(Bucket bucket, long permits) {
        return call("refund[" + permits + "]", bucket, its -> {
            its.refund(permits);
            return answer(0, its.peek(0));
        });
    }

    @Override
    public CompletionStage<Answer> charge(Bucket bucket, long permits) {
        return call("charge[" + permits + "]", bucket, its -> {
            its.charge(permits);
            return answer(0, its.peek(0));
        });
    }
}
