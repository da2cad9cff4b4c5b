package dev.weir.ratelimit;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.testkit.ForkedJvm;
import dev.weir.testkit.StackEnd;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

/** A recursion without end overflows its stack within a limiter, and its server goes on. */
final class LimiterStackEndTest {
    private static final int ROUNDS = 2_000;

    /** In the interpreter, whose frames are large: there an unlock could overflow where the lock had not. */
    @Test
    void requests_at_the_end_of_the_stack_leave_the_lock_free_and_nobody_in_the_line() throws Exception {
        String output = ForkedJvm.run(List.of("-Xint", "-XX:-PrintWarnings"), Program.class);
        assertTrue(output.endsWith("works"), output);
    }

    static final class Program {
        private static final Rate RATE = Rate.perSecond(100_000).withBurst(10);

        private Program() {}

        public static void main(String[] arguments) throws Exception {
            List<RateLimiter> limiters = limiters();
            limiters()
                    .forEach(
                            used -> { // an overflow in a class initialiser is not the limiter's
                                for (int i = 0; i < 300; i++) {
                                    ask(used, i);
                                }
                            });
            StackEnd.run(() -> {
                for (RateLimiter limiter : limiters) {
                    StackEnd.callNear(ROUNDS, round -> ask(limiter, round));
                }
            });
            boolean works = true;
            for (RateLimiter limiter : limiters) {
                works &= limiter.tryAcquire(10, Duration.ofSeconds(10));
                works &= limiter.metrics().waiters() == 0;
            }
            System.out.print(works ? "works" : "does not work: " + limiters);
        }

        private static List<RateLimiter> limiters() {
            return List.of(
                    TokenBucket.builder(RATE).build(),
                    TokenBucket.builder(RATE).priorities().build(),
                    TokenBucket.builder(RATE).fairShares().build(),
                    WarmUpLimiter.builder(RATE, Duration.ofMillis(1)).build(),
                    KeyedRateLimiter.<String>builder(RATE).build().limiter("key"));
        }

        private static void ask(RateLimiter limiter, int how) {
            RateLimiter view = limiter.withPriority(how % 3).forTenant("" + how % 3);
            try {
                switch (how % 4) {
                    case 0 -> view.tryAcquire(1 + how % 10, Duration.ofNanos(100_000));
                    case 1 -> view.reserve(1 + how % 10).cancel();
                    case 2 -> limiter.refund(1);
                    default -> limiter.drain();
                }
            } catch (InterruptedException impossible) {
                throw new AssertionError(impossible);
            } catch (RejectedExecutionException rejected) {
                // without an effect
            }
        }
    }
}
