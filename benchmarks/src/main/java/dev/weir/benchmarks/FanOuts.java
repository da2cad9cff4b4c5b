package dev.weir.benchmarks;

import com.pivovarit.collectors.ParallelCollectors;
import dev.weir.core.fanout.FanOut;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Ways to apply a function to many items, with a bound on how many run at once, and to get all results in order. Each
 * is written as its users write it. Pools of platform threads are given to it, since nobody creates those for a call.
 */
final class FanOuts {
    /** One way. */
    @FunctionalInterface
    interface Way {
        List<Integer> map(List<Integer> items, int atOnce, Function<Integer, Integer> function) throws Exception;
    }

    /** What the threads cost and nothing else: no failure, interrupt or time limit is looked after. */
    static final String COUNTER = "Virtual threads, AtomicInteger";

    private FanOuts() {}

    /** One that computes only: what it has at once are the processors, whatever it is asked for. */
    static final String PARALLEL_STREAM = "parallelStream";

    /** All ways for items that do not wait, a parallel stream included. */
    static Set<String> names() {
        return computing(ForkJoinPool.commonPool()).keySet();
    }

    static Map<String, Way> computing(ExecutorService fixedPool) {
        Map<String, Way> ways = all(fixedPool);
        ways.put(
                PARALLEL_STREAM,
                (items, atOnce, function) ->
                        items.parallelStream().map(function).toList());
        return ways;
    }

    static Map<String, Way> all(ExecutorService fixedPool) {
        Map<String, Way> ways = new LinkedHashMap<>();
        ways.put(
                Entry.WEIR,
                (items, atOnce, function) ->
                        FanOut.over(items).concurrency(atOnce).map(function::apply));
        ways.put("Fixed pool, invokeAll", (items, atOnce, function) -> invokeAll(fixedPool, items, function));
        ways.put("Virtual threads, Semaphore", FanOuts::semaphore);
        ways.put(COUNTER, FanOuts::counter);
        ways.put(
                "parallel-collectors",
                (items, atOnce, function) -> items.stream()
                        .collect(ParallelCollectors.parallel(function, Collectors.toList(), atOnce))
                        .join());
        ways.put("Reactor flatMapSequential", (items, atOnce, function) -> {
            try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                Scheduler scheduler = Schedulers.fromExecutorService(threads);
                return Flux.fromIterable(items)
                        .flatMapSequential(
                                item -> Mono.fromCallable(() -> function.apply(item))
                                        .subscribeOn(scheduler),
                                atOnce)
                        .collectList()
                        .block();
            }
        });
        mapConcurrent().ifPresent(way -> ways.put("Gatherers.mapConcurrent", way));
        return ways;
    }

    private static List<Integer> invokeAll(
            ExecutorService pool, List<Integer> items, Function<Integer, Integer> function)
            throws InterruptedException, ExecutionException {
        List<Callable<Integer>> tasks = new ArrayList<>(items.size());
        for (Integer item : items) {
            tasks.add(() -> function.apply(item));
        }
        return results(pool.invokeAll(tasks));
    }

    private static List<Integer> semaphore(List<Integer> items, int atOnce, Function<Integer, Integer> function)
            throws InterruptedException, ExecutionException {
        Semaphore permits = new Semaphore(atOnce);
        List<Future<Integer>> futures = new ArrayList<>(items.size());
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Integer item : items) {
                permits.acquire();
                futures.add(threads.submit(() -> {
                    try {
                        return function.apply(item);
                    } finally {
                        permits.release();
                    }
                }));
            }
            return results(futures);
        }
    }

    /** As many threads as may be at once, each of which takes the next item when it is done with one. */
    private static List<Integer> counter(List<Integer> items, int atOnce, Function<Integer, Integer> function)
            throws InterruptedException {
        Integer[] results = new Integer[items.size()];
        AtomicInteger next = new AtomicInteger();
        List<Thread> threads = new ArrayList<>(atOnce);
        for (int i = 0; i < atOnce; i++) {
            threads.add(Thread.startVirtualThread(() -> {
                int index = next.getAndIncrement();
                while (index < results.length) {
                    results[index] = function.apply(items.get(index));
                    index = next.getAndIncrement();
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        return Arrays.asList(results);
    }

    private static List<Integer> results(List<Future<Integer>> futures)
            throws InterruptedException, ExecutionException {
        List<Integer> results = new ArrayList<>(futures.size());
        for (Future<Integer> future : futures) {
            results.add(future.get());
        }
        return results;
    }

    static Optional<Way> mapConcurrent() {
        return gathering().map(gathering -> (items, atOnce, function) -> {
            List<Integer> results = new ArrayList<>();
            gathering.gather(items.stream(), atOnce, function).forEach(item -> results.add((Integer) item));
            return results;
        });
    }

    /** {@code Gatherers.mapConcurrent} on a stream. */
    @FunctionalInterface
    interface Gathering {
        Stream<?> gather(Stream<Integer> items, int atOnce, Function<Integer, Integer> function) throws Exception;
    }

    /** Gatherers came with Java 24, so they are looked up; the look-up is not part of what is measured. */
    static Optional<Gathering> gathering() {
        try {
            Method mapConcurrent =
                    Class.forName("java.util.stream.Gatherers").getMethod("mapConcurrent", int.class, Function.class);
            Method gather = Stream.class.getMethod("gather", Class.forName("java.util.stream.Gatherer"));
            return Optional.of((items, atOnce, function) ->
                    (Stream<?>) gather.invoke(items, mapConcurrent.invoke(null, atOnce, function)));
        } catch (ClassNotFoundException | NoSuchMethodException older) {
            return Optional.empty();
        }
    }
}
