package dev.weir.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.time.ManualTimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
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
        assertEquals(
                "KeyedRateLimiter[" + limiter.name() + ", Rate[permits=2, period=PT1S, burst=2], 2 keys]",
                limiter.toString());
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

    /** "Aa" and "BB" have the same hash code. */
    private static String colliding(int number) {
        StringBuilder key = new StringBuilder();
        for (int i = 0; i < 13; i++) {
            key.append((number >>> i & 1) == 0 ? "Aa" : "BB");
        }
        return key.toString();
    }

    /** Compare JEP 180, and redis/redis#663. */
    @Test
    void strings_of_one_hash_code_are_found_without_a_walk_over_all_of_them() {
        KeyedRateLimiter<String> limiter =
                this.<String>builder(Rate.of(1, Duration.ofHours(1))).build();
        for (int i = 0; i < 1 << 13; i++) {
            assertTrue(limiter.tryAcquire(colliding(i)));
        }
        for (int i = 0; i < 1 << 13; i++) {
            assertFalse(limiter.tryAcquire(colliding(i)));
        }
        assertEquals(1 << 13, limiter.size());
        time.advance(Duration.ofHours(1));
        assertEquals(1 << 13, limiter.evictFull());
        assertEquals(0, limiter.size());
        assertTrue(limiter.tryAcquire(colliding(5)));
    }

    /** Counts how often it is compared. */
    private record Counted(int number, AtomicLong comparisons) implements Comparable<Counted> {
        @Override
        public int hashCode() {
            return 3;
        }

        @Override
        public boolean equals(Object other) {
            comparisons.incrementAndGet();
            return other instanceof Counted counted && counted.number == number;
        }

        @Override
        public int compareTo(Counted other) {
            comparisons.incrementAndGet();
            return Integer.compare(number, other.number);
        }
    }

    @Test
    void comparable_keys_of_one_hash_code_cost_a_number_of_comparisons_that_grows_with_the_logarithm() {
        KeyedRateLimiter<Counted> limiter =
                this.<Counted>builder(Rate.of(1, Duration.ofHours(1))).build();
        AtomicLong comparisons = new AtomicLong();
        for (int i = 0; i < 5_000; i++) {
            limiter.tryAcquire(new Counted(i, comparisons));
        }
        comparisons.set(0);
        assertFalse(limiter.tryAcquire(new Counted(4_321, comparisons)));
        assertTrue(comparisons.get() < 100, comparisons + " comparisons");
    }

    @Test
    void a_hash_code_that_throws_loses_no_key() {
        AtomicLong callsLeft = new AtomicLong(Long.MAX_VALUE);
        record Key(int id, AtomicLong callsLeft) {
            @Override
            public int hashCode() {
                if (callsLeft.decrementAndGet() == 0) {
                    throw new StackOverflowError();
                }
                return id * 31;
            }

            @Override
            public boolean equals(Object other) {
                return other instanceof Key key && key.id == id;
            }
        }
        for (int call = 1; call < 20; call++) {
            KeyedRateLimiter<Key> limiter =
                    this.<Key>builder(Rate.of(1, Duration.ofHours(1))).build();
            List<Key> admitted = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                callsLeft.set(i == 64 ? call : Long.MAX_VALUE);
                try {
                    Key key = new Key(i, callsLeft);
                    if (limiter.tryAcquire(key)) {
                        admitted.add(key);
                    }
                } catch (StackOverflowError expected) {
                    assertEquals(1, call, "only the request's own key is asked for its hash code");
                }
            }
            callsLeft.set(Long.MAX_VALUE);
            for (Key key : admitted) {
                assertFalse(limiter.tryAcquire(key));
            }
        }
    }

    private long admittedInAMinute(KeyedRateLimiter<String> limiter, String key) {
        long admitted = 0;
        for (int i = 0; i < 600; i++) {
            time.advance(Duration.ofMillis(100));
            while (limiter.tryAcquire(key)) {
                admitted++;
            }
        }
        return admitted;
    }

    /** Compare mailgun/gubernator#37 and thingsboard/tbmq#355. */
    @Test
    void a_keys_rate_follows_the_function_while_the_key_is_in_use() {
        Map<String, Rate> plan = new HashMap<>(Map.of("acme", Rate.perMinute(2)));
        KeyedRateLimiter<String> limiter =
                this.<String>builder(Rate.perSecond(1)).ratePerKey(plan::get).build();
        assertTrue(limiter.tryAcquire("acme", 2));
        plan.put("acme", Rate.perMinute(100));
        long admitted = admittedInAMinute(limiter, "acme");
        assertTrue(admitted == 100 || admitted == 99, admitted + " admitted; the last may be a nanosecond late");
        plan.put("acme", Rate.perMinute(1));
        assertEquals(1, admittedInAMinute(limiter, "acme"));
        assertEquals(1, limiter.size());
    }

    @Test
    void rates_that_were_used_once_are_not_remembered_for_ever() {
        AtomicLong next = new AtomicLong();
        KeyedRateLimiter<Integer> limiter = this.<Integer>builder(Rate.perSecond(1))
                .ratePerKey(key -> Rate.perSecond(2 + next.incrementAndGet()))
                .build();
        for (int i = 0; i < 5_000; i++) {
            limiter.tryAcquire(i);
        }
        assertTrue(limiter.rememberedRates() <= 1_024);
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
        assertThrows(IllegalArgumentException.class, () -> limiter.refund("a", -1));
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

    /** Keys of one hash code, of which one throws at a certain comparison. */
    private static final class Moody {
        private static int comparisonsLeft;

        private final int id;

        Moody(int id) {
            this.id = id;
        }

        @Override
        public int hashCode() {
            return 1;
        }

        @Override
        public boolean equals(Object other) {
            if (comparisonsLeft > 0 && --comparisonsLeft == 0) {
                throw new IllegalStateException("moody");
            }
            return other instanceof Moody moody && moody.id == id;
        }
    }

    @Test
    void a_key_that_throws_once_can_be_used_afterwards() {
        for (int comparison = 1; comparison < 80; comparison++) {
            AtomicLong permits = new AtomicLong(10);
            KeyedRateLimiter<Moody> limiter = this.<Moody>builder(Rate.perSecond(10))
                    .ratePerKey(key -> Rate.perSecond(permits.get()))
                    .build();
            int keys = KeyedTable.MAX_CHAIN + 3;
            for (int id = 0; id < keys; id++) {
                assertTrue(limiter.tryAcquire(new Moody(id), 10));
            }
            permits.set(5);
            Moody.comparisonsLeft = comparison;
            for (int id = keys - 1; id < keys + 2; id++) { // a rate is replaced, and keys are made
                tryAcquireMoody(limiter, id);
            }
            time.advance(SECOND.multipliedBy(2));
            tryAcquireMoody(limiter, keys + 2); // which evicts others
            Moody.comparisonsLeft = 0;
            for (int id = 0; id < keys + 3; id++) {
                limiter.tryAcquire(new Moody(id)); // does not look for it without end
            }
            time.advance(SECOND.multipliedBy(2));
            limiter.evictFull();
            assertEquals(0, limiter.size(), "after comparison " + comparison);
        }
    }

    private static void tryAcquireMoody(KeyedRateLimiter<Moody> limiter, int id) {
        try {
            limiter.tryAcquire(new Moody(id));
        } catch (IllegalStateException moody) {
            assertEquals("moody", moody.getMessage());
        }
    }

    @Test
    void a_function_that_gives_another_rate_each_time_holds_nobody_up() {
        AtomicInteger calls = new AtomicInteger();
        KeyedRateLimiter<String> limiter = KeyedRateLimiter.<String>builder(Rate.perSecond(1))
                .ratePerKey(key -> Rate.perSecond(1 + calls.incrementAndGet()))
                .build();
        assertTimeoutPreemptively(Duration.ofSeconds(20), () -> {
            assertTrue(limiter.limiter("key").tryAcquire());
            assertTrue(limiter.limiter("key").reserve().isGranted());
            limiter.rateChanged("key");
            limiter.limiter("key").drain();
            limiter.limiter("key").reserve().cancel();
        });
    }
}
