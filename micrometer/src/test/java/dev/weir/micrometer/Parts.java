package dev.weir.micrometer;

import static dev.weir.micrometer.Ending.FAILURE;
import static dev.weir.micrometer.Ending.RETRY;
import static dev.weir.micrometer.Ending.SUCCESS;

import dev.weir.batch.Batcher;
import dev.weir.channel.Channel;
import dev.weir.channel.Inlet;
import dev.weir.core.context.ContextCarrier;
import dev.weir.core.fanout.FanOut;
import dev.weir.core.pool.Saturation;
import dev.weir.core.pool.TaskOptions;
import dev.weir.core.pool.WorkerPool;
import dev.weir.core.scope.TaskScope;
import dev.weir.core.scope.TimeLimit;
import dev.weir.core.sync.KeyedExecutor;
import dev.weir.core.time.ManualTimeSource;
import dev.weir.pipeline.Carried;
import dev.weir.pipeline.Pipeline;
import dev.weir.pipeline.RunningPipeline;
import dev.weir.ratelimit.IntervalBucket;
import dev.weir.ratelimit.KeyedRateLimiter;
import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.RateLimiter;
import dev.weir.ratelimit.RateLimiterListener;
import dev.weir.ratelimit.Reservation;
import dev.weir.ratelimit.TokenBucket;
import dev.weir.ratelimit.WarmUpLimiter;
import dev.weir.ratelimit.remote.Lease;
import dev.weir.ratelimit.remote.RemoteRateLimiter;
import dev.weir.retry.Backoff;
import dev.weir.retry.Hedge;
import dev.weir.retry.Retry;
import dev.weir.retry.RetryPolicy;
import dev.weir.retry.RetryResult;
import java.io.IOException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Flow;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The parts that move work to another thread or time: the rows of the matrix. A later part is one line more. */
final class Parts {
    private static final Duration LONG = Duration.ofMinutes(1);
    private static final Rate OFTEN = new Rate(1_000, Duration.ofSeconds(1), 1);
    private static final Rate EACH_MILLISECOND = new Rate(1, Duration.ofMillis(1), 1);
    private static final Rate FLEET = new Rate(10, Duration.ofSeconds(1), 1_000);

    /** All endings. */
    private static final Set<Ending> ALL = EnumSet.allOf(Ending.class);

    /** Of work that its caller cannot stop. */
    private static final Set<Ending> UNSTOPPABLE = EnumSet.of(SUCCESS, FAILURE, RETRY);

    private Parts() {}

    /** Work, as the matrix hands it in. */
    @FunctionalInterface
    interface Work {
        String get() throws Exception;
    }

    /** A part that was built with a carrier. */
    @FunctionalInterface
    interface Part extends AutoCloseable {
        /** Has the work done, waits for it, and throws what it throws; stops it if the caller is interrupted. */
        Object call(Work work) throws Exception;

        @Override
        default void close() throws Exception {}
    }

    /** Makes a part. */
    @FunctionalInterface
    interface Factory {
        Part make(ContextCarrier carrier) throws Exception;
    }

    /** A row of the matrix. */
    record Row(String name, Set<Ending> endings, Factory factory) {}

    static Stream<Row> all() {
        return Stream.of(
                new Row("WorkerPool.submit", ALL, c -> pool(c, pool -> work -> get(pool.submit(work::get)))),
                new Row(
                        "WorkerPool.submit, limited",
                        ALL,
                        c -> pool(c, pool -> work -> get(pool.submit(work::get, LIMITED)))),
                new Row(
                        "WorkerPool.execute",
                        ALL,
                        c -> pool(c, pool -> work -> {
                            FutureTask<Object> task = new FutureTask<>(work::get);
                            pool.execute(task);
                            return get(task);
                        })),
                new Row("WorkerPool.submit, caller runs", ALL, Parts::fullPool),
                new Row(
                        "KeyedExecutor.submit",
                        ALL,
                        c -> pool(
                                c,
                                pool -> keyed(
                                        KeyedExecutor.builder(pool).context(c).build()))),
                new Row(
                        "KeyedExecutor.submit, in place",
                        ALL,
                        c -> keyed(
                                KeyedExecutor.builder(Runnable::run).context(c).build())),
                new Row(
                        "FanOut.map",
                        ALL,
                        c -> work -> FanOut.over(List.of(1)).context(c).map(i -> work.get())),
                new Row(
                        "FanOut.map, one worker",
                        ALL,
                        c -> work -> FanOut.over(List.of(1, 2, 3))
                                .concurrency(1)
                                .context(c)
                                .map(i -> work.get())),
                new Row(
                        "FanOut.map, limited",
                        ALL,
                        c -> work -> FanOut.over(List.of(1))
                                .timeoutEach(LONG)
                                .context(c)
                                .map(i -> work.get())),
                new Row(
                        "FanOut.map, on a pool",
                        ALL,
                        c -> pool(
                                c,
                                pool -> work -> FanOut.over(List.of(1))
                                        .on(pool)
                                        .context(c)
                                        .map(i -> work.get()))),
                new Row(
                        "FanOut.firstSuccess",
                        ALL,
                        c -> work -> FanOut.over(List.of(1, 2)).context(c).firstSuccess(i -> work.get())),
                new Row("TaskScope.fork", ALL, c -> work -> {
                    try (var scope = TaskScope.builder().context(c).<Exception>failFast()) {
                        var task = scope.fork(work::get);
                        scope.join();
                        return task.get();
                    }
                }),
                new Row(
                        "TimeLimit.call",
                        ALL,
                        c -> work -> TimeLimit.of(LONG).context(c).<Object, Exception>call(work::get)),
                new Row(
                        "TaskScope.shield",
                        UNSTOPPABLE,
                        c -> work -> TaskScope.<Object, Exception>shield(work::get, c)),
                new Row(
                        "TokenBucket.acquireAsync",
                        UNSTOPPABLE,
                        c -> future(TokenBucket.builder(OFTEN).context(c).build())),
                new Row(
                        "IntervalBucket.acquireAsync",
                        UNSTOPPABLE,
                        c -> future(IntervalBucket.builder(EACH_MILLISECOND)
                                .context(c)
                                .build())),
                new Row(
                        "WarmUpLimiter.acquireAsync",
                        UNSTOPPABLE,
                        c -> future(WarmUpLimiter.builder(OFTEN, Duration.ofMillis(1))
                                .context(c)
                                .build())),
                new Row(
                        "KeyedRateLimiter.acquireAsync",
                        UNSTOPPABLE,
                        c -> future(KeyedRateLimiter.<String>builder(OFTEN)
                                .context(c)
                                .build()
                                .limiter("key"))),
                new Row(
                        "TokenBucket.withPriority, acquireAsync",
                        UNSTOPPABLE,
                        c -> future(TokenBucket.builder(OFTEN)
                                .priorities(LONG)
                                .context(c)
                                .build()
                                .withPriority(1))),
                new Row(
                        "KeyedRateLimiter.forTenant, acquireAsync",
                        UNSTOPPABLE,
                        c -> future(KeyedRateLimiter.<String>builder(OFTEN)
                                .fairShares(Map.of("one", 2))
                                .context(c)
                                .build()
                                .limiter("key")
                                .forTenant("one"))),
                new Row(
                        "RemoteRateLimiter.acquireAsync, leased",
                        UNSTOPPABLE,
                        c -> future(RemoteRateLimiter.builder(new StoredPermits(), "key", FLEET)
                                .lease(Lease.upTo(2, Duration.ofSeconds(1)))
                                .timeout(LONG)
                                .context(c)
                                .build())),
                new Row(
                        "RemoteRateLimiter.allOf, acquireAsync",
                        UNSTOPPABLE,
                        c -> future(RemoteRateLimiter.allOf(new StoredPermits(), Map.of("a", FLEET, "b", FLEET))
                                .timeout(LONG)
                                .context(c)
                                .build())),
                new Row("RateLimiter.reserve, its listener", EnumSet.of(SUCCESS), Parts::reservation),
                new Row("Retry.callAsync, second attempt", UNSTOPPABLE, c -> retryAsync(c)),
                new Row("Retry.attemptAsync, second attempt", UNSTOPPABLE, c -> attemptAsync(c)),
                new Row(
                        "Retry.call, limited attempts",
                        ALL,
                        c -> work -> Retry.of(RetryPolicy.builder()
                                        .maxAttempts(1)
                                        .attemptTimeout(LONG)
                                        .context(c)
                                        .build())
                                .<Object, Exception>call(work::get)),
                new Row(
                        "Hedge.call",
                        ALL,
                        c -> work ->
                                Hedge.after(Duration.ZERO).context(c).build().<Object, Exception>call(work::get)),
                new Row(
                        "Hedge.callAsync, second attempt",
                        UNSTOPPABLE,
                        c -> hedgeAsync(
                                Hedge.after(Duration.ofMillis(1)).context(c).build())),
                new Row("Hedge.callAsync, a result that loses", EnumSet.of(SUCCESS), Parts::undelivered),
                new Row(
                        "Channel.consume",
                        UNSTOPPABLE,
                        c -> work ->
                                consume(Channel.<Integer>builder(1).context(c).build(), work)),
                new Row(
                        "Channel.asPublisher",
                        EnumSet.of(SUCCESS),
                        c -> work ->
                                publish(Channel.<Integer>builder(1).context(c).build(), work)),
                new Row(
                        "Channel.inlet, its request function",
                        EnumSet.of(SUCCESS),
                        c -> work ->
                                inlet(Channel.<Integer>builder(1).context(c).build(), work)),
                new Row("Carried.call", ALL, c -> work -> Carried.of(1, c).<Object, Exception>call(i -> work.get())),
                new Row(
                        "Pipeline.map",
                        ALL,
                        c -> pipeline(
                                c,
                                (source, work) ->
                                        source.map("work", i -> work.get()).to("sink", any -> {}))),
                new Row(
                        "Pipeline.map, limited",
                        ALL,
                        c -> pipeline(
                                c,
                                (source, work) -> source.map("work", i -> work.get())
                                        .timeout(LONG)
                                        .to("sink", any -> {}))),
                new Row("Pipeline.map, in an executor", ALL, c -> inExecutor(c, null, Parts::pipeline)),
                new Row("Pipeline.map, limited, in an executor", ALL, c -> inExecutor(c, LONG, Parts::pipeline)),
                new Row("Pipeline.mapParallel, a worker that joins", ALL, c -> work -> joined(c, work)),
                new Row("Pipeline, its early close", EnumSet.of(SUCCESS), c -> work -> closedEarly(c, work)),
                new Row(
                        "Pipeline.mapParallel",
                        ALL,
                        c -> pipeline(
                                c,
                                (source, work) -> source.mapParallel("work", 2, i -> work.get())
                                        .to("sink", any -> {}))),
                new Row("Pipeline.to", ALL, c -> pipeline(c, (source, work) -> source.to("work", any -> work.get()))),
                new Row(
                        "Pipeline.to, on platform threads",
                        ALL,
                        c -> pipeline(
                                c,
                                (source, work) ->
                                        source.to("work", any -> work.get()).onPlatformThreads())),
                new Row(
                        "Pipeline.fromCarried",
                        ALL,
                        c -> carried(
                                c,
                                (source, work) ->
                                        source.map("work", i -> work.get()).to("sink", any -> {}))),
                new Row(
                        "Pipeline.fromCarried, limited",
                        ALL,
                        c -> carried(
                                c,
                                (source, work) -> source.map("work", i -> work.get())
                                        .timeout(LONG)
                                        .to("sink", any -> {}))),
                new Row("Pipeline.fromCarried, in an executor", ALL, c -> inExecutor(c, null, Parts::carried)),
                new Row(
                        "Pipeline.fromCarried, sink",
                        ALL,
                        c -> carried(
                                c,
                                (source, work) -> source.map("same", i -> i)
                                        .mapParallelOrdered("same2", 2, i -> i)
                                        .to("work", any -> work.get()))),
                new Row(
                        "Pipeline.fromCarried, flatMap",
                        ALL,
                        c -> carried(
                                c,
                                (source, work) -> source.flatMap("many", i -> List.of(i))
                                        .filter("all", i -> true)
                                        .broadcast()
                                        .into(b -> b.to("work", any -> work.get())))),
                new Row(
                        "Pipeline.fromCarried, by key",
                        ALL,
                        c -> carried(
                                c,
                                (source, work) -> source.mapParallelByKey("work", 2, i -> work.get(), i -> i)
                                        .to("sink", any -> {}))),
                new Row("Batcher.submit, its dependents", UNSTOPPABLE, Parts::batcher),
                new Row("Batcher, its bulk function", UNSTOPPABLE, c -> work -> bulk(c, work)));
    }

    private static final TaskOptions LIMITED = TaskOptions.none().runTimeout(LONG);

    /** A pool of one worker, so that what a task leaves behind is met by the next one. */
    private static Part pool(ContextCarrier carrier, Function<WorkerPool, Part> part) {
        WorkerPool pool = WorkerPool.builder("matrix")
                .minWorkers(1)
                .maxWorkers(1)
                .context(carrier)
                .build();
        return closing(part.apply(pool), pool);
    }

    private static Part closing(Part part, AutoCloseable resource) {
        return new Part() {
            @Override
            public Object call(Work work) throws Exception {
                return part.call(work);
            }

            @Override
            public void close() throws Exception {
                resource.close();
            }
        };
    }

    /** A pool whose worker and queue are occupied until the end. */
    private static Part fullPool(ContextCarrier carrier) {
        WorkerPool pool = WorkerPool.builder("full")
                .minWorkers(1)
                .maxWorkers(1)
                .queueCapacity(1)
                .saturation(Saturation.callerRuns())
                .context(carrier)
                .build();
        CountDownLatch end = new CountDownLatch(1);
        CountDownLatch begun = new CountDownLatch(1);
        pool.execute(() -> {
            begun.countDown();
            awaitUninterruptibly(end);
        });
        awaitUninterruptibly(begun);
        pool.execute(() -> {});
        return closing(work -> get(pool.submit(work::get)), () -> {
            end.countDown();
            pool.close();
        });
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException interrupt) {
            throw new AssertionError(interrupt);
        }
    }

    private static Object get(Future<?> future) throws Exception {
        try {
            return String.valueOf(future.get());
        } catch (InterruptedException interrupt) {
            future.cancel(true);
            throw interrupt;
        } catch (ExecutionException failure) {
            throw failure.getCause() instanceof Exception cause ? cause : failure;
        }
    }

    private static Part keyed(KeyedExecutor<Object> executor) {
        return work -> get(executor.submit("key", () -> work.get()));
    }

    /** The dependents of a future that is granted later. */
    private static Part future(RateLimiter limiter) {
        return work -> {
            limiter.pauseFor(LONG);
            CompletableFuture<Object> done = limiter.acquireAsync(1).thenApply(granted -> unchecked(work));
            limiter.resume();
            return get(done);
        };
    }

    private static Part reservation(ContextCarrier carrier) {
        AtomicReference<CompletableFuture<Object>> done = new AtomicReference<>();
        AtomicReference<Work> task = new AtomicReference<>();
        RateLimiter limiter = TokenBucket.builder(OFTEN)
                .context(carrier)
                .listener(new RateLimiterListener() {
                    @Override
                    public void onAdmitted(long permits, Duration waited) {
                        done.get().complete(unchecked(task.get()));
                    }
                })
                .build();
        return work -> {
            done.set(new CompletableFuture<>());
            task.set(work);
            limiter.pauseFor(LONG);
            Reservation unused = limiter.reserve(1);
            limiter.resume();
            return get(done.get());
        };
    }

    private static Object unchecked(Work work) {
        try {
            return work.get();
        } catch (Exception failure) {
            throw new CompletionException(failure);
        }
    }

    private static Part retryAsync(ContextCarrier carrier) {
        Retry retry = Retry.of(RetryPolicy.builder()
                .maxAttempts(2)
                .backoff(Backoff.fixed(Duration.ofMillis(1)))
                .context(carrier)
                .build());
        return work -> get(retry.callAsyncWithAttempt(attempt -> attempt.number() == 1
                ? CompletableFuture.failedFuture(new IOException("the first one"))
                : CompletableFuture.completedFuture(work.get())));
    }

    private static Part attemptAsync(ContextCarrier carrier) {
        Retry retry = Retry.of(RetryPolicy.builder()
                .maxAttempts(2)
                .backoff(Backoff.fixed(Duration.ofMillis(1)))
                .context(carrier)
                .build());
        return work -> {
            AtomicInteger attempts = new AtomicInteger();
            CompletableFuture<RetryResult<String>> run = retry.attemptAsync(() -> attempts.incrementAndGet() == 1
                    ? CompletableFuture.failedFuture(new IOException("the first one"))
                    : CompletableFuture.completedFuture(work.get()));
            RetryResult<String> result = run.get();
            if (result instanceof RetryResult.Failed<String> failed) {
                throw new IOException(failed.failure());
            }
            return result;
        };
    }

    /** The hook for a result that nobody takes, which comes in a thread without a context. */
    private static Part undelivered(ContextCarrier carrier) {
        AtomicReference<CompletableFuture<Object>> done = new AtomicReference<>();
        AtomicReference<Work> task = new AtomicReference<>();
        Hedge hedge = Hedge.after(Duration.ofMillis(1))
                .context(carrier)
                .onUndelivered(String.class, lost -> done.get().complete(unchecked(task.get())))
                .build();
        return work -> {
            done.set(new CompletableFuture<>());
            task.set(work);
            AtomicInteger attempts = new AtomicInteger();
            CompletableFuture<String> slow = new CompletableFuture<>();
            Object unused = get(hedge.callAsync(() -> attempts.incrementAndGet() == 1
                    ? slow.minimalCompletionStage()
                    : CompletableFuture.completedFuture("the winner")));
            Thread.ofPlatform().start(() -> slow.complete("the loser"));
            return get(done.get());
        };
    }

    private static Part hedgeAsync(Hedge hedge) {
        return work -> {
            AtomicInteger attempts = new AtomicInteger();
            CompletableFuture<Object> first = new CompletableFuture<>();
            return get(hedge.callAsync(() -> {
                if (attempts.incrementAndGet() == 1) {
                    return first;
                }
                try {
                    return CompletableFuture.completedFuture(work.get());
                } catch (Exception failure) {
                    first.completeExceptionally(failure); // otherwise the call would wait for it
                    throw failure;
                }
            }));
        };
    }

    private static Object consume(Channel<Integer> channel, Work work) throws Exception {
        channel.consume(1, element -> work.get());
        channel.send(1);
        channel.trySend(2);
        channel.close();
        channel.awaitCompletion();
        return "done";
    }

    private static Object publish(Channel<Integer> channel, Work work) throws Exception {
        CompletableFuture<Object> done = new CompletableFuture<>();
        channel.asPublisher().subscribe(new Flow.Subscriber<>() {
            @Override
            public void onSubscribe(Flow.Subscription subscription) {
                subscription.request(1);
            }

            @Override
            public void onNext(Integer element) {
                done.complete(unchecked(work));
            }

            @Override
            public void onError(Throwable failure) {
                done.completeExceptionally(failure);
            }

            @Override
            public void onComplete() {}
        });
        channel.send(1);
        Object result = get(done);
        channel.close();
        return result;
    }

    /** The request function, in the thread that sends what came while the channel was full. */
    private static Object inlet(Channel<Integer> channel, Work work) throws Exception {
        Thread caller = Thread.currentThread();
        CompletableFuture<Object> done = new CompletableFuture<>();
        Inlet<Integer> inlet = channel.inlet(2, more -> {
            if (Thread.currentThread() != caller) {
                done.complete(unchecked(work));
            }
        });
        inlet.push(1);
        inlet.push(2);
        channel.receive();
        channel.receive();
        Object result = get(done);
        channel.close();
        return result;
    }

    /** Makes a pipeline of a source that does some work. */
    @FunctionalInterface
    interface Shape {
        Pipeline.Complete make(Pipeline<Integer> source, Work work);
    }

    /** With two elements, so that what is left with the first is met by the second. */
    private static Part pipeline(ContextCarrier carrier, Shape shape) {
        return work -> run(
                shape.make(Pipeline.from(List.of(1, 2)), work).context(carrier).start());
    }

    /** Elements with the context of the caller, in a pipeline that was started by a thread without one. */
    private static Part carried(ContextCarrier carrier, Shape shape) {
        return work -> {
            List<Carried<Integer>> elements = List.of(Carried.of(1, carrier), Carried.of(2, carrier));
            FutureTask<RunningPipeline> start = new FutureTask<>(() -> shape.make(Pipeline.fromCarried(elements), work)
                    .context(carrier)
                    .start());
            Thread.ofPlatform().start(start);
            try {
                return run(start.get());
            } catch (InterruptedException interrupt) {
                start.get().abort(); // if it came before the pipeline was known
                throw interrupt;
            }
        };
    }

    /** Functions run in one thread, so that what one leaves behind is met by the next one. */
    private static Part inExecutor(
            ContextCarrier carrier, @Nullable Duration timeout, BiFunction<ContextCarrier, Shape, Part> part) {
        ExecutorService executor = Executors.newSingleThreadExecutor();
        Shape shape = (source, work) -> {
            Pipeline<String> stage = source.map("work", i -> work.get()).on(executor);
            return (timeout == null ? stage : stage.timeout(timeout)).to("sink", any -> {});
        };
        return closing(part.apply(carrier, shape), executor);
    }

    /** The work is done by a worker that joined later, by the act of a thread without a context. */
    private static Object joined(ContextCarrier carrier, Work work) throws Exception {
        CountDownLatch first = new CountDownLatch(1);
        CountDownLatch second = new CountDownLatch(1);
        RunningPipeline running = Pipeline.from(List.of(1, 2))
                .mapParallel("work", 1, i -> {
                    if (i == 1) {
                        first.countDown();
                        second.await();
                        return "nothing";
                    }
                    try {
                        return work.get();
                    } finally {
                        second.countDown();
                    }
                })
                .to("sink", any -> {})
                .context(carrier)
                .start();
        first.await();
        Thread.ofPlatform().start(() -> running.parallelism("work", 2));
        return run(running);
    }

    /** The work is done by the close of a source that ignores that it is stopped. */
    private static Object closedEarly(ContextCarrier carrier, Work work) throws Exception {
        ManualTimeSource time = new ManualTimeSource();
        StuckSource source = new StuckSource(work);
        RunningPipeline running = Pipeline.from(source)
                .timeSource(time)
                .to("sink", any -> {})
                .context(carrier)
                .start();
        source.read.await();
        running.finish();
        time.advance(Duration.ofSeconds(1));
        return run(running);
    }

    /** A source whose first element never comes, and which is deaf to interrupts until it is closed. */
    private static final class StuckSource implements Iterable<Integer>, AutoCloseable {
        final CountDownLatch read = new CountDownLatch(1);
        private final Semaphore closed = new Semaphore(0);
        private final Work work;

        StuckSource(Work work) {
            this.work = work;
        }

        @Override
        public Iterator<Integer> iterator() {
            return new Iterator<>() {
                @Override
                public boolean hasNext() {
                    read.countDown();
                    closed.acquireUninterruptibly();
                    return false;
                }

                @Override
                public Integer next() {
                    throw new NoSuchElementException();
                }
            };
        }

        @Override
        public void close() throws Exception {
            try {
                work.get();
            } finally {
                closed.release();
            }
        }
    }

    private static Object run(RunningPipeline running) throws Exception {
        try {
            running.awaitCompletion();
            return "done";
        } finally {
            running.abort();
        }
    }

    private static Part batcher(ContextCarrier carrier) {
        Semaphore attached = new Semaphore(0);
        Batcher<Integer, Integer> batcher = Batcher.<Integer, Integer>builder(items -> {
                    attached.acquire();
                    return items;
                })
                .maxItems(1)
                .context(carrier)
                .build();
        return closing(
                work -> {
                    CompletableFuture<Object> done = batcher.submit(1).thenApply(result -> unchecked(work));
                    attached.release();
                    return get(done);
                },
                batcher);
    }

    private static Object bulk(ContextCarrier carrier, Work work) throws Exception {
        try (Batcher<Integer, String> batcher = Batcher.<Integer, String>builder(items -> List.of(work.get()))
                .maxItems(1)
                .context(carrier)
                .build()) {
            return batcher.call(1);
        }
    }
}
