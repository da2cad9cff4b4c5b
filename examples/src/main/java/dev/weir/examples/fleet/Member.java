package dev.weir.examples.fleet;

import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.RateLimiter;
import dev.weir.ratelimit.redis.RedisRateLimiter;
import dev.weir.ratelimit.remote.OutagePolicy;
import dev.weir.ratelimit.remote.RemoteRateLimiterListener;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** A process of the fleet: takes permits of the shared limit as fast as it gets them, and prints when. */
public final class Member {
    static final Rate RATE = Rate.perSecond(100).withBurst(20);
    static final int MEMBERS = 3;

    private Member() {}

    private static RateLimiter limiter(int port) {
        RedisClient client = RedisClient.create(RedisURI.create("127.0.0.1", port));
        client.setOptions(RedisRateLimiter.options().build());
        return RedisRateLimiter.builder(client.connect().async(), "limit:api", RATE)
                .onOutage(OutagePolicy.localShare(MEMBERS)) // goes on at a third of the rate
                .storeListener(new RemoteRateLimiterListener() {
                    @Override
                    public void onUnavailable(Throwable cause) {
                        report("unavailable");
                    }

                    @Override
                    public void onRecovered(Duration after) {
                        report("recovered");
                    }
                })
                .build();
    }

    private static void report(String what) {
        System.out.println(what + " " + ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now()));
    }

    /**
     * Runs until its input ends.
     *
     * @param args the port of the server
     * @throws IOException if the input breaks
     */
    public static void main(String[] args) throws IOException {
        RateLimiter limiter = limiter(Integer.parseInt(args[0]));
        Thread.ofPlatform().daemon().start(() -> {
            try {
                while (true) {
                    limiter.acquire();
                    report("admitted");
                }
            } catch (InterruptedException stopped) {
                Thread.currentThread().interrupt();
            }
        });
        report("ready");
        while (System.in.read() >= 0) {
            // the parent has not ended
        }
        System.exit(0);
    }
}
