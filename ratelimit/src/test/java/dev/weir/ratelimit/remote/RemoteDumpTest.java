package dev.weir.ratelimit.remote;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.time.TimeSource;
import dev.weir.ratelimit.Rate;
import dev.weir.testkit.Call;
import dev.weir.testkit.Dumps;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What a dump shows of a caller that waits for the answer of a store. */
class RemoteDumpTest {
    @Test
    void a_caller_says_which_limiter_asks_its_store_and_for_how_much() throws Exception {
        MemoryBuckets buckets = new MemoryBuckets(TimeSource.system());
        RemoteRateLimiter limiter = RemoteRateLimiter.builder(buckets, "key", Rate.perSecond(10))
                .name("api")
                .timeout(Duration.ofSeconds(60))
                .build();
        buckets.hold();
        Call<Boolean> call = Call.onPlatformThread(() -> limiter.tryAcquire(2));
        call.thread().setName("caller");
        Dumps.awaitBlocker(
                call.thread(),
                "RemoteRateLimiter\\[api, .*]: the store's answer about 2 permits, caller waits for PT[0-9.]+S");
        buckets.release();
        assertTrue(call.result());
    }
}
