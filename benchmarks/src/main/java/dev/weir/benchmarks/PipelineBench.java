package dev.weir.benchmarks;

import dev.weir.benchmarks.Goal.Unit;
import dev.weir.pipeline.Pipeline;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Pipelines beside reactive streams, the JDK's gatherers and threads with queues: what an element costs on its way. */
final class PipelineBench implements Bench {
    private static final String STAGES = "three asynchronous stages";
    private static final String BARE = "Virtual threads, bare rings";
    private static final String PARALLEL = "parallel map, 4 at once";
    private static final String ORDERED = "ordered parallel map, 4 at once";
    private static final int BUFFER = 256;
    private static final int AT_ONCE = 4;
    private static final int ELEMENTS = 300_000;

    /** Takes the elements on their way; a field, so that it is not optimised away. */
    private static final class Sum {
        long value;

        void add(Integer element) {
            value += element;
        }

        void check(int elements) {
            if (value != (long) elements * (elements - 1) / 2) {
                throw new IllegalStateException("not every element arrived once");
            }
        }
    }

    /** One way to move the elements into the sum. */
    @FunctionalInterface
    private interface Way {
        void run(List<Integer> elements, Sum sum) throws Exception;
    }

    @Override
    public String name() {
        return "pipeline";
    }

    @Override
    public String about() {
        return "Three asynchronous stages: source, two maps and a sink, each on a thread of its own, with buffers of"
                + " 256; bare rings are for one sender and one taker, and have no end, no counts and no failures."
                + " Parallel map: a function that returns at once, four at once, with buffers of 256; results are"
                + " passed on as they come, or, if ordered, in the order of their elements.";
    }

    @Override
    public List<Entry> entries(Settings settings) {
        List<Entry> entries = new ArrayList<>();
        add(entries, settings, STAGES, Entry.WEIR, PipelineBench::weirStages);
        add(entries, settings, STAGES, "Reactor publishOn", PipelineBench::reactorStages);
        add(
                entries,
                settings,
                STAGES,
                "Threads, ArrayBlockingQueue",
                (elements, sum) -> threadStages(
                        elements, sum, Pipe.bounded().get("ArrayBlockingQueue"), Meeting.platformThreads()));
        add(
                entries,
                settings,
                STAGES,
                "Virtual threads, jox",
                (elements, sum) -> threadStages(elements, sum, Pipe.bounded().get("jox"), Meeting.virtualThreads()));
        add(
                entries,
                settings,
                STAGES,
                BARE,
                (elements, sum) -> threadStages(elements, sum, BareRing::new, Meeting.virtualThreads()));

        add(entries, settings, PARALLEL, Entry.WEIR, PipelineBench::weirParallel);
        add(entries, settings, PARALLEL, "Reactor flatMap", PipelineBench::reactorParallel);
        add(entries, settings, ORDERED, Entry.WEIR, PipelineBench::weirOrdered);
        add(entries, settings, ORDERED, "Reactor flatMapSequential", PipelineBench::reactorOrdered);
        FanOuts.mapConcurrent()
                .ifPresent(way -> add(
                        entries,
                        settings,
                        ORDERED,
                        "Gatherers.mapConcurrent",
                        (elements, sum) ->
                                way.map(elements, AT_ONCE, Function.identity()).forEach(sum::add)));
        return entries;
    }

    private static void add(List<Entry> entries, Settings settings, String scenario, String contender, Way way) {
        int count = settings.operations(ELEMENTS);
        List<Integer> all = IntStream.range(0, count).boxed().toList();
        entries.add(new Entry(scenario, contender, WholeRun.of(count, settings, WholeRun.timed(operations -> {
            Sum sum = new Sum();
            way.run(all.subList(0, operations), sum);
            sum.check(operations);
        }))));
    }

    private static void weirStages(List<Integer> elements, Sum sum) throws InterruptedException {
        Pipeline.from(elements)
                .map("first", element -> element)
                .buffer(BUFFER)
                .map("second", element -> element)
                .buffer(BUFFER)
                .to("sum", sum::add)
                .buffer(BUFFER)
                .start()
                .awaitCompletion();
    }

    private static void reactorStages(List<Integer> elements, Sum sum) {
        Flux.fromIterable(elements)
                .publishOn(Schedulers.boundedElastic(), BUFFER)
                .map(element -> element)
                .publishOn(Schedulers.boundedElastic(), BUFFER)
                .map(element -> element)
                .publishOn(Schedulers.boundedElastic(), BUFFER)
                .doOnNext(sum::add)
                .blockLast();
    }

    private static void threadStages(List<Integer> elements, Sum sum, IntFunction<Pipe> queues, ThreadFactory threads)
            throws Exception {
        Pipe first = queues.apply(BUFFER);
        Pipe second = queues.apply(BUFFER);
        Pipe last = queues.apply(BUFFER);
        int count = elements.size();
        List<Meeting.Part> parts = List.of(
                () -> {
                    for (Integer element : elements) {
                        first.send(element);
                    }
                },
                () -> pass(count, first, second),
                () -> pass(count, second, last),
                () -> {
                    for (int received = 0; received < count; received++) {
                        sum.add(last.receive());
                    }
                });
        Meeting.measure(threads, count, parts);
    }

    private static void pass(int count, Pipe from, Pipe to) throws InterruptedException {
        for (int passed = 0; passed < count; passed++) {
            to.send(from.receive());
        }
    }

    private static void weirParallel(List<Integer> elements, Sum sum) throws InterruptedException {
        Pipeline.from(elements)
                .mapParallel("map", AT_ONCE, element -> element)
                .buffer(BUFFER)
                .to("sum", sum::add)
                .buffer(BUFFER)
                .start()
                .awaitCompletion();
    }

    private static void weirOrdered(List<Integer> elements, Sum sum) throws InterruptedException {
        Pipeline.from(elements)
                .mapParallelOrdered("map", AT_ONCE, element -> element)
                .buffer(BUFFER)
                .to("sum", sum::add)
                .buffer(BUFFER)
                .start()
                .awaitCompletion();
    }

    private static void reactorParallel(List<Integer> elements, Sum sum) {
        Flux.fromIterable(elements)
                .flatMap(PipelineBench::mapElsewhere, AT_ONCE)
                .doOnNext(sum::add)
                .blockLast();
    }

    private static void reactorOrdered(List<Integer> elements, Sum sum) {
        Flux.fromIterable(elements)
                .flatMapSequential(PipelineBench::mapElsewhere, AT_ONCE)
                .doOnNext(sum::add)
                .blockLast();
    }

    private static Mono<Integer> mapElsewhere(Integer element) {
        return Mono.fromCallable(() -> element).subscribeOn(Schedulers.parallel());
    }

    @Override
    public List<Goal> goals(Results results) {
        return List.of(
                Goal.atMost(
                        "pipeline, time per element of three stages",
                        new Figure(results.nanos(STAGES, Entry.WEIR), ""),
                        60,
                        Unit.NANOS),
                Goal.atMost(
                        "pipeline, time of three stages beside bare rings",
                        results.worstRatio(List.of(STAGES), Entry.WEIR, BARE),
                        2,
                        Unit.RATIO),
                Goal.atMost(
                        "pipeline, allocation of three stages",
                        results.worstBytes(List.of(STAGES), Entry.WEIR),
                        0.5,
                        Unit.BYTES),
                Goal.atMost(
                        "pipeline, time per element of an ordered parallel map",
                        new Figure(results.nanos(ORDERED, Entry.WEIR), ""),
                        300,
                        Unit.NANOS));
    }
}
