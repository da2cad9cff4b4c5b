package dev.weir.benchmarks;

import dev.failsafe.Failsafe;
import dev.failsafe.FailsafeExecutor;
import dev.weir.core.ThrowingSupplier;
import dev.weir.retry.Hedge;
import dev.weir.retry.Retry;
import dev.weir.retry.RetryPolicy;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.springframework.core.retry.RetryTemplate;
import org.springframework.core.retry.Retryable;

/**
 * A task that succeeds at once, called directly and through the retries, all with three attempts and neither a deadline
 * nor a listener. The task reads a field; it was created before, and so were the retries.
 */
@State(Scope.Thread)
public class RetryOps {
    private Integer value = 42;

    private final Callable<Integer> direct = () -> value;

    private final Retry weir = Retry.of(RetryPolicy.defaults());
    private final ThrowingSupplier<Integer, RuntimeException> weirTask = () -> value;

    private final io.github.resilience4j.retry.Retry resilience4j =
            io.github.resilience4j.retry.Retry.ofDefaults("bench");
    private final Callable<Integer> resilience4jTask =
            io.github.resilience4j.retry.Retry.decorateCallable(resilience4j, () -> value);

    private final FailsafeExecutor<Integer> failsafe = Failsafe.with(dev.failsafe.RetryPolicy.<Integer>ofDefaults());
    private final dev.failsafe.function.CheckedSupplier<Integer> failsafeTask = () -> value;

    private final Retry weirWithDeadline =
            Retry.of(RetryPolicy.builder().maxDuration(Duration.ofMinutes(1)).build());
    private final ThrowingSupplier<CompletableFuture<Integer>, RuntimeException> weirStage =
            () -> CompletableFuture.completedFuture(value);

    private final Hedge hedge = Hedge.after(Duration.ofSeconds(1)).build();
    private final FailsafeExecutor<Integer> failsafeTimeout =
            Failsafe.with(dev.failsafe.Timeout.<Integer>of(Duration.ofSeconds(1)));

    private ExecutorService pooled;

    private final RetryTemplate spring = new RetryTemplate();
    private final Retryable<Integer> springTask = () -> value;

    @Setup
    public void createPool() {
        pooled = Executors.newCachedThreadPool(Thread.ofPlatform().daemon().factory());
    }

    @TearDown
    public void endPool() {
        pooled.shutdown();
    }

    /** What every call pays whose task runs in another thread of the JDK's, and nothing else. */
    @Benchmark
    public Integer handOver() throws Exception {
        return pooled.submit(direct).get();
    }

    @Benchmark
    public Integer direct() throws Exception {
        return direct.call();
    }

    @Benchmark
    public Integer weir() throws InterruptedException {
        return weir.call(weirTask);
    }

    @Benchmark
    public Integer resilience4j() throws Exception {
        return resilience4jTask.call();
    }

    @Benchmark
    public Integer failsafe() {
        return failsafe.get(failsafeTask);
    }

    @Benchmark
    public Integer spring() throws Exception {
        return spring.execute(springTask);
    }

    @Benchmark
    public Integer hedge() throws InterruptedException {
        return hedge.call(weirTask);
    }

    @Benchmark
    public Integer weirWithDeadline() throws InterruptedException {
        return weirWithDeadline.call(weirTask);
    }

    /** What a call with a deadline may cost on top: a look at the clock. */
    @Benchmark
    public long nanoTime() {
        return System.nanoTime();
    }

    /** The first attempt's result is at hand when it returns its stage. */
    @Benchmark
    public Integer hedgeAsync() {
        return hedge.callAsync(weirStage).join();
    }

    /** Failsafe has no hedge; its timeout, too, watches a call with a delay that does not come. */
    @Benchmark
    public Integer failsafeTimeout() {
        return failsafeTimeout.get(failsafeTask);
    }
}
