package dev.weir.jcstress.soak;

import dev.weir.channel.Channel;
import dev.weir.channel.ChannelClosedException;
import dev.weir.channel.SendResult;
import dev.weir.core.Deadline;
import dev.weir.core.fanout.FanOut;
import dev.weir.core.pool.PoolMetrics;
import dev.weir.core.pool.TaskOptions;
import dev.weir.core.pool.WorkerPool;
import dev.weir.core.pool.WorkerPoolBuilder;
import dev.weir.core.sync.ResizableSemaphore;
import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.TokenBucket;
import dev.weir.retry.Backoff;
import dev.weir.retry.Retry;
import dev.weir.retry.RetryBudget;
import dev.weir.retry.RetryPolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;

/**
 * Producers take permits of a limiter, which they give back, and send; consumers receive, and hand what came to a pool,
 * whose tasks retry; fan-outs go on beside it. All are interrupted now and then, the pool and a semaphore are resized
 * and paused, and in the end the channel is closed, failed or aborted, and the pool shut down.
 */
final class SoakRound {
    private static final int PERMITS = 3;
    private static final int TOKENS = 200_000;
    private static final int BACKLOG = 100;

    private final Random random;
    private final Tally tally;
    private final Channel<Long> channel;
    private final WorkerPool pool;
    private final ResizableSemaphore semaphore;
    // No permit comes by time, so they come back or are missing.
    private final TokenBucket limiter = TokenBucket.builder(
                    Rate.of(1, Duration.ofDays(365)).withBurst(PERMITS))
            .build();
    private final RetryBudget budget = RetryBudget.tokens(TOKENS, 0);
    private final Retry retry = Retry.of(RetryPolicy.builder()
            .maxAttempts(3)
            .backoff(Backoff.fixed(Duration.ofNanos(20_000)))
            .budget(budget)
            .build());

    private final List<Thread> threads = new ArrayList<>();
    private final ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
    private volatile boolean over;

    private final AtomicLong sent = new AtomicLong();
    private final AtomicLong sentSum = new AtomicLong();
    private final AtomicLong got = new AtomicLong();
    private final AtomicLong gotSum = new AtomicLong();
    private final AtomicLong submitted = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();
    private final AtomicLong ran = new AtomicLong();
    private final AtomicLong retries = new AtomicLong();
    private final AtomicInteger inside = new AtomicInteger();

    SoakRound(Random random, Tally tally) {
        this.random = random;
        this.tally = tally;
        channel = switch (random.nextInt(4)) {
            case 0 -> Channel.rendezvous();
            case 1 -> Channel.unbounded();
            default -> Channel.bounded(1 + random.nextInt(8));
        };
        WorkerPoolBuilder builder = WorkerPool.builder("soak")
                .maxWorkers(1 + random.nextInt(4))
                .queueCapacity(queueCapacity())
                .keepAlive(Duration.ofNanos(500_000))
                .saturation(SoakParts.saturation(random));
        pool = (random.nextBoolean() ? builder.virtualWorkers() : builder).build();
        semaphore = random.nextBoolean() ? ResizableSemaphore.fair(2) : ResizableSemaphore.unfair(2);
    }

    void run() throws Exception {
        for (int i = 0; i < 3; i++) {
            start("producer-" + i, this::produce);
        }
        for (int i = 0; i < 2; i++) {
            start("consumer-" + i, this::consume);
        }
        start("fan-out", this::fanOut);
        long end =
                System.nanoTime() + Duration.ofMillis(10 + random.nextInt(100)).toNanos();
        while (System.nanoTime() - end < 0 && failures.isEmpty()) {
            disturb();
            LockSupport.parkNanos(random.nextInt(300_000));
        }
        finish();
        check();
    }

    private void start(String name, SoakLoop.Body body) {
        Thread.Builder builder =
                random.nextBoolean() ? Thread.ofVirtual() : Thread.ofPlatform().daemon();
        threads.add(builder.name("soak-" + name).start(() -> SoakLoop.run(body, failures)));
    }

    /** Often none at all, as most is at stake then. */
    private int queueCapacity() {
        return random.nextBoolean() ? random.nextInt(2) : random.nextInt(8);
    }

    private void disturb() {
        switch (random.nextInt(8)) {
            case 0, 1 -> {
                threads.get(random.nextInt(threads.size())).interrupt();
                tally.interrupts.increment();
            }
            case 2 -> semaphore.resize(1 + random.nextInt(3));
            case 3 -> pool.resize(0, 1 + random.nextInt(4));
            case 4 -> pool.resizeQueue(queueCapacity());
            case 5 -> pool.pause();
            default -> pool.resume();
        }
    }

    /** Sends one element, if the limiter and the channel let it. */
    private boolean produce() throws InterruptedException {
        if (channel.size() > BACKLOG) { // unbounded, so nothing else keeps it short
            Thread.sleep(1);
            return !channel.isClosed();
        }
        ThreadLocalRandom own = ThreadLocalRandom.current();
        int permits = 1 + own.nextInt(2);
        boolean taken = switch (own.nextInt(3)) {
            case 0 -> limiter.tryAcquire(permits);
            case 1 -> limiter.tryAcquire(permits, Duration.ofNanos(own.nextInt(500_000)));
            default -> {
                limiter.acquire(permits);
                yield true;
            }
        };
        if (!taken) {
            return true;
        }
        try {
            tally.permits.add(permits);
            long element = own.nextLong(1_000);
            SendResult result = switch (own.nextInt(3)) {
                case 0 -> channel.trySend(element);
                case 1 -> channel.trySend(element, Duration.ofNanos(own.nextInt(500_000)));
                default -> {
                    channel.send(element);
                    yield SendResult.SENT;
                }
            };
            if (result == SendResult.SENT) {
                sent.incrementAndGet();
                sentSum.addAndGet(element);
            }
            return result != SendResult.CLOSED;
        } catch (ChannelClosedException closed) {
            return false;
        } finally {
            limiter.refund(permits);
        }
    }

    /** Receives one element, and has it worked on. */
    private boolean consume() throws InterruptedException {
        Optional<Long> element;
        try {
            element = ThreadLocalRandom.current().nextBoolean()
                    ? channel.next()
                    : channel.tryReceive(Duration.ofNanos(300_000));
        } catch (ChannelClosedException failed) {
            return false;
        }
        if (element.isEmpty()) {
            return !channel.isClosed() || channel.size() > 0;
        }
        got.incrementAndGet();
        gotSum.addAndGet(element.get());
        TaskOptions options = TaskOptions.named("task");
        submitted.incrementAndGet();
        try {
            pool.execute(this::work, options);
        } catch (RejectedExecutionException rejected) {
            refused.incrementAndGet();
        }
        return true;
    }

    private void work() {
        ran.incrementAndGet();
        int[] attempts = {0};
        try {
            semaphore.acquire();
            try {
                retry.call(() -> {
                    if (attempts[0]++ > 0) {
                        retries.incrementAndGet();
                    }
                    if (ThreadLocalRandom.current().nextInt(4) == 0) {
                        throw new IllegalStateException("as planned");
                    }
                    return null;
                });
            } finally {
                semaphore.release();
            }
        } catch (IllegalStateException planned) {
            // All attempts failed.
        } catch (InterruptedException shutDown) {
            Thread.currentThread().interrupt();
        }
    }

    /** One call, which is right or interrupted, and leaves no task behind. */
    private boolean fanOut() throws InterruptedException {
        ThreadLocalRandom own = ThreadLocalRandom.current();
        int items = own.nextInt(40);
        try {
            long sum = FanOut.over(LongStream.range(0, items).boxed().toList())
                    .concurrency(1 + own.nextInt(4))
                    .reduce(0L, this::insideAndBack, Long::sum);
            long expected = items * (items - 1L) / 2;
            if (sum != expected) {
                throw new AssertionError("a fan-out's sum is " + sum + " and not " + expected);
            }
            tally.fanOuts.increment();
        } finally {
            if (inside.get() != 0) {
                failures.add(new AssertionError("a fan-out left a task behind"));
            }
        }
        return !over;
    }

    private long insideAndBack(long item) throws InterruptedException {
        inside.incrementAndGet();
        try {
            if (item % 8 == 0 && limiter.tryAcquire(1, Duration.ofNanos(200_000))) {
                limiter.refund(1);
            }
            semaphore.acquire();
            semaphore.release();
            return item;
        } finally {
            inside.decrementAndGet();
        }
    }

    private void finish() throws Exception {
        over = true;
        pool.resume();
        boolean hurry = random.nextInt(3) == 0;
        if (hurry) {
            pool.shutdown(Deadline.after(Duration.ZERO));
        }
        switch (random.nextInt(3)) {
            case 0 -> channel.close();
            case 1 -> channel.fail(new IllegalStateException("as planned"));
            default -> account(channel.abort());
        }
        SoakParts.join(threads, this::state);
        account(channel.abort());
        pool.shutdown();
        SoakParts.awaitEnd(pool, this::state);
    }

    private void account(List<Long> handedBack) {
        got.addAndGet(handedBack.size());
        handedBack.forEach(gotSum::addAndGet);
    }

    private void check() {
        if (!failures.isEmpty()) {
            throw new AssertionError(state(), failures.peek());
        }
        equal("elements", sent.get(), got.get());
        equal("the sum of the elements", sentSum.get(), gotSum.get());
        equal("permits of the limiter", PERMITS, limiter.drain());
        equal("permits of the semaphore", semaphore.size(), semaphore.available());
        equal("those who wait at the semaphore", 0, semaphore.waiting());
        equal("tokens of the budget", TOKENS - retries.get(), (long) budget.available());
        PoolMetrics end = pool.metrics();
        equal("tasks submitted", submitted.get(), end.submitted());
        equal("tasks run", ran.get(), end.completed());
        equal("tasks rejected", refused.get(), end.rejected());
        equal(
                "ends of tasks",
                end.submitted(),
                end.completed() + end.cancelled() + end.rejected() + end.discarded() + end.abandoned());
        equal("what is left in the pool", 0, end.queued() + end.active() + end.workers() + end.blockedSubmitters());
        tally.elements.add(sent.get());
        tally.tasks.add(ran.get());
        tally.retries.add(retries.get());
    }

    private void equal(String what, long expected, long actual) {
        if (expected != actual) {
            throw new AssertionError(what + ": " + expected + " expected, but " + actual + "; " + state());
        }
    }

    private String state() {
        return channel + ", " + pool + " " + pool.metrics() + ", " + limiter + ", " + semaphore + ", " + budget
                + ", sent " + sent + ", received or handed back " + got + ", refused " + refused + ", ran " + ran;
    }
}
