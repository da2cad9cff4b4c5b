package dev.weir.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.time.ManualTimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A key's limiter does as every limiter does. */
@Timeout(60)
class KeyedWaitingTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final ManualTimeSource time = new ManualTimeSource();
    private final KeyedRateLimiter<String> keyed = builder().build();
    private final RateLimiter a = keyed.limiter("a");

    private KeyedRateLimiter.Builder<String> builder() {
        return KeyedRateLimiter.<String>builder(Rate.perSecond(1).withBurst(2)).timeSource(time);
    }

    @Test
    void requests_of_a_key_wait_in_their_order_and_those_of_others_do_not() throws Exception {
        assertTrue(a.tryAcquire(2));
        Reservation first = a.reserve();
        CompletableFuture<Void> second = keyed.limiter("a").acquireAsync();
        assertFalse(keyed.tryAcquire("a"));
        assertEquals(2, a.metrics().waiters());
        assertTrue(keyed.tryAcquire("b", 2));
        time.advance(SECOND);
        assertTrue(first.isGranted());
        assertFalse(second.isDone());
        assertFalse(keyed.tryAcquire("a"), "nobody overtakes");
        time.advance(SECOND);
        second.get();
        time.advance(SECOND);
        assertTrue(keyed.tryAcquire("a"));
        assertEquals(0, keyed.metrics().waiters());
        assertEquals(2, keyed.metrics().waits());
        assertEquals(Duration.ofSeconds(3), keyed.metrics().waited().total());
    }

    @Test
    void a_thread_waits_and_is_interrupted_before_and_in_its_wait() throws Exception {
        keyed.tryAcquire("a", 2);
        CompletableFuture<Boolean> granted = new CompletableFuture<>();
        Thread waiter = Thread.ofVirtual().start(() -> {
            try {
                keyed.acquire("a");
                granted.complete(true);
            } catch (InterruptedException interrupt) {
                granted.complete(false);
            }
        });
        time.awaitWaiters(1);
        waiter.interrupt();
        assertFalse(granted.get());
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, () -> keyed.acquire("a"));
        assertFalse(a.tryAcquire(1, SECOND.minusNanos(1)));
        Thread again = Thread.ofPlatform().start(a::acquireUninterruptibly);
        time.awaitWaiters(1);
        time.advance(SECOND);
        again.join();
        time.advance(SECOND);
        assertTrue(keyed.tryAcquire("a"));
        assertFalse(keyed.tryAcquire("a"));
    }

    @Test
    void a_key_for_which_somebody_waits_is_not_evicted_and_one_for_which_nobody_does_is() {
        a.drain();
        Reservation waiting = a.reserve(2);
        Reservation behind = a.reserve(2);
        time.advance(SECOND.multipliedBy(2));
        assertTrue(waiting.isGranted());
        assertTrue(waiting.cancel()); // the bucket is full, and its permits go to the one behind
        assertTrue(behind.isGranted());
        Reservation third = a.reserve(1);
        assertEquals(0, keyed.evictFull());
        assertTrue(third.cancel());
        assertTrue(behind.cancel());
        assertEquals(1, keyed.evictFull());
        assertEquals(0, keyed.size());
        assertEquals(2, a.drain());
    }

    @Test
    void a_pause_of_a_key_is_not_forgotten_and_holds_for_it_alone() {
        a.pauseFor(SECOND);
        assertEquals(0, keyed.evictFull());
        assertFalse(keyed.tryAcquire("a"));
        assertEquals(SECOND, keyed.check("a").retryAfter());
        assertTrue(keyed.tryAcquire("b"));
        time.advance(SECOND);
        assertTrue(keyed.tryAcquire("a", 2));
        a.pauseFor(SECOND);
        a.resume();
        a.resume();
        time.advance(SECOND);
        assertTrue(keyed.tryAcquire("a"));
    }

    @Test
    void a_keys_rate_is_replaced_while_somebody_waits_and_kept_until_reset() throws Exception {
        a.drain();
        CompletableFuture<Void> waiting = a.acquireAsync(2);
        a.replaceRate(Rate.perSecond(1_000));
        time.advance(Duration.ofMillis(2));
        waiting.get();
        assertEquals(Rate.perSecond(1_000), keyed.rate("a"));
        assertEquals(Rate.perSecond(1).withBurst(2), keyed.rate("b"));
        time.advance(SECOND);
        assertTrue(keyed.tryAcquire("a", 1_000));
        CompletableFuture<Void> tooMuch = a.acquireAsync(1_000);
        a.replaceRate(Rate.perSecond(1));
        assertThrows(ExecutionException.class, tooMuch::get);
        keyed.reset("a");
        assertEquals(Rate.perSecond(1).withBurst(2), a.rate());
        assertEquals(2, a.drain());
        keyed.reset("a");
        assertEquals(2, a.drain());
        assertThrows(NullPointerException.class, () -> a.replaceRate(null));
        assertThrows(NullPointerException.class, () -> keyed.reset(null));
        assertThrows(NullPointerException.class, () -> keyed.limiter(null));
    }

    @Test
    void a_rate_that_the_function_raises_is_seen_by_those_who_wait_at_the_next_request() throws Exception {
        Rate[] plan = {Rate.perSecond(1)};
        KeyedRateLimiter<String> plans = builder().ratePerKey(key -> plan[0]).build();
        plans.tryAcquire("a");
        CompletableFuture<Void> waiting = plans.limiter("a").acquireAsync();
        plan[0] = Rate.perSecond(1_000);
        assertFalse(plans.tryAcquire("a"));
        time.advance(Duration.ofMillis(1));
        waiting.get();
    }

    @Test
    void a_rate_that_the_function_raises_reaches_those_who_wait_at_once_if_that_is_said() throws Exception {
        Rate[] plan = {Rate.perSecond(1)};
        KeyedRateLimiter<String> plans = builder().ratePerKey(key -> plan[0]).build();
        plans.tryAcquire("a");
        CompletableFuture<Void> waiting = plans.limiter("a").acquireAsync();
        plan[0] = Rate.perSecond(1_000);
        plans.rateChanged("a");
        time.advance(Duration.ofMillis(1));
        waiting.get();
        plans.rateChanged("never asked");
        assertEquals(1, plans.size());
        assertThrows(NullPointerException.class, () -> plans.rateChanged(null));
    }

    // An OutOfMemoryError in the place of the clock's, between the look for the key's line and the place in it.
    @Test
    void whatever_is_thrown_while_a_request_gets_a_place_keeps_no_key() {
        for (int reading = 1; reading < 12; reading++) {
            for (int way = 0; way < 4; way++) {
                ScriptedTime scripted = new ScriptedTime();
                KeyedRateLimiter<String> limiter = KeyedRateLimiter.<String>builder(Rate.perSecond(1))
                        .timeSource(scripted)
                        .build();
                RateLimiter key = limiter.limiter("key");
                key.drain();
                scripted.inReading(reading, () -> {
                    throw new OutOfMemoryError("in a reading of the clock");
                });
                try {
                    switch (way) {
                        case 0 -> key.acquireAsync().cancel(true);
                        case 1 -> key.reserve().cancel();
                        case 2 -> key.tryAcquire(1, Duration.ofNanos(1));
                        default -> key.pauseFor(Duration.ofNanos(1));
                    }
                } catch (OutOfMemoryError | InterruptedException expected) {
                    assertEquals(OutOfMemoryError.class, expected.getClass());
                }
                scripted.inReading(0, () -> {});
                scripted.manual.advance(SECOND.multipliedBy(2));
                key.peek();
                assertEquals(0, limiter.metrics().waiters(), "way " + way + ", reading " + reading);
                assertEquals(1, limiter.evictFull(), "way " + way + ", reading " + reading);
            }
        }
    }

    @Test
    void peek_takes_nothing_and_remembers_no_key() {
        assertEquals(new Decision(true, 2, Duration.ZERO, Duration.ZERO), keyed.peek("a"));
        assertEquals(0, keyed.size());
        keyed.tryAcquire("a", 2);
        assertEquals(new Decision(false, 0, SECOND, SECOND.multipliedBy(2)), keyed.peek("a"));
        assertEquals(keyed.peek("a"), keyed.peek("a"));
    }

    @Test
    void decisions_are_counted_and_reported_with_their_key() throws Exception {
        List<String> events = new CopyOnWriteArrayList<>();
        KeyedRateLimiter<String> observed = builder()
                .listener(new KeyedRateLimiterListener<Object>() {
                    @Override
                    public void onAdmitted(Object key, long permits, Duration waited) {
                        events.add(key + " admitted " + permits + " after " + waited.toNanos());
                    }

                    @Override
                    public void onRejected(Object key, long permits) {
                        events.add(key + " rejected " + permits);
                    }
                })
                .build();
        observed.tryAcquire("a", 2);
        observed.tryAcquire("b");
        observed.check("a");
        CompletableFuture<Void> waiting = observed.limiter("a").acquireAsync();
        time.advance(SECOND);
        waiting.get();
        waiting.thenRun(() -> {}).join();
        assertEquals(
                List.of(
                        "a admitted 2 after 0",
                        "b admitted 1 after 0",
                        "a rejected 1",
                        "a admitted 1 after 1000000000"),
                events);
        assertEquals(4, observed.metrics().admitted());
        assertEquals(1, observed.metrics().rejected());
    }

    @Test
    void no_more_requests_wait_for_a_key_than_may_and_none_without_room() {
        KeyedRateLimiter<String> tight = builder().maxWaiters(1).maxKeys(1).build();
        tight.tryAcquire("a", 2);
        Reservation one = tight.limiter("a").reserve();
        assertThrows(RejectedExecutionException.class, () -> tight.limiter("a").reserve());
        assertThrows(RejectedExecutionException.class, () -> tight.acquire("b"));
        assertFalse(tight.tryAcquire("b"));
        assertFalse(tight.peek("b").admitted());
        assertTrue(one.cancel());
        assertThrows(IllegalArgumentException.class, () -> builder().maxWaiters(-1));
        assertThrows(IllegalArgumentException.class, () -> builder().jitter(Duration.ofNanos(-1)));
        assertThrows(NullPointerException.class, () -> builder().listener(null));
    }

    @Test
    void an_estimate_of_a_key_is_settled_and_what_has_grown_meanwhile_does_not_come_back() throws Exception {
        a.acquireEstimate(2).settle(1);
        assertEquals(1, keyed.peek("a").remaining());
        Settlement late = a.acquireEstimate(1);
        time.advance(SECOND);
        late.settle(0);
        assertEquals(1, keyed.peek("a").remaining());
        a.charge(3);
        assertEquals(Duration.ofSeconds(3), keyed.peek("a").retryAfter());
    }

    @Test
    void keys_of_a_combined_limit_wait_as_other_limits_do() throws Exception {
        CombinedLimiter both = RateLimiter.allOf(
                a, TokenBucket.builder(Rate.perSecond(10)).timeSource(time).build());
        assertTrue(both.tryAcquire(2, 1));
        assertFalse(both.tryAcquire(1, 1));
        Thread waiter = Thread.ofPlatform().start(() -> {
            try {
                both.acquire(1, 1);
            } catch (InterruptedException interrupt) {
                Thread.currentThread().interrupt();
            }
        });
        time.awaitWaiters(1);
        time.advance(SECOND);
        waiter.join();
    }

    /** Waits, cancels, changes of plan, pauses and evictions in any order, against the bound of each key's windows. */
    @Test
    void no_window_of_a_key_admits_more_than_stated_while_others_wait() {
        long seed = System.nanoTime();
        System.out.println("no_window_of_a_key seed " + seed);
        Random random = new Random(seed);
        for (int round = 0; round < 50; round++) {
            ManualTimeSource clock = new ManualTimeSource();
            KeyedRateLimiter<Integer> limits = KeyedRateLimiter.<Integer>builder(
                            Rate.perSecond(1_000).withBurst(3))
                    .timeSource(clock)
                    .build();
            List<List<long[]>> granted = List.of(new ArrayList<>(), new ArrayList<>());
            List<Reservation> waiting = new ArrayList<>();
            List<Integer> keys = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                int key = random.nextInt(2);
                RateLimiter limiter = limits.limiter(key);
                switch (random.nextInt(7)) {
                    case 0 -> clock.advance(Duration.ofNanos(random.nextInt(4_000_000)));
                    case 1 -> {
                        if (limits.tryAcquire(key)) {
                            granted.get(key).add(new long[] {clock.nanoTime(), 1});
                        }
                    }
                    case 2 -> {
                        if (!waiting.isEmpty()) {
                            int which = random.nextInt(waiting.size());
                            waiting.remove(which).cancel();
                            keys.remove(which);
                        }
                    }
                    case 3 -> limits.evictFull();
                    case 4 -> limiter.pauseFor(Duration.ofNanos(random.nextInt(2_000_000)));
                    default -> {
                        waiting.add(limiter.reserve(1 + random.nextInt(3)));
                        keys.add(key);
                    }
                }
                for (int j = waiting.size() - 1; j >= 0; j--) {
                    if (waiting.get(j).isGranted()) {
                        granted.get(keys.remove(j)).add(new long[] {
                            clock.nanoTime(), waiting.remove(j).permits()
                        });
                    }
                }
            }
            for (List<long[]> times : granted) {
                for (int from = 0; from < times.size(); from++) {
                    long sum = 0;
                    for (int to = from; to < times.size(); to++) {
                        sum += times.get(to)[1];
                        // A grant is seen up to 4 ms after it.
                        long window = times.get(to)[0] - times.get(from)[0] + 4_000_000;
                        assertTrue((sum - 3) * 1_000_000 <= window, sum + " in " + window + " ns, seed " + seed);
                    }
                }
            }
            waiting.forEach(Reservation::cancel);
            clock.advance(Duration.ofSeconds(1));
            limits.tryAcquire(0);
            limits.tryAcquire(1);
            clock.advance(Duration.ofSeconds(1));
            limits.evictFull();
            assertEquals(0, limits.size(), "a key is kept although nobody waits, seed " + seed);
        }
    }

    @Test
    void a_key_whose_pause_is_over_is_evicted() {
        KeyedRateLimiter<String> keyed = KeyedRateLimiter.<String>builder(Rate.perSecond(1))
                .timeSource(time)
                .maxKeys(1)
                .build();
        keyed.limiter("a").pauseFor(SECOND);
        assertEquals(0, keyed.evictFull());
        assertFalse(keyed.tryAcquire("b"));
        time.advance(SECOND);
        assertTrue(keyed.tryAcquire("b"), "the room of a key that nobody asks for any more is lost");
        assertEquals(1, keyed.size());
    }

    @Test
    void metrics_of_a_keys_limiter_are_those_of_all_keys_also_when_nobody_waits() throws InterruptedException {
        KeyedRateLimiter<String> keyed = KeyedRateLimiter.<String>builder(Rate.perSecond(1))
                .timeSource(time)
                .build();
        assertTrue(keyed.tryAcquire("a"));
        assertFalse(keyed.limiter("a").tryAcquire(Duration.ofNanos(1)));
        assertEquals(1, keyed.metrics().abandoned());
        assertEquals(keyed.metrics().waited(), keyed.limiter("a").metrics().waited());
        assertEquals(Counts.of(keyed.limiter("a")), Counts.of(keyed.limiter("b")));
    }
}
