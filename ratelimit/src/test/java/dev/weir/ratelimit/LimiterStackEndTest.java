package dev.weir.ratelimit;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.testkit.ForkedJvm;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

/** A recursion without end overflows its stack within a limiter, and its server goes on. */
final class LimiterStackEndTest {
    private static final int ROUNDS = 2_000;
    private static final int MAX_DISTANCE = 260;
    private static final int STACK_BYTES = 256 * 1024;

    /** In the interpreter, whose frames are large: there an unlock could overflow where the lock had not. */
    @Test
    void requests_at_the_end_of_the_stack_leave_the_lock_free_and_nobody_in_the_line() throws Exception {
        String output = ForkedJvm.run(List.of("-Xint", "-XX:-PrintWarnings"), Program.class);
        assertTrue(output.endsWith("works"), output);
    }

    static final class Program {
        private static final Rate RATE = Rate.perSecond(100_000).withBurst(10);

        private static int reached;
        private static int sink;

        private Program() {}

        public static void main(String[] arguments) throws Exception {
            List<RateLimiter> limiters = limiters();
            limiters().forEach(used -> { // an overflow in a class initialiser is not the limiter's
                for (int i = 0; i < 300; i++) {
                    ask(used, i);
                }
            });
            Thread caller = new Thread(null, () -> limiters.forEach(Program::askAtTheEnd), "deep", STACK_BYTES);
            caller.start();
            caller.join();
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

        private static void askAtTheEnd(RateLimiter limiter) {
            Random random = new Random(7);
            int limit = 0;
            for (int round = 0; round < ROUNDS; round++) {
                if (round % 100 == 0) {
                    limit = depth();
                }
                int how = round;
                try {
                    deep(limit - random.nextInt(Math.min(limit - 1, MAX_DISTANCE)), () -> ask(limiter, how));
                } catch (StackOverflowError expected) {
                    // as a server would
                }
            }
        }

        private static int depth() {
            reached = 0;
            try {
                deep(Integer.MAX_VALUE, () -> {});
            } catch (StackOverflowError end) {
                // that is how deep it goes
            }
            return reached;
        }

        private static void deep(int left, Runnable bottom) {
            if (left == 0) {
                bottom.run();
            } else {
                reached++;
                deep(left - 1, bottom);
                sink++; // so that no frame is left out
            }
        }
    }
}
