package dev.weir.jcstress.remote;

import dev.weir.ratelimit.remote.RemoteBuckets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** A bucket whose permits never grow, and whose answer to the first request is held back if that is wanted. */
final class StressBuckets implements RemoteBuckets {
    private final AtomicLong permits;
    private final AtomicInteger requests = new AtomicInteger();
    private final @Nullable CompletableFuture<List<Answer>> held;
    private volatile @Nullable List<Answer> heldAnswers;
    private volatile boolean fails;

    private StressBuckets(long permits, @Nullable CompletableFuture<List<Answer>> held) {
        this.permits = new AtomicLong(permits);
        this.held = held;
    }

    static StressBuckets of(long permits) {
        return new StressBuckets(permits, null);
    }

    static StressBuckets thatHoldsBack(long permits) {
        return new StressBuckets(permits, new CompletableFuture<>());
    }

    long permits() {
        return permits.get();
    }

    /** From now on, calls fail or not. */
    void fail(boolean from) {
        fails = from;
    }

    /** Waits for the request whose answer is held back. */
    void awaitRequest() {
        while (heldAnswers == null) {
            Thread.onSpinWait();
        }
    }

    /** Lets the answer out that is held back. */
    void answer() {
        held.complete(heldAnswers);
    }

    private long taken(long most, boolean all) {
        while (true) {
            long now = permits.get();
            long taken = all && now < most ? 0 : Math.min(now, most);
            if (permits.compareAndSet(now, now - taken)) {
                return taken;
            }
        }
    }

    private static Answer answer(long granted) {
        return new Answer(granted, granted > 0 ? Duration.ZERO : Duration.ofHours(1), 0, Duration.ZERO);
    }

    @Override
    public CompletionStage<List<Answer>> take(List<Bucket> buckets, long[] wanted, boolean inOrder, long ahead) {
        if (fails) {
            return CompletableFuture.failedStage(new IllegalStateException("connection refused"));
        }
        List<Answer> answers = new ArrayList<>();
        for (long one : wanted) {
            answers.add(answer(taken(one, true)));
        }
        if (ahead > 0) {
            boolean all = answers.stream().allMatch(answer -> answer.granted() > 0);
            answers.add(answer(taken(all ? ahead : 0, false)));
        }
        if (held != null && requests.getAndIncrement() == 0) {
            heldAnswers = answers;
            return held;
        }
        return CompletableFuture.completedStage(answers);
    }

    @Override
    public CompletionStage<Answer> takeUpTo(List<Bucket> buckets, long most) {
        return CompletableFuture.completedStage(answer(taken(most, false)));
    }

    @Override
    public CompletionStage<Answer> peek(List<Bucket> buckets, long wanted) {
        return fails
                ? CompletableFuture.failedStage(new IllegalStateException("connection refused"))
                : CompletableFuture.completedStage(answer(0));
    }

    @Override
    public CompletionStage<Answer> refund(List<Bucket> buckets, long back) {
        permits.addAndGet(back);
        return CompletableFuture.completedStage(answer(0));
    }

    @Override
    public CompletionStage<Answer> charge(List<Bucket> buckets, long used) {
        permits.addAndGet(-used);
        return CompletableFuture.completedStage(answer(0));
    }
}
