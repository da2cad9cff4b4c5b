package dev.weir.retry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.testkit.Call;
import dev.weir.testkit.Dumps;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What a dump shows of the waits of retries and hedges. */
class RetryDumpTest {
    private static final String FOR = " for (at least )?PT[0-9.]+S";

    private final CountDownLatch release = new CountDownLatch(1);

    private static RetryPolicy policy() {
        return RetryPolicy.builder()
                .maxAttempts(3)
                .backoff(Backoff.fixed(Duration.ofDays(1)))
                .build();
    }

    @Test
    void a_thread_in_a_delay_says_before_which_attempt() throws Exception {
        Call<Object> call =
                Call.start(() -> Retry.builder(policy()).name("lookup").build().call(() -> {
                    throw new IOException("expected by the test");
                }));
        Dumps.awaitBlocker(call.thread(), "Retry lookup: the delay before attempt 2");
        call.interrupt();
        call.assertThrew(InterruptedException.class);
    }

    @Test
    void a_thread_that_waits_for_an_attempt_with_a_limit_says_so_and_the_attempt_has_a_name() throws Exception {
        Retry retry = Retry.of(
                RetryPolicy.builder().attemptTimeout(Duration.ofSeconds(60)).build());
        Call<Boolean> call = Call.onPlatformThread(() -> retry.call(() -> release.await(60, TimeUnit.SECONDS)));
        call.thread().setName("caller");
        Dumps.awaitBlocker(call.thread(), "Retry: the end of an attempt with a time limit, caller" + FOR);
        Dumps.awaitThread("weir-attempt-[0-9]+");
        release.countDown();
        assertTrue(call.result());
    }

    @Test
    void a_thread_that_waits_for_a_hedge_says_how_many_attempts_there_are() throws Exception {
        Hedge hedge = Hedge.after(Duration.ofMillis(1)).name("search").build();
        Call<String> call = Call.start(() -> hedge.call(() -> {
            release.await();
            return "done";
        }));
        call.thread().setName("caller");
        Dumps.awaitBlocker(call.thread(), "Hedge search: the first result of 2 attempts, caller" + FOR);
        Dumps.awaitThread("weir-attempt-task");
        release.countDown();
        assertEquals("done", call.result());
    }
}
