package dev.weir.retry;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.core.time.ManualTimeSource;
import java.io.IOException;
import java.time.Duration;
import java.util.Random;
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

    private static String model(Step[] script, int maxAttempts, long maxNanos, long stepNanos, long limit) {
        long now = 0;
        for (int attempt = 1; ; attempt++) {
            Step step = script[attempt - 1];
            now += step.tookNanos;
            StopReason stop = null;
            long delay = stepNanos * attempt;
            if (step.outcome == 'f' && step.askedNanos >= 0) {
                delay = Math.min(delay + limit, Math.max(delay, step.askedNanos));
            }
            if (step.outcome == 's') {
                stop = StopReason.SUCCESS;
            } else if (step.outcome == 'a' || step.outcome == 'e') {
                stop = StopReason.ABORTED;
            } else if (attempt == maxAttempts) {
                stop = StopReason.EXHAUSTED;
            } else if (now + delay >= maxNanos) {
                stop = StopReason.DEADLINE;
            }
            if (stop != null) {
                return stop + " " + attempt + " " + now + " " + step.outcome;
            }
            now += delay;
        }
    }

    @Test
    void tenThousandScripts_endAsInTheModel() throws Exception {
        long seed = System.nanoTime();
        System.out.println("model seed " + seed);
        Random random = new Random(seed);
        for (int i = 0; i < 10_000; i++) {
            int maxAttempts = 1 + random.nextInt(8);
            long maxNanos = random.nextBoolean() ? Long.MAX_VALUE : 1 + random.nextInt(100);
            long stepNanos = random.nextInt(6);
            long limit = random.nextInt(10);
            Step[] script = new Step[maxAttempts];
            for (int s = 0; s < maxAttempts; s++) {
                script[s] = new Step("ffffrrsae".charAt(random.nextInt(9)), random.nextInt(9), random.nextInt(20) - 5);
            }
            String expected = model(script, maxAttempts, maxNanos, stepNanos, limit);
            assertEquals(expected, real(script, maxAttempts, maxNanos, stepNanos, limit), "seed " + seed + " #" + i);
        }
    }

    private static String real(Step[] script, int maxAttempts, long maxNanos, long stepNanos, long limit)
            throws InterruptedException {
        ManualTimeSource time = ManualTimeSource.autoAdvancing();
        RetryPolicy policy = RetryPolicy.builder()
                .maxAttempts(maxAttempts)
                .maxDuration(Duration.ofNanos(maxNanos))
                .backoff(Backoff.linear(Duration.ofNanos(stepNanos)))
                .delayFrom(
                        f -> f instanceof Asks asks && asks.nanos >= 0 ? Duration.ofNanos(asks.nanos) : null,
                        Duration.ofNanos(limit))
                .abortOn(IllegalStateException.class)
                .retryOnResult("r"::equals)
                .build();
        int[] made = {0};
        RetryResult<String> result = Retry.builder(policy).time(time).build().attempt(() -> {
            Step step = script[made[0]++];
            time.advance(Duration.ofNanos(step.tookNanos));
            return switch (step.outcome) {
                case 'f' -> throw new Asks(step.askedNanos);
                case 'a' -> throw new IllegalStateException();
                case 'e' -> throw new AssertionError();
                default -> String.valueOf(step.outcome);
            };
        });
        assertEquals(made[0], result.attempts());
        String outcome = switch (result) {
            case RetryResult.Success<String> success -> success.value();
            case RetryResult.Rejected<String> rejected -> rejected.value();
            case RetryResult.Failed<String> failed ->
                failed.failure() instanceof Asks ? "f" : failed.failure() instanceof Error ? "e" : "a";
        };
        return result.reason() + " " + result.attempts() + " "
                + result.elapsed().toNanos() + " " + outcome;
    }
}
