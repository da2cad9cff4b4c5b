package dev.weir.retry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.time.ManualTimeSource;
import java.io.IOException;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Random scripts of outcomes, run by {@link Retry} in virtual time and by a model that only counts. */
class RetryModelTest {
    /** One attempt: how long it takes, what it gives, and the delay that its failure asks for (-1 for none). */
    private record Step(char outcome, long tookNanos, long askedNanos) {}

    private static final class Asks extends IOException {
        private static final long serialVersionUID = 1;
        final long nanos;

        Asks(long nanos) {
            this.nanos = nanos;
        }
    }

    /** The limits of a policy; no duration is {@link Long#MAX_VALUE}, no budget is a large one. */
    private record Limits(int attempts, long maxNanos, long stepNanos, long askLimit, int budget) {}

    private static String model(Step[] script, Limits limits) {
        long now = 0;
        int counted = 0;
        int budget = limits.budget;
        for (int attempt = 1; ; attempt++) {
            Step step = script[attempt - 1];
            now += step.tookNanos;
            counted += step.outcome == 'n' ? 0 : 1;
            StopReason stop = null;
            long delay = limits.stepNanos * attempt;
            boolean tooLong = step.outcome == 'f' && step.askedNanos > delay + limits.askLimit;
            if (step.outcome == 'f') {
                delay = Math.max(delay, step.askedNanos);
            }
            int cost = step.outcome == 'f' ? 2 : 1;
            if (step.outcome == 's') {
                stop = StopReason.SUCCESS;
            } else if (step.outcome == 'a' || step.outcome == 'e') {
                stop = StopReason.ABORTED;
            } else if (counted == limits.attempts) {
                stop = StopReason.EXHAUSTED;
            } else if (tooLong) {
                stop = StopReason.DELAY_TOO_LONG;
            } else if (now + delay >= limits.maxNanos) {
                stop = StopReason.DEADLINE;
            } else if (cost > budget) {
                stop = StopReason.BUDGET;
            }
            if (stop != null) {
                return stop + " " + attempt + " " + now + " " + step.outcome + " " + budget;
            }
            budget -= cost;
            now += delay;
        }
    }

    @Test
    void ten_thousand_scripts_end_as_in_the_model_blocking_and_not() throws Exception {
        long seed = System.nanoTime();
        System.out.println("model seed " + seed);
        Random random = new Random(seed);
        for (int i = 0; i < 10_000; i++) {
            boolean limited = random.nextBoolean();
            Limits limits = new Limits(
                    1 + random.nextInt(8),
                    limited ? 1 + random.nextInt(100) : Long.MAX_VALUE,
                    random.nextInt(6),
                    random.nextInt(10),
                    random.nextBoolean() ? 1000 : random.nextInt(10));
            // With a limit, some outcomes do not count; each attempt takes a nanosecond, so that the limit comes.
            Step[] script = new Step[limited ? 200 : limits.attempts];
            for (int s = 0; s < script.length; s++) {
                char outcome = (limited ? "ffffrrsaennnn" : "ffffrrsae").charAt(random.nextInt(limited ? 13 : 9));
                script[s] = new Step(outcome, (limited ? 1 : 0) + random.nextInt(9), random.nextInt(20) - 5);
            }
            String expected = model(script, limits);
            assertEquals(expected, blocking(script, limits), "seed " + seed + " #" + i);
            assertEquals(expected, async(script, limits), "async, seed " + seed + " #" + i);
        }
    }

    private static RetryPolicy policy(Limits limits, RetryBudget budget, RetryListener listener) {
        RetryPolicyBuilder policy = RetryPolicy.builder()
                .maxAttempts(limits.attempts)
                .maxDuration(Duration.ofNanos(limits.maxNanos))
                .backoff(Backoff.linear(Duration.ofNanos(limits.stepNanos)))
                .delayFrom(
                        f -> f instanceof Asks asks && asks.nanos >= 0 ? Duration.ofNanos(asks.nanos) : null,
                        Duration.ofNanos(limits.askLimit))
                .abortOn(IllegalStateException.class)
                .retryOnResult("r"::equals)
                .budget(budget)
                .listener(listener);
        if (limits.maxNanos != Long.MAX_VALUE) {
            policy.doNotCountIf(IllegalArgumentException.class::isInstance);
        }
        return policy.build();
    }

    private static RetryBudget budget(Limits limits) {
        RetryBudget budget = RetryBudget.tokens(1000, 0, failure -> failure instanceof Asks ? 2 : 1);
        for (int i = limits.budget; i < 1000; i++) {
            budget.take(null);
        }
        return budget;
    }

    private static Throwable failure(Step step) {
        return switch (step.outcome) {
            case 'f' -> new Asks(step.askedNanos);
            case 'a' -> new IllegalStateException();
            case 'n' -> new IllegalArgumentException();
            case 'e' -> new AssertionError();
            default -> null;
        };
    }

    private static String outcome(Throwable failure) {
        return switch (failure) {
            case Asks asked -> "f";
            case IllegalArgumentException uncounted -> "n";
            case Error error -> "e";
            default -> "a";
        };
    }

    private static String blocking(Step[] script, Limits limits) throws InterruptedException {
        ManualTimeSource time = ManualTimeSource.autoAdvancing();
        RetryBudget budget = budget(limits);
        int[] made = {0};
        RetryPolicy policy = policy(limits, budget, new RetryListener() {});
        RetryResult<String> result = Retry.builder(policy)
                .timeSource(time)
                .build()
                .attempt(() -> {
                    Step step = script[made[0]++];
                    time.advance(Duration.ofNanos(step.tookNanos));
                    Throwable failure = failure(step);
                    if (failure != null) {
                        throw failure;
                    }
                    return String.valueOf(step.outcome);
                });
        assertEquals(made[0], result.attempts());
        String outcome = switch (result) {
            case RetryResult.Success<String> success -> success.value();
            case RetryResult.Rejected<String> rejected -> rejected.value();
            case RetryResult.Failed<String> failed -> outcome(failed.failure());
        };
        return result.reason() + " " + result.attempts() + " "
                + result.elapsed().toNanos() + " " + outcome + " " + (int) budget.available();
    }

    private static String async(Step[] script, Limits limits) {
        ManualTimeSource time = new ManualTimeSource();
        RetryBudget budget = budget(limits);
        StringBuilder end = new StringBuilder();
        RetryPolicy policy = policy(limits, budget, new RetryListener() {
            @Override
            public void onSuccess(int attempts) {
                end.append("SUCCESS ").append(attempts);
            }

            @Override
            public void onGiveUp(int attempts, Throwable failure, StopReason reason) {
                end.append(reason).append(' ').append(attempts);
            }
        });
        int[] made = {0};
        CompletableFuture<String> result = Retry.builder(policy)
                .timeSource(time)
                .build()
                .callAsync(() -> {
                    Step step = script[made[0]++];
                    CompletableFuture<String> stage = new CompletableFuture<>();
                    Throwable failure = failure(step);
                    Runnable ending = failure != null
                            ? () -> stage.completeExceptionally(failure)
                            : () -> stage.complete(String.valueOf(step.outcome));
                    if (step.tookNanos == 0) {
                        ending.run();
                    } else {
                        time.schedule(ending, Duration.ofNanos(step.tookNanos));
                    }
                    return stage;
                });
        CompletableFuture<Void> ended = result.handle((value, failure) -> {
            end.append(' ').append(time.nanoTime()).append(' ').append(failure == null ? value : outcome(failure));
            return null;
        });
        time.advance(Duration.ofSeconds(1));
        assertTrue(ended.isDone());
        assertEquals(0, time.waiters());
        return end + " " + (int) budget.available();
    }
}
