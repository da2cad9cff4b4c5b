package dev.weir.jcstress.retry;

import dev.weir.retry.Backoff;
import dev.weir.retry.Retry;
import dev.weir.retry.RetryPolicy;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** A run is cancelled while the task of its second attempt gives its stage, which never ends by itself. */
@JCStressTest
@Outcome(id = "true, true", expect = Expect.ACCEPTABLE, desc = "the stage is cancelled, or was never given")
@Outcome(expect = Expect.FORBIDDEN, desc = "the run goes on, or a stage of it does")
@State
public class CancelMeetsStage {
    private final AtomicInteger attempts = new AtomicInteger();
    private final CompletableFuture<String> first = new CompletableFuture<>();
    private final CompletableFuture<String> second = new CompletableFuture<>();
    private volatile boolean given;
    private final CompletableFuture<String> run = Retry.of(
                    RetryPolicy.builder().maxAttempts(3).backoff(Backoff.none()).build())
            .callAsync(this::attempt);

    private CompletableFuture<String> attempt() {
        if (attempts.incrementAndGet() == 1) {
            return first;
        }
        given = true;
        return second;
    }

    @Actor
    public void cancel() {
        run.cancel(true);
    }

    @Actor
    public void fail() {
        first.completeExceptionally(new IllegalStateException());
    }

    @Arbiter
    public void look(ZZ_Result result) {
        result.r1 = run.isCancelled();
        result.r2 = !given || second.isCancelled();
    }
}
