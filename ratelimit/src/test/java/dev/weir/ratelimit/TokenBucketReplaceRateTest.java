package dev.weir.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.time.ManualTimeSource;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class TokenBucketReplaceRateTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final ManualTimeSource time = new ManualTimeSource();

    private TokenBucket bucket(Rate rate, long permits) {
        return TokenBucket.builder(rate)
                .initialPermits(permits)
                .timeSource(time)
                .build();
    }

    @Test
    void permits_stay_as_far_as_the_new_burst_has_room_and_grow_at_the_new_rate() {
        TokenBucket bucket = bucket(Rate.perSecond(10), 7);
        bucket.replaceRate(Rate.perSecond(100));
        assertEquals(Rate.perSecond(100), bucket.rate());
        assertEquals(7, bucket.drain());
        time.advance(Duration.ofMillis(10));
        assertEquals(1, bucket.drain());

        time.advance(Duration.ofMillis(500));
        bucket.replaceRate(Rate.perSecond(3));
        assertEquals(3, bucket.drain(), "of 50, the new burst has room for 3");
        time.advance(SECOND.minusNanos(1));
        assertEquals(2, bucket.drain());
    }

    @Test
    void a_fraction_of_a_permit_survives() {
        TokenBucket bucket = bucket(Rate.perSecond(1), 0);
        time.advance(Duration.ofMillis(900));
        bucket.replaceRate(Rate.of(10, SECOND).withBurst(1));
        time.advance(Duration.ofMillis(10).minusNanos(1));
        assertFalse(bucket.tryAcquire());
        time.advance(Duration.ofNanos(2)); // the fraction is rounded down, by less than a nanosecond's worth
        assertTrue(bucket.tryAcquire());
    }

    @Test
    void replacing_the_rate_a_thousand_times_neither_loses_nor_doubles_permits() {
        TokenBucket bucket = bucket(Rate.perSecond(10).withBurst(100), 0);
        time.advance(Duration.ofMillis(2_050)); // twenty permits and a half
        for (int i = 0; i < 1_000; i++) {
            bucket.replaceRate(
                    i % 2 == 0
                            ? Rate.of(1, Duration.ofHours(1)).withBurst(100)
                            : Rate.perSecond(10).withBurst(100));
        }
        assertEquals(20, bucket.tryAcquireUpTo(100));
        time.advance(Duration.ofMillis(50));
        assertEquals(1, bucket.tryAcquireUpTo(100), "the half was kept");
    }

    @Test
    void those_who_wait_are_served_at_the_new_rate() throws Exception {
        TokenBucket bucket = bucket(Rate.of(1, Duration.ofDays(1)), 0);
        FutureTask<Void> thread = new FutureTask<>(() -> {
            bucket.acquire();
            return null;
        });
        Thread.ofVirtual().start(thread);
        time.awaitWaiters(1);
        var future = bucket.acquireAsync();
        bucket.replaceRate(Rate.perSecond(1));
        time.awaitWaiters(1);
        while (!thread.isDone()) {
            time.advance(Duration.ofMillis(1));
            LockSupport.parkNanos(10_000);
        }
        // The test's clock does not wait for a thread that is busy; but it is far from the old rate's day.
        assertTrue(time.nanoTime() < Duration.ofHours(12).toNanos(), "at " + time.nanoTime());
        time.advance(Duration.ofHours(1));
        assertTrue(future.isDone());
    }

    @Test
    void replacing_checks_its_argument() {
        assertThrows(
                NullPointerException.class, () -> bucket(Rate.perSecond(1), 1).replaceRate(null));
    }

    @Test
    void no_token_is_minted_or_lost_whatever_the_rates() {
        long seed = System.nanoTime();
        System.out.println("no_token_is_minted_or_lost seed " + seed);
        Random random = new Random(seed);
        for (int round = 0; round < 2_000; round++) {
            long burst = 1 + random.nextLong(1L << random.nextInt(1, 60));
            long permits = random.nextLong(burst + 1);
            TokenBucket bucket = bucket(randomRate(random).withBurst(burst), permits);
            for (int i = 0; i < 5; i++) {
                long next = Math.max(permits, 1 + random.nextLong(1L << random.nextInt(1, 60)));
                bucket.replaceRate(randomRate(random).withBurst(next));
            }
            assertEquals(permits, bucket.drain(), "seed " + seed + ", round " + round);
        }
    }

    private static Rate randomRate(Random random) {
        long nanos = 1 + random.nextLong(1L << random.nextInt(1, 60));
        BigInteger most = BigInteger.valueOf(nanos).multiply(BigInteger.valueOf(1_000));
        long permits =
                1 + random.nextLong(most.min(BigInteger.ONE.shiftLeft(59)).longValueExact());
        return Rate.of(permits, Duration.ofNanos(nanos));
    }

    @Test
    void no_window_admits_more_than_the_burst_and_what_has_grown_at_the_rates_of_the_time() {
        long seed = System.nanoTime();
        System.out.println("no_window_admits_more_than_the_burst_and_what_has_grown seed " + seed);
        Random random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            Rate rate = smallRate(random);
            TokenBucket bucket = bucket(rate, rate.burst());
            int steps = 150;
            long[] net = new long[steps];
            Rate[] rates = new Rate[steps];
            long[] at = new long[steps];
            for (int i = 0; i < steps; i++) {
                time.advance(Duration.ofNanos(random.nextInt(random.nextBoolean() ? 20 : 100_000)));
                at[i] = time.nanoTime();
                rates[i] = bucket.rate();
                long burst = rates[i].burst();
                switch (random.nextInt(8)) {
                    case 0 -> bucket.replaceRate(smallRate(random));
                    case 1 -> {
                        bucket.refund(1);
                        net[i] = -1;
                    }
                    case 2 -> net[i] = bucket.drain();
                    case 3 -> bucket.reserve(1 + random.nextLong(burst)).cancel();
                    case 4 -> net[i] = bucket.tryAcquireUpTo(1 + random.nextInt(20));
                    default -> {
                        long n = 1 + random.nextLong(burst);
                        net[i] = bucket.tryAcquire(n) ? n : 0;
                    }
                }
            }
            for (int from = 0; from < steps; from++) {
                double bound = rates[from].burst();
                long sum = net[from];
                for (int to = from + 1; to < steps; to++) {
                    bound += (double) rates[to].permits()
                            * (at[to] - at[to - 1])
                            / rates[to].period().toNanos();
                    sum += net[to];
                    assertTrue(sum <= bound + 1e-6, sum + " of " + bound + ", seed " + seed);
                }
            }
        }
    }

    private static Rate smallRate(Random random) {
        return new Rate(
                1 + random.nextInt(1_000), Duration.ofNanos(1 + random.nextInt(100_000)), 1 + random.nextInt(20));
    }

    @Test
    void under_load_exactly_the_permits_of_the_bucket_are_admitted() throws Exception {
        for (int round = 0; round < 20; round++) {
            TokenBucket bucket = bucket(Rate.perSecond(100_000), 100_000); // the clock stands still
            AtomicLong taken = new AtomicLong();
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                threads.add(Thread.ofPlatform().start(() -> {
                    Random random = new Random();
                    int dry = 0;
                    while (dry < 100) {
                        long n = random.nextBoolean() ? bucket.tryAcquireUpTo(1 + random.nextInt(50)) : 0;
                        n += bucket.tryAcquire() ? 1 : 0;
                        if (n > 3) {
                            bucket.refund(2);
                            n -= 2;
                        }
                        taken.addAndGet(n);
                        dry = n == 0 ? dry + 1 : 0;
                    }
                }));
            }
            for (int i = 0; threads.stream().anyMatch(Thread::isAlive); i++) {
                bucket.replaceRate(Rate.perSecond(100_000 + i));
            }
            assertEquals(100_000, taken.get() + bucket.drain(), "round " + round);
        }
    }
}
