package dev.weir.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.time.ManualTimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class KeyedRateLimiterTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final ManualTimeSource time = new ManualTimeSource();

    private <K> KeyedRateLimiter.Builder<K> builder(Rate rate) {
        return KeyedRateLimiter.<K>builder(rate).timeSource(time);
    }

    @Test
    void each_key_has_a_limit_of_its_own() {
        KeyedRateLimiter<String> limiter =
                this.<String>builder(Rate.perSecond(2)).build();
        assertTrue(limiter.tryAcquire("a", 2));
        assertFalse(limiter.tryAcquire("a"));
        assertTrue(limiter.tryAcquire("b"));
        assertEquals(2, limiter.size());
        time.advance(SECOND.dividedBy(2));
        assertTrue(limiter.tryAcquire("a"));
        assertFalse(limiter.tryAcquire("a"));
        assertEquals("KeyedRateLimiter[Rate[permits=2, period=PT1S, burst=2], 2 keys]", limiter.toString());
    }

    @Test
    void keys_may_have_rates_of_their_own() {
        KeyedRateLimiter<String> limiter = this.<String>builder(Rate.perSecond(2))
                .ratePerKey(key -> key.startsWith("big") ? Rate.perSecond(10) : null)
                .build();
        assertTrue(limiter.tryAcquire("big one", 10));
        assertThrows(IllegalArgumentException.class, () -> limiter.tryAcquire("small one", 3));
        assertEquals(Rate.perSecond(10), limiter.rate("big two"));
        assertEquals(Rate.perSecond(2), limiter.rate("small two"));
        time.advance(Duration.ofMillis(100));
        assertTrue(limiter.tryAcquire("big one"));
        assertFalse(limiter.tryAcquire("big one"));
    }

    @Test
    void keys_whose_hash_codes_collide_are_kept_apart() {
        record Bad(int id) {
            @Override
            public int hashCode() {
                return 7;
            }
        }
        KeyedRateLimiter<Bad> limiter = this.<Bad>builder(Rate.perSecond(1)).build();
        for (int i = 0; i < 100; i++) {
            assertTrue(limiter.tryAcquire(new Bad(i)));
        }
        for (int i = 0; i < 100; i++) {
            assertFalse(limiter.tryAcquire(new Bad(i)));
        }
        assertEquals(100, limiter.size());
        time.advance(SECOND);
        assertEquals(100, limiter.evictFull());
        assertEquals(0, limiter.size());
    }

    @Test
    void a_key_is_evicted_only_when_it_is_full() {
        KeyedRateLimiter<Integer> limiter =
                this.<Integer>builder(Rate.perSecond(10)).build();
        for (int i = 0; i < 1_000; i++) {
            limiter.tryAcquire(i, 1 + i % 10);
        }
        time.advance(Duration.ofMillis(500).minusNanos(1));
        assertEquals(400, limiter.evictFull());
        time.advance(Duration.ofNanos(1));
        assertEquals(100, limiter.evictFull());
        for (int i = 0; i < 1_000; i++) {
            int missing = Math.max(0, 1 + i % 10 - 5);
            assertEquals(10 - missing, limiter.check(i).remaining() + 1, "key " + i);
        }
    }

    @Test
    void new_keys_tidy_up_after_old_ones() {
        KeyedRateLimiter<Integer> limiter =
                this.<Integer>builder(Rate.perSecond(10)).build();
        for (int i = 0; i < 200_000; i++) {
            limiter.tryAcquire(i);
            time.advance(Duration.ofNanos(100_000)); // so that each is full again after a thousand others
        }
        assertTrue(limiter.size() < 8_000, "there are " + limiter.size());
    }

    @Test
    void when_there_is_no_room_new_keys_are_rejected_and_old_ones_served() {
        KeyedRateLimiter<Integer> limiter =
                this.<Integer>builder(Rate.perSecond(2)).maxKeys(100).build();
        for (int i = 0; i < 100; i++) {
            assertTrue(limiter.tryAcquire(i));
        }
        assertFalse(limiter.tryAcquire(100));
        assertEquals(new Decision(false, 0, SECOND.dividedBy(2), SECOND), limiter.check(101));
        assertThrows(IllegalArgumentException.class, () -> limiter.tryAcquire(102, 3));
        limiter.refund(103, 1);
        assertTrue(limiter.tryAcquire(5));
        assertEquals(100, limiter.size());
        time.advance(SECOND.dividedBy(2)); // all but number 5 are full
        assertTrue(limiter.tryAcquire(100));
        assertTrue(limiter.size() <= 100);
        assertFalse(limiter.tryAcquire(5, 2));
    }

    @Test
    void refund_is_exact_also_for_a_key_that_was_evicted() {
        KeyedRateLimiter<String> limiter =
                this.<String>builder(Rate.perSecond(5)).build();
        limiter.tryAcquire("a", 5);
        limiter.refund("a", 2);
        assertTrue(limiter.tryAcquire("a", 2));
        assertFalse(limiter.tryAcquire("a"));
        time.advance(SECOND);
        limiter.evictFull();
        limiter.refund("a", 3);
        assertTrue(limiter.tryAcquire("a", 5));
        assertFalse(limiter.tryAcquire("a"));
        assertThrows(IllegalArgumentException.class, () -> limiter.refund("a", 0));
    }

    @Test
    void decisions_are_those_of_the_key() {
        KeyedRateLimiter<String> limiter =
                this.<String>builder(Rate.of(3, SECOND)).build();
        assertEquals(new Decision(true, 1, Duration.ZERO, Duration.ofNanos(666_666_667)), limiter.check("a", 2));
        assertEquals(
                new Decision(false, 1, Duration.ofNanos(333_333_334), Duration.ofNanos(666_666_667)),
                limiter.check("a", 2));
        assertEquals(new Decision(true, 2, Duration.ZERO, Duration.ofNanos(333_333_334)), limiter.check("b"));
        assertEquals("200", RateLimitSnippets.keyed("premium"));
    }

    @Test
    void bad_input_is_refused() {
        assertThrows(NullPointerException.class, () -> KeyedRateLimiter.builder(null));
        assertThrows(
                IllegalArgumentException.class, () -> builder(Rate.perSecond(1)).maxKeys(0));
        assertThrows(
                NullPointerException.class, () -> builder(Rate.perSecond(1)).ratePerKey(null));
        assertThrows(
                NullPointerException.class, () -> builder(Rate.perSecond(1)).timeSource(null));
        KeyedRateLimiter<String> limiter =
                this.<String>builder(Rate.perSecond(1)).build();
        assertThrows(NullPointerException.class, () -> limiter.tryAcquire(null));
        assertThrows(IllegalArgumentException.class, () -> limiter.tryAcquire("a", -1));
    }

    @Test
    void it_does_what_a_bucket_per_key_does_with_evictions_in_between() {
        long seed = System.nanoTime();
        System.out.println("KeyedRateLimiterTest seed " + seed);
        Random random = new Random(seed);
        Map<Integer, TokenBucket> model = new HashMap<>();
        Rate rate = Rate.of(7, Duration.ofMillis(11)).withBurst(13);
        KeyedRateLimiter<Integer> limiter = this.<Integer>builder(rate).build();
        for (int step = 0; step < 200_000; step++) {
            int key = random.nextInt(1 << random.nextInt(1, 12));
            long permits = 1 + random.nextInt(13);
            TokenBucket bucket = model.computeIfAbsent(
                    key, any -> TokenBucket.builder(rate).timeSource(time).build());
            switch (random.nextInt(20)) {
                case 0 -> limiter.evictFull();
                case 1 -> {
                    limiter.refund(key, permits);
                    bucket.refund(permits);
                }
                default ->
                    assertEquals(
                            bucket.tryAcquire(permits),
                            limiter.tryAcquire(key, permits),
                            () -> "seed " + seed + ", key " + key + " at " + time.nanoTime());
            }
            time.advance(Duration.ofNanos(random.nextLong(1L << random.nextInt(1, 24))));
        }
    }

    @Test
    void under_load_with_evictions_no_key_gets_more_than_its_bound() throws Exception {
        for (int round = 0; round < 10; round++) {
            KeyedRateLimiter<Integer> limiter =
                    this.<Integer>builder(Rate.perSecond(100)).build();
            long start = time.nanoTime();
            AtomicLong[] taken = new AtomicLong[50];
            for (int i = 0; i < taken.length; i++) {
                taken[i] = new AtomicLong();
            }
            List<Thread> threads = new ArrayList<>();
            for (int t = 0; t < 3; t++) {
                threads.add(Thread.ofPlatform().start(() -> {
                    Random random = new Random();
                    for (int i = 0; i < 20_000; i++) {
                        int key = random.nextInt(taken.length);
                        if (limiter.tryAcquire(key, 5)) {
                            taken[key].addAndGet(5);
                        }
                        limiter.tryAcquire(1_000 + random.nextInt(10_000));
                    }
                }));
            }
            while (threads.stream().anyMatch(Thread::isAlive)) {
                time.advance(Duration.ofMillis(5));
                limiter.evictFull();
            }
            long bound = 100 + (time.nanoTime() - start) / 10_000_000;
            for (AtomicLong one : taken) {
                assertTrue(one.get() <= bound, one + " of " + bound);
            }
        }
    }

    private record InOneChain(int number) {
        @Override
        public int hashCode() {
            return 17;
        }
    }

    @Test
    void a_decision_is_of_the_key_also_while_the_table_grows() throws Exception {
        Rate slow = new Rate(1, Duration.ofDays(10_000), 1L << 40);
        for (int round = 0; round < 40; round++) {
            KeyedRateLimiter<InOneChain> limiter =
                    this.<InOneChain>builder(slow).build();
            InOneChain first = new InOneChain(-1);
            assertTrue(limiter.tryAcquire(first));
            FutureTask<Void> others = new FutureTask<>(
                    () -> {
                        for (int i = 0; i < 1_000; i++) {
                            limiter.tryAcquire(new InOneChain(i));
                        }
                    },
                    null);
            Thread.ofPlatform().start(others);
            for (long taken = 2; !others.isDone(); taken++) {
                assertEquals(slow.burst() - taken, limiter.check(first).remaining());
            }
            others.get();
        }
    }

    @Test
    void never_are_there_more_keys_than_may_be_also_for_a_moment() throws Exception {
        KeyedRateLimiter<Integer> limiter =
                this.<Integer>builder(Rate.of(1, Duration.ofDays(1))).maxKeys(8).build();
        List<FutureTask<Void>> inventors = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            int from = i;
            FutureTask<Void> inventor = new FutureTask<>(
                    () -> {
                        for (int key = from; key < 100_000; key += 2) {
                            limiter.tryAcquire(key);
                        }
                    },
                    null);
            Thread.ofPlatform().start(inventor);
            inventors.add(inventor);
        }
        while (!inventors.get(0).isDone() || !inventors.get(1).isDone()) {
            assertTrue(limiter.size() <= 8, "more keys than may be");
        }
        inventors.get(0).get();
        inventors.get(1).get();
        assertEquals(8, limiter.size());
    }
}
