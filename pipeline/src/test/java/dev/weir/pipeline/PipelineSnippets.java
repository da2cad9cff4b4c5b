package dev.weir.pipeline;

import dev.weir.channel.Channel;
import dev.weir.core.ThrowingConsumer;
import dev.weir.core.ThrowingFunction;
import dev.weir.core.pool.WorkerPool;
import dev.weir.core.time.TimeSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CancellationException;
import java.util.function.Function;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/** The code of this package's documentation. */
final class PipelineSnippets {
    private PipelineSnippets() {}

    private static String fetch(String url) {
        return "<title>" + url + "</title>";
    }

    private static int parse(String page) {
        return page.length();
    }

    static List<StageMetrics> pipeline(Iterable<String> urls, List<Integer> store) throws InterruptedException {
        // @start region="pipeline"
        try (RunningPipeline running = Pipeline.from(urls)
                .mapParallel("fetch", 5, url -> fetch(url))
                .mapParallel("parse", 2, page -> parse(page))
                .onPlatformThreads()
                .onError(ErrorPolicy.skip())
                .batch(50, Duration.ofMillis(200))
                .to("store", batch -> store.addAll(batch))
                .start()) {
            running.awaitCompletion();
            System.out.println(running.bottleneck());
            return running.metrics();
        }
        // @end
    }

    static List<String> take(Iterable<String> lines) throws InterruptedException {
        List<String> errors = new ArrayList<>();
        // @start region="take"
        Pipeline.from(lines)
                .filter("errors", line -> line.startsWith("ERROR"))
                .take(10) // and the pipeline has completed
                .to("report", errors::add)
                .start()
                .awaitCompletion();
        // @end
        return errors;
    }

    static void finish(Iterable<String> orders, List<String> store) {
        // @start region="finish"
        RunningPipeline running = Pipeline.from(orders).to("store", store::add).start();
        running.completion().whenComplete((done, failure) -> System.out.println("stored " + store.size()));
        running.finish(); // for instance at a shutdown: reads no more, and stores what was read
        // @end
    }

    static void close(Iterable<String> orders, List<String> store) throws InterruptedException {
        // @start region="close"
        try (RunningPipeline running = Pipeline.from(orders)
                .to("store", store::add)
                .closeTimeout(Duration.ofSeconds(20)) // then what is left is aborted, and that is logged
                .start()) {
            running.awaitCompletion();
        }
        // @end
    }

    static void deadLetter(Iterable<String> urls, Channel<StageFailure> failures, List<Integer> store) {
        // @start region="dead-letter"
        Pipeline.from(urls)
                .map("parse", page -> parse(page))
                .onError(ErrorPolicy.deadLetter(failures::send)) // waits while the channel is full
                .to("store", store::add)
                .start();
        // @end
    }

    /** What is maintained from time to time. */
    interface Database {
        void maintain();
    }

    static void pause(RunningPipeline running, Database database) {
        // @start region="pause"
        running.pause(); // reads no more; what was read comes through
        try {
            database.maintain();
        } finally {
            running.resume();
        }
        // @end
    }

    static void executor(
            Iterable<String> urls, ThrowingFunction<String, String, IOException> fetch, WorkerPool shared) {
        // @start region="executor"
        Pipeline.from(urls)
                .mapParallel("fetch", 8, fetch)
                .on(shared) // a WorkerPool that other parts of the program use, too
                .to("print", System.out::println)
                .start();
        // @end
    }

    // @start region="restart"
    /** What an iterator gives that is opened anew, behind what it has given, a pause after it has failed. */
    record Restarting<T>(LongFunction<Iterator<T>> openBehind, Duration pause, TimeSource time) implements Iterable<T> {
        @Override
        public Iterator<T> iterator() {
            return new Iterator<>() {
                private @Nullable Iterator<T> open;
                private long given;

                @Override
                public boolean hasNext() {
                    while (true) {
                        try {
                            open = open == null ? openBehind.apply(given) : open;
                            return open.hasNext();
                        } catch (UncheckedIOException failed) { // or what else is worth another attempt
                            open = null;
                            rest();
                        }
                    }
                }

                @Override
                public T next() {
                    if (!hasNext()) {
                        throw new NoSuchElementException();
                    }
                    given++;
                    return open.next();
                }
            };
        }

        private void rest() {
            try {
                time.sleep(pause); // or as a backoff says
            } catch (InterruptedException stopped) {
                Thread.currentThread().interrupt();
                throw new CancellationException("stopped between two attempts");
            }
        }
    }

    static <T> Pipeline<T> restart(
            Iterable<String> topics, Function<String, LongFunction<Iterator<T>>> feed, TimeSource time) {
        return Pipeline.from(topics)
                .timeSource(time)
                .flatMap("feed", topic -> new Restarting<>(feed.apply(topic), Duration.ofSeconds(1), time));
    }

    // @end

    static void parallelism(RunningPipeline running, boolean night) {
        // @start region="parallelism"
        running.parallelism("fetch", night ? 32 : 8); // no element is lost or overtakes another
        // @end
    }

    static void weight(Iterable<byte[]> rows, ThrowingConsumer<List<byte[]>, IOException> bulk) {
        // @start region="weight"
        Pipeline.from(rows)
                .batch(1 << 20, row -> row.length, Duration.ofMillis(100)) // at most a mebibyte
                .to("bulk insert", bulk)
                .start();
        // @end
    }

    static void defaults(Iterable<String> urls, Channel<StageFailure> failures, List<Integer> store) {
        // @start region="defaults"
        Pipeline.from(urls)
                .defaults(each -> each.buffer(100).onError(ErrorPolicy.deadLetter(failures::send)))
                .mapParallel("fetch", 5, url -> fetch(url))
                .mapParallel("parse", 2, page -> parse(page))
                .to("store", store::add)
                .onError(ErrorPolicy.failFast())
                .start();
        // @end
    }

    static void branches(Iterable<String> words, List<String> all, List<Integer> lengths) throws InterruptedException {
        // @start region="branches"
        RunningPipeline running = Pipeline.from(words)
                .broadcast()
                .into(
                        each -> each.to("words", all::add),
                        each -> each.balance() // four equal branches, which meet again
                                .through(4, one -> one.map("length", String::length))
                                .to("lengths", lengths::add))
                .start();
        running.awaitCompletion();
        // @end
    }

    /** What a service offers. */
    interface Api {
        String lookup(String key) throws IOException;
    }

    static void carried(Channel<Carried<String>> orders, String order) throws InterruptedException {
        // @start region="carried"
        orders.send(Carried.of(order)); // in the thread of a request, with its trace

        Pipeline.fromCarried(orders)
                .map("check", any -> any.trim()) // logs with that trace
                .to("store", any -> System.out.println(any))
                .start();
        // @end
    }

    // @start region="decorate"
    static <A, R, X extends Exception> ThrowingFunction<A, R, X> retried(
            int times, ThrowingFunction<A, R, X> function) {
        return argument -> {
            for (int attempt = 1; ; attempt++) {
                try {
                    return function.apply(argument);
                } catch (Exception failure) {
                    if (attempt == times || failure instanceof InterruptedException) {
                        throw failure;
                    }
                }
            }
        };
    }

    static void decorate(List<String> keys, Api api, List<String> store) throws InterruptedException {
        Pipeline.from(keys)
                .mapParallel("lookup", 5, retried(3, api::lookup)) // or weir-retry's: retry.decorate(api::lookup)
                .to("store", store::add)
                .start()
                .awaitCompletion();
    }

    // @end

    // @start region="transactional"
    /** Stands for a table: what was inserted shows when it is committed. */
    static final class Table implements TransactionalSink<List<String>> {
        final List<String> committed = new ArrayList<>();
        private final List<String> inserted = new ArrayList<>();

        @Override
        public void begin() {
            inserted.clear();
        }

        @Override
        public void write(List<String> batch) {
            inserted.addAll(batch);
        }

        @Override
        public void commit() {
            committed.addAll(inserted);
        }

        @Override
        public void rollback() {
            inserted.clear();
        }
    }

    static void transactional(List<String> rows, Table table) throws InterruptedException {
        Pipeline.from(rows)
                .batch(100, Duration.ofMillis(50))
                .toTransactional("table", table)
                .start()
                .awaitCompletion();
    }
    // @end
}
