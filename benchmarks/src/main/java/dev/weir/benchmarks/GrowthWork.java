package dev.weir.benchmarks;

import dev.weir.core.fanout.FanOut;
import dev.weir.core.pool.WorkerPool;
import dev.weir.core.pool.WorkerPoolBuilder;
import dev.weir.core.sync.KeyedExecutor;
import dev.weir.core.sync.KeyedLock;
import dev.weir.core.sync.ResizableSemaphore;
import dev.weir.ratelimit.KeyedRateLimiter;
import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.RateLimiter;
import dev.weir.ratelimit.TokenBucket;
import java.lang.ref.Reference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/**
 * What is done to work that waits, in numbers that grow ten times a step. Of each case only the part is timed that is
 * named, per task, waiter or key; what waits is put there before. Beside it is what the JDK needs for the least of it:
 * to touch a million objects that nobody has touched for a while is slow in any case.
 */
final class GrowthWork {
    private static final Runnable NOTHING = () -> {};
    private static final Rate RARE = Rate.of(1, Duration.ofDays(1));
    private static final Duration WARM_UP = Duration.ofMillis(250);
    private static final List<Integer> TASKS = List.of(1_000, 10_000, 100_000);
    private static final String FUTURES = "FutureTask, without a pool";
    private static final String COMPLETABLE = "CompletableFuture, without a limiter";

    /** What is measured, for a number of tasks, waiters or keys, by Weir and by the JDK. */
    private record Case(String what, List<Integer> sizes, String jdk, Map<String, WholeRun.Run> contenders) {
        static Case of(String what, List<Integer> sizes, WholeRun.Run weir, String jdk, WholeRun.Run bare) {
            Map<String, WholeRun.Run> contenders = new LinkedHashMap<>();
            contenders.put(Entry.WEIR, weir);
            contenders.put(jdk, bare);
            return new Case(what, sizes, jdk, contenders);
        }

        String scenario(int size) {
            return String.format(Locale.ROOT, what, size);
        }

        /** How much more an operation takes at a step than at the one before. */
        double growth(Results results, String contender, int step) {
            return results.nanos(scenario(sizes.get(step)), contender)
                    / results.nanos(scenario(sizes.get(step - 1)), contender);
        }
    }

    private static final List<Case> CASES = List.of(
            Case.of(
                    "pool with %,d queued, full: a cancel and a submit",
                    List.of(2_000, 20_000, 200_000),
                    GrowthWork::cancelAndSubmit,
                    FUTURES,
                    GrowthWork::cancelAndReplace),
            new Case("cancels of %,d queued tasks, from the back", TASKS, FUTURES, cancels()),
            Case.of(
                    "chain of %,d virtual tasks, each waits for the one before",
                    List.of(90, 900, 9_000),
                    GrowthWork::chain,
                    "virtual threads, FutureTask",
                    GrowthWork::chainOfThreads),
            Case.of(
                    "unfair semaphore, %,d wait for 2: single releases",
                    TASKS, GrowthWork::release, "Semaphore", GrowthWork::releaseOfTheJdk),
            Case.of(
                    "keyed lock, %,d wait for one key: hand-overs",
                    TASKS, GrowthWork::handOver, "ReentrantLock", GrowthWork::handOverOfTheJdk),
            Case.of(
                    "fan-out, %,d at once: the first fails, all others are cancelled",
                    List.of(200, 2_000, 20_000),
                    GrowthWork::firstFails,
                    "virtual threads, interrupted",
                    GrowthWork::interrupted),
            Case.of(
                    "limiter with %,d waiting: a refund",
                    TASKS, GrowthWork::refund, COMPLETABLE + ", a virtual thread each", GrowthWork::complete),
            Case.of(
                    "limiter with %,d waiting: cancels from the back",
                    TASKS, GrowthWork::cancelPermits, COMPLETABLE, GrowthWork::cancelCompletable),
            Case.of(
                    "%,d keys of one hash code: a permit",
                    TASKS, GrowthWork::collide, "ConcurrentHashMap, without a limiter", GrowthWork::collideInMap));

    private GrowthWork() {}

    private static Map<String, WholeRun.Run> cancels() {
        Map<String, WholeRun.Run> cancels = new LinkedHashMap<>();
        cancels.put(Entry.WEIR, tasks -> cancelQueued(tasks, builder -> builder));
        cancels.put(Entry.WEIR + ", priorities", tasks -> cancelQueued(tasks, WorkerPoolBuilder::priorities));
        cancels.put(Entry.WEIR + ", fair shares", tasks -> cancelQueued(tasks, WorkerPoolBuilder::fairShares));
        cancels.put(Entry.WEIR + ", KeyedExecutor, one key", GrowthWork::cancelOfOneKey);
        cancels.put(FUTURES, GrowthWork::cancelAlone);
        return cancels;
    }

    static List<Entry> entries(Settings settings) {
        Settings brief = settings.withWarmUp(WARM_UP); // the smaller sizes warm the larger ones up
        List<Entry> entries = new ArrayList<>();
        for (Case each : CASES) {
            for (int size : each.sizes()) {
                int count = settings.operations(size);
                each.contenders()
                        .forEach((contender, run) ->
                                entries.add(new Entry(each.scenario(size), contender, WholeRun.of(count, brief, run))));
            }
        }
        return entries;
    }

    /** How much more an operation takes with ten times as many, in the case and at the step where that is most. */
    static Figure worstGrowth(Results results) {
        return worst((each, contender, step) -> each.growth(results, contender, step));
    }

    /** The same, as a multiple of how much more the JDK takes for the least of it. */
    static Figure worstGrowthBesideTheJdk(Results results) {
        return worst((each, contender, step) ->
                each.growth(results, contender, step) / Math.max(1, each.growth(results, each.jdk(), step)));
    }

    @FunctionalInterface
    private interface Measure {
        double at(Case each, String contender, int step);
    }

    private static Figure worst(Measure measure) {
        List<Figure> steps = new ArrayList<>();
        for (Case each : CASES) {
            for (String contender : each.contenders().keySet()) {
                for (int step = 1; step < each.sizes().size() && !contender.equals(each.jdk()); step++) {
                    String own = contender.equals(Entry.WEIR) ? "" : ", " + contender;
                    steps.add(new Figure(
                            measure.at(each, contender, step),
                            each.scenario(each.sizes().get(step)) + own));
                }
            }
        }
        return steps.stream().reduce(Figure::worse).orElseThrow();
    }

    // ---- pool

    /** A pool whose one worker is busy until the end. */
    private static Sample withBusyPool(WorkerPoolBuilder builder, int tasks, BusyPool work) throws Exception {
        CountDownLatch busy = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        try (WorkerPool pool =
                builder.maxWorkers(1).queueCapacity(tasks).daemon(true).build()) {
            pool.submit(() -> {
                busy.countDown();
                end.await();
                return null;
            });
            busy.await();
            List<Future<?>> queued = new ArrayList<>(tasks);
            for (int task = 0; task < tasks; task++) {
                queued.add(pool.submit(NOTHING));
            }
            Sample sample = WholeRun.timed(all -> work.measure(pool, queued)).of(tasks);
            end.countDown();
            return sample;
        }
    }

    @FunctionalInterface
    private interface BusyPool {
        void measure(WorkerPool pool, List<Future<?>> queued);
    }

    private static Sample cancelAndSubmit(int tasks) throws Exception {
        List<Integer> order = anyOrder(tasks);
        return withBusyPool(WorkerPool.builder("growth"), tasks, (pool, queued) -> {
            for (int task : order) {
                queued.get(task).cancel(false);
                queued.set(task, pool.submit(NOTHING));
            }
        });
    }

    private static Sample cancelAndReplace(int tasks) throws Exception {
        List<Integer> order = anyOrder(tasks);
        List<Future<?>> futures = futures(tasks);
        return WholeRun.timed(all -> {
                    for (int task : order) {
                        futures.get(task).cancel(false);
                        futures.set(task, new FutureTask<>(NOTHING, null));
                    }
                })
                .of(tasks);
    }

    private static List<Integer> anyOrder(int tasks) {
        List<Integer> order = new ArrayList<>(IntStream.range(0, tasks).boxed().toList());
        Collections.shuffle(order, new Random(1));
        return order;
    }

    private static List<Future<?>> futures(int tasks) {
        List<Future<?>> futures = new ArrayList<>(tasks);
        for (int task = 0; task < tasks; task++) {
            futures.add(new FutureTask<>(NOTHING, null));
        }
        return futures;
    }

    private static Sample cancelAlone(int tasks) throws Exception {
        List<Future<?>> futures = futures(tasks);
        return WholeRun.timed(all -> cancelFromTheBack(futures)).of(tasks);
    }

    private static Sample cancelQueued(int tasks, UnaryOperator<WorkerPoolBuilder> kind) throws Exception {
        return withBusyPool(
                kind.apply(WorkerPool.builder("growth")), tasks, (pool, queued) -> cancelFromTheBack(queued));
    }

    private static void cancelFromTheBack(List<? extends Future<?>> futures) {
        for (int i = futures.size() - 1; i >= 0; i--) {
            if (!futures.get(i).cancel(true)) {
                throw new IllegalStateException("number " + i + " had ended");
            }
        }
    }

    private static Sample chain(int tasks) throws Exception {
        try (WorkerPool pool = WorkerPool.ioBound("growth").build()) {
            CountDownLatch gate = new CountDownLatch(1);
            return WholeRun.timed(all -> {
                        Future<Integer> last = pool.submit(() -> {
                            gate.await();
                            return 0;
                        });
                        for (int task = 1; task < tasks; task++) {
                            Future<Integer> before = last;
                            last = pool.submit(() -> before.get() + 1);
                        }
                        gate.countDown();
                        if (last.get() != tasks - 1) {
                            throw new IllegalStateException("the chain is broken");
                        }
                    })
                    .of(tasks);
        }
    }

    private static Sample chainOfThreads(int tasks) throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        return WholeRun.timed(all -> {
                    FutureTask<Integer> last = started(() -> {
                        gate.await();
                        return 0;
                    });
                    for (int task = 1; task < tasks; task++) {
                        FutureTask<Integer> before = last;
                        last = started(() -> before.get() + 1);
                    }
                    gate.countDown();
                    if (last.get() != tasks - 1) {
                        throw new IllegalStateException("the chain is broken");
                    }
                })
                .of(tasks);
    }

    private static FutureTask<Integer> started(Callable<Integer> call) {
        FutureTask<Integer> task = new FutureTask<>(call);
        Thread.ofVirtual().start(task);
        return task;
    }

    // ---- keys

    private static Sample cancelOfOneKey(int tasks) throws Exception {
        List<Runnable> never = new ArrayList<>(); // held, as nobody would run what is garbage
        KeyedExecutor<Integer> keyed =
                KeyedExecutor.builder(never::add).capacity(tasks).build();
        List<Future<?>> queued = new ArrayList<>(tasks);
        for (int task = 0; task < tasks; task++) {
            queued.add(keyed.submit(1, NOTHING));
        }
        Sample sample = WholeRun.timed(all -> cancelFromTheBack(queued)).of(tasks);
        Reference.reachabilityFence(never);
        return sample;
    }

    private static Sample collide(int keys) throws Exception {
        KeyedRateLimiter<String> limiter =
                KeyedRateLimiter.<String>builder(RARE).maxKeys(keys).build();
        return forEach(colliding(keys), limiter::tryAcquire);
    }

    private static Sample collideInMap(int keys) throws Exception {
        Map<String, String> map = new ConcurrentHashMap<>();
        return forEach(colliding(keys), key -> map.putIfAbsent(key, key) == null);
    }

    private static Sample forEach(List<String> keys, Predicate<String> isNew) throws Exception {
        return WholeRun.timed(all -> {
                    for (String key : keys) {
                        if (!isNew.test(key)) {
                            throw new IllegalStateException("not the first of " + key);
                        }
                    }
                })
                .of(keys.size());
    }

    /** Texts of one hash code: that of Aa is that of BB. */
    private static List<String> colliding(int keys) {
        List<String> texts = new ArrayList<>(keys);
        for (int key = 0; key < keys; key++) {
            StringBuilder text = new StringBuilder();
            for (int bit = 0; bit < Integer.SIZE - Integer.numberOfLeadingZeros(keys); bit++) {
                text.append((key >> bit & 1) == 0 ? "Aa" : "BB");
            }
            texts.add(text.toString());
        }
        return texts;
    }

    private static Sample handOver(int waiters) throws Exception {
        KeyedLock<Integer> locks = new KeyedLock<>();
        return handOver(waiters, () -> locks.lock(1), () -> locks.unlock(1));
    }

    private static Sample handOverOfTheJdk(int waiters) throws Exception {
        ReentrantLock lock = new ReentrantLock();
        return handOver(waiters, lock::lock, lock::unlock);
    }

    private static Sample handOver(int waiters, Runnable lock, Runnable unlock) throws Exception {
        lock.run();
        AtomicLong owners = new AtomicLong(); // guarded by the lock
        List<Thread> threads = Meeting.waiting(waiters, () -> {
            lock.run();
            owners.setPlain(owners.getPlain() + 1);
            unlock.run();
        });
        Sample sample = WholeRun.timed(all -> {
                    unlock.run();
                    join(threads);
                })
                .of(waiters);
        if (owners.get() != waiters) {
            throw new IllegalStateException(owners + " of " + waiters + " had the lock");
        }
        return sample;
    }

    // ---- permits

    private static Sample release(int waiters) throws Exception {
        ResizableSemaphore semaphore = ResizableSemaphore.unfair(2);
        return release(waiters, () -> semaphore.acquire(2), semaphore::release);
    }

    private static Sample releaseOfTheJdk(int waiters) throws Exception {
        Semaphore semaphore = new Semaphore(2);
        return release(waiters, () -> semaphore.acquire(2), semaphore::release);
    }

    private static Sample release(int waiters, Meeting.Part acquireTwo, Runnable release) throws Exception {
        acquireTwo.run();
        List<Thread> threads = Meeting.waiting(waiters, () -> {
            try {
                acquireTwo.run();
            } catch (Exception unexpected) {
                throw new IllegalStateException(unexpected);
            }
            release.run();
            release.run();
        });
        return WholeRun.timed(all -> {
                    release.run();
                    release.run();
                    join(threads);
                })
                .of(waiters);
    }

    private static List<Future<?>> waitingPermits(RateLimiter limiter, int waiters) {
        List<Future<?>> futures = new ArrayList<>(waiters);
        for (int waiter = 0; waiter < waiters; waiter++) {
            futures.add(limiter.acquireAsync());
        }
        return futures;
    }

    private static RateLimiter empty() {
        RateLimiter limiter = TokenBucket.builder(RARE).build();
        limiter.drain();
        return limiter;
    }

    private static Sample refund(int waiters) throws Exception {
        RateLimiter limiter = empty();
        List<Future<?>> futures = waitingPermits(limiter, waiters);
        Sample sample = WholeRun.timed(all -> {
                    for (int refund = 0; refund < waiters; refund++) {
                        limiter.refund(1);
                    }
                })
                .of(waiters);
        for (Future<?> future : futures) {
            future.get();
        }
        return sample;
    }

    private static Sample cancelPermits(int waiters) throws Exception {
        List<Future<?>> futures = waitingPermits(empty(), waiters);
        return WholeRun.timed(all -> cancelFromTheBack(futures)).of(waiters);
    }

    private static List<CompletableFuture<Void>> completable(int waiters) {
        List<CompletableFuture<Void>> futures = new ArrayList<>(waiters);
        for (int waiter = 0; waiter < waiters; waiter++) {
            futures.add(new CompletableFuture<>());
        }
        return futures;
    }

    private static Sample complete(int waiters) throws Exception {
        List<CompletableFuture<Void>> futures = completable(waiters);
        Sample sample = WholeRun.timed(
                        all -> futures.forEach(future -> Thread.ofVirtual().start(() -> future.complete(null))))
                .of(waiters);
        for (Future<?> future : futures) {
            future.get();
        }
        return sample;
    }

    private static Sample cancelCompletable(int waiters) throws Exception {
        List<CompletableFuture<Void>> futures = completable(waiters);
        return WholeRun.timed(all -> cancelFromTheBack(futures)).of(waiters);
    }

    // ---- threads

    private static void join(List<Thread> threads) throws InterruptedException {
        for (Thread thread : threads) {
            thread.join();
        }
    }

    private static Sample firstFails(int items) throws Exception {
        CountDownLatch begun = new CountDownLatch(items);
        AtomicLong failedNanos = new AtomicLong();
        AtomicLong bytes = new AtomicLong();
        try {
            FanOut.over(IntStream.range(0, items).boxed().toList())
                    .concurrency(items)
                    .map(item -> {
                        begun.countDown();
                        if (item == 0) {
                            begun.await();
                            bytes.set(Heap.allocatedBytes());
                            failedNanos.set(System.nanoTime());
                            throw new IllegalArgumentException("fails");
                        }
                        new CountDownLatch(1).await();
                        return item;
                    });
        } catch (IllegalArgumentException expected) {
            long nanos = System.nanoTime() - failedNanos.get();
            return new Sample((double) nanos / items, (double) (Heap.allocatedBytes() - bytes.get()) / items);
        }
        throw new IllegalStateException("it did not fail");
    }

    private static Sample interrupted(int items) throws Exception {
        List<Thread> threads = Meeting.waiting(items, () -> {
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException expected) {
                // and so it ends
            }
        });
        return WholeRun.timed(all -> {
                    threads.forEach(Thread::interrupt);
                    join(threads);
                })
                .of(items);
    }
}
