package dev.weir.ratelimit;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.time.ManualTimeSource;
import dev.weir.testkit.Call;
import dev.weir.testkit.Dumps;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a dump shows of each wait for permits. */
class LimiterDumpTest {
    private static final String FOR = " for (at least )?PT[0-9.]+S";

    private final TokenBucket limiter =
            TokenBucket.builder(Rate.perDay(1)).name("api").build();

    private static <T> Call<T> start(boolean virtual, Callable<T> body) {
        Call<T> call = virtual ? Call.start(body) : Call.onPlatformThread(body);
        call.thread().setName("caller");
        return call;
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void a_thread_that_waits_is_listed_by_its_limiter(boolean virtual) throws Exception {
        assertTrue(limiter.tryAcquire());
        Call<Boolean> waits = start(virtual, () -> {
            limiter.acquire();
            return true;
        });
        Dumps.awaitBlocker(waits.thread(), "TokenBucket\\[api, .*, 1 waiters]: permits, 1 waiting: caller" + FOR);
        waits.interrupt();
        waits.assertThrew(InterruptedException.class);
    }

    @Test
    void a_thread_that_waits_for_a_future_or_a_reservation_says_for_how_many_permits() throws Exception {
        assertTrue(limiter.tryAcquire());
        CompletableFuture<Void> future = limiter.acquireAsync().toCompletableFuture();
        Call<Object> gets = start(true, future::get);
        Dumps.awaitBlocker(gets.thread(), "TokenBucket\\[api, .*, 1 waiters]: 1 permits, WAITING, caller waits" + FOR);
        Call<Object> waits = start(false, () -> {
            limiter.acquire();
            return true;
        });
        Dumps.awaitBlocker(
                waits.thread(),
                "TokenBucket\\[api, .*, 2 waiters]: permits, 2 waiting: no thread" + FOR + ", caller" + FOR);
        gets.interrupt();
        gets.assertThrew(InterruptedException.class);
        waits.interrupt();
        waits.assertThrew(InterruptedException.class);
        future.cancel(true);
    }

    @Test
    void a_thread_in_the_jitter_says_so() throws Exception {
        ManualTimeSource time = new ManualTimeSource();
        TokenBucket jittered = TokenBucket.builder(Rate.perSecond(1_000).withBurst(1))
                .timeSource(time)
                .jitter(Duration.ofDays(1))
                .build();
        assertTrue(jittered.tryAcquire());
        Call<Boolean> waits = start(true, () -> {
            jittered.acquire();
            return true;
        });
        Call.until(() -> jittered.metrics().waiters() == 1);
        waits.assertRests();
        time.advance(Duration.ofMillis(1));
        Dumps.awaitBlocker(
                waits.thread(), "TokenBucket\\[.*, 0 waiters]: the end of the jitter, with 1 permits, caller" + FOR);
        waits.interrupt();
        waits.assertThrew(InterruptedException.class);
    }
}
