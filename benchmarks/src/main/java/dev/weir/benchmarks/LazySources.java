package dev.weir.benchmarks;

import dev.weir.core.fanout.FanOut;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import java.util.stream.Stream;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** Ways to pull the first results of an endless source while others run, of a function that does nothing. */
final class LazySources {
    static final String WITH_ROOM = Entry.WEIR + ", buffer(1000)";
    private static final int ROOM = 1_000;
    private static final Function<Integer, Integer> NOTHING = item -> item;

    /** One way: how many results came, up to the number that is wanted. */
    @FunctionalInterface
    interface Way {
        long count(Stream<Integer> endless, int atOnce, int wanted) throws Exception;
    }

    private LazySources() {}

    static Stream<Integer> endless() {
        return Stream.iterate(0, item -> item + 1);
    }

    static void check(long came, int wanted) {
        if (came != wanted) {
            throw new IllegalStateException(came + " results came, and not " + wanted);
        }
    }

    static Map<String, Way> asCompleted() {
        Map<String, Way> ways = new LinkedHashMap<>();
        ways.put(
                Entry.WEIR,
                (endless, atOnce, wanted) -> FanOut.over(endless).concurrency(atOnce).stream(
                        NOTHING::apply, results -> count(results, wanted)));
        ways.put(
                WITH_ROOM,
                (endless, atOnce, wanted) -> FanOut.over(endless).concurrency(atOnce).buffer(ROOM).stream(
                        NOTHING::apply, results -> count(results, wanted)));
        ways.put("Reactor flatMap", (endless, atOnce, wanted) -> reactor(false, endless, atOnce, wanted));
        addMapConcurrent(ways);
        return ways;
    }

    static Map<String, Way> inOrder() {
        Map<String, Way> ways = new LinkedHashMap<>();
        ways.put(
                Entry.WEIR,
                (endless, atOnce, wanted) -> FanOut.over(endless)
                        .concurrency(atOnce)
                        .orderedStream(NOTHING::apply, results -> count(results, wanted)));
        ways.put(
                WITH_ROOM,
                (endless, atOnce, wanted) -> FanOut.over(endless)
                        .concurrency(atOnce)
                        .buffer(ROOM)
                        .orderedStream(NOTHING::apply, results -> count(results, wanted)));
        ways.put("Reactor flatMapSequential", (endless, atOnce, wanted) -> reactor(true, endless, atOnce, wanted));
        addMapConcurrent(ways);
        return ways;
    }

    /** It keeps the order in any case. */
    private static void addMapConcurrent(Map<String, Way> ways) {
        FanOuts.gathering()
                .ifPresent(gathering -> ways.put(
                        "Gatherers.mapConcurrent",
                        (endless, atOnce, wanted) -> count(gathering.gather(endless, atOnce, NOTHING), wanted)));
    }

    /** Not {@code count()}, which need not pull. */
    private static long count(Stream<?> results, int wanted) {
        return results.limit(wanted).mapToLong(result -> 1).sum();
    }

    private static long reactor(boolean ordered, Stream<Integer> endless, int atOnce, int wanted) {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Scheduler scheduler = Schedulers.fromExecutorService(threads);
            Flux<Integer> items = Flux.fromStream(endless);
            Function<Integer, Mono<Integer>> task =
                    item -> Mono.fromCallable(() -> NOTHING.apply(item)).subscribeOn(scheduler);
            Flux<Integer> results = ordered ? items.flatMapSequential(task, atOnce) : items.flatMap(task, atOnce);
            Long came = results.take(wanted).count().block();
            return came == null ? 0 : came;
        }
    }
}
