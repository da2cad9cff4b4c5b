package dev.weir.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.time.ManualTimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Everything that may be asked of a limiter, in any order and by any class: requests that wait or do not, cancels,
 * estimates that are settled, charges, pauses. In every window that ends with an admission the cost is at most what is
 * stated; nobody is admitted in a pause; and when all have left, every request has been served or given up.
 */
class WindowPropertyTest {
    private static final int STEPS = 120;
    private static final int THREADS = 3;

    enum Kind {
        FIRST_COME,
        STRIPED,
        PRIORITIES,
        SHARES,
        KEYS_WITH_PLANS,
        KEYS_WITH_SHARES
    }

    private final ManualTimeSource time = new ManualTimeSource();
    private final List<ExecutorService> threads =
            Stream.generate(Executors::newSingleThreadExecutor).limit(THREADS).toList();

    /** What one limiter of a rate of its own has admitted. */
    private final class Account {
        final RateLimiter limiter;
        final long largest;
        final List<long[]> costs = new ArrayList<>(); // {time, permits, whether it was asked for}
        final List<Waiting> waiting = new ArrayList<>();
        final List<Open> open = new ArrayList<>();
        long pausedUntil = Long.MIN_VALUE;

        Account(RateLimiter limiter) {
            this(limiter, limiter.rate().burst());
        }

        Account(RateLimiter limiter, long largest) {
            this.limiter = limiter;
            this.largest = largest;
        }

        long[] cost(long permits, boolean asked) {
            long[] cost = {time.nanoTime(), permits, asked ? 1 : 0};
            costs.add(cost);
            return cost;
        }

        void admitted(long permits) {
            assertFalse(isPaused(), "admitted in a pause");
            cost(permits, true);
        }

        boolean isPaused() {
            return time.nanoTime() < pausedUntil;
        }

        /** Looks for what has been granted since. */
        void look() {
            for (Waiting each : List.copyOf(waiting)) {
                if (each.future.isDone()) {
                    waiting.remove(each);
                    admitted(each.permits);
                }
            }
        }

        void check(long seed) {
            Rate rate = limiter.rate();
            long nanos = rate.period().toNanos();
            for (int from = 0; from < costs.size(); from++) {
                long sum = 0;
                for (int to = from; to < costs.size(); to++) {
                    sum += costs.get(to)[1];
                    long window = costs.get(to)[0] - costs.get(from)[0];
                    if (costs.get(to)[2] == 1) {
                        assertTrue(
                                (sum - rate.burst()) * nanos <= rate.permits() * window,
                                sum + " in " + window + " ns, " + limiter + ", seed " + seed);
                    }
                }
            }
        }
    }

    private record Waiting(CompletableFuture<?> future, long permits) {}

    /** An estimate that is not settled yet, and its entry among the costs. */
    private record Open(Settlement settlement, long[] cost) {}

    private List<Account> accounts(Kind kind, Random random) {
        Rate rate = rate(random);
        return switch (kind) {
            case FIRST_COME ->
                List.of(new Account(TokenBucket.builder(rate).timeSource(time).build()));
            case STRIPED -> {
                Duration ttl = Duration.ofNanos(1 + random.nextInt(1_000));
                long largest = rate.burst() * 8;
                yield List.of(new Account(
                        StripedTokenBucket.builder(rate.withBurst(largest + rate.permitsIn(ttl)), ttl)
                                .timeSource(time)
                                .build(),
                        largest));
            }
            case PRIORITIES ->
                List.of(new Account(TokenBucket.builder(rate)
                        .priorities(Duration.ofNanos(1 + random.nextInt(10_000)))
                        .timeSource(time)
                        .build()));
            case SHARES ->
                List.of(new Account(TokenBucket.builder(rate)
                        .fairShares(Map.of("1", 1 + random.nextInt(9)))
                        .timeSource(time)
                        .build()));
            case KEYS_WITH_PLANS, KEYS_WITH_SHARES -> {
                List<Rate> plans = List.of(rate, rate(random), rate(random));
                KeyedRateLimiter.Builder<Integer> builder = KeyedRateLimiter.<Integer>builder(rate)
                        .ratePerKey(plans::get)
                        .timeSource(time);
                if (kind == Kind.KEYS_WITH_SHARES) {
                    builder.fairShares(Map.of("1", 3));
                }
                KeyedRateLimiter<Integer> keyed = builder.build();
                yield List.of(
                        new Account(keyed.limiter(0)), new Account(keyed.limiter(1)), new Account(keyed.limiter(2)));
            }
        };
    }

    private static Rate rate(Random random) {
        return new Rate(
                1 + random.nextInt(1_000), Duration.ofNanos(1 + random.nextInt(100_000)), 1 + random.nextInt(20));
    }

    private void step(Account account, Random random) {
        RateLimiter limiter = account.limiter.withPriority(random.nextInt(5)).forTenant("" + random.nextInt(3));
        long permits = 1 + random.nextLong(random.nextBoolean() ? account.largest : 1 + account.largest / 16);
        switch (random.nextInt(12)) {
            case 0, 1 -> {
                if (limiter.tryAcquire(permits)) {
                    account.admitted(permits);
                }
            }
            case 2, 3, 4 -> account.waiting.add(new Waiting(limiter.acquireAsync(permits), permits));
            case 5 -> {
                if (!account.waiting.isEmpty()) {
                    Waiting leaves = account.waiting.remove(random.nextInt(account.waiting.size()));
                    account.look();
                    if (!leaves.future.cancel(false)) {
                        account.admitted(leaves.permits);
                    }
                }
            }
            case 6, 7 -> {
                if (limiter.tryAcquire(permits)) {
                    assertFalse(account.isPaused(), "admitted in a pause");
                    account.open.add(new Open(Settlement.of(limiter, permits), account.cost(permits, true)));
                }
            }
            case 8 -> {
                if (!account.open.isEmpty()) {
                    Open settles = account.open.remove(random.nextInt(account.open.size()));
                    long estimate = settles.settlement.estimate();
                    long cost = random.nextLong(2 * estimate + 1);
                    settles.cost[1] = Math.min(cost, estimate); // from when it was taken
                    settles.settlement.settle(cost);
                    if (cost > estimate) {
                        account.cost(cost - estimate, false); // from now
                    }
                }
            }
            case 9 -> {
                limiter.charge(permits);
                account.cost(permits, false);
            }
            case 10 -> {
                long taken = random.nextBoolean() ? limiter.tryAcquireUpTo(permits) : limiter.drain();
                if (taken > 0) {
                    account.admitted(taken);
                }
            }
            default -> {
                if (random.nextBoolean()) {
                    long nanos = random.nextInt(2_000);
                    limiter.pauseFor(Duration.ofNanos(nanos));
                    account.pausedUntil = Math.max(account.pausedUntil, time.nanoTime() + nanos);
                } else {
                    account.pausedUntil = Long.MIN_VALUE;
                    limiter.resume();
                }
            }
        }
    }

    /** In one of several threads, as some limiters have something for each. */
    private void runIn(int thread, Runnable step) {
        try {
            threads.get(thread).submit(step).get();
        } catch (InterruptedException | ExecutionException failed) {
            throw new AssertionError(failed);
        }
    }

    @AfterEach
    void end() {
        threads.forEach(ExecutorService::shutdown);
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void in_every_window_the_cost_is_at_most_the_burst_and_what_grows(Kind kind) {
        long seed = System.nanoTime();
        System.out.println("in_every_window_the_cost_is_at_most " + kind + " seed " + seed);
        Random random = new Random(seed);
        for (int round = 0; round < 150; round++) {
            List<Account> accounts = accounts(kind, random);
            for (int i = 0; i < STEPS; i++) {
                // One nanosecond at a time where it counts, so that a grant is seen when it happens.
                long nanos = random.nextInt(3) == 0 ? 1 + random.nextInt(200) : random.nextInt(2);
                for (long each = 0; each < nanos; each++) {
                    time.advance(Duration.ofNanos(1));
                    accounts.forEach(Account::look);
                }
                Account account = accounts.get(random.nextInt(accounts.size()));
                runIn(random.nextInt(THREADS), () -> step(account, random));
                // what has become due by the step is granted now, and not by the next advance
                time.advance(Duration.ZERO);
                account.look();
            }
            for (Account account : accounts) {
                account.waiting.forEach(each -> each.future.cancel(false));
                account.limiter.resume();
                account.check(seed);
            }
            assertEquals(0, accounts.get(0).limiter.metrics().waiters());
        }
    }
}
