package dev.weir.benchmarks;

import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Applies a function that does nothing to all items of a list. */
@State(Scope.Benchmark)
public class FanOutOps {
    private static final Function<Integer, Integer> NOTHING = item -> item;

    /** Its name in {@link FanOuts#computing}. */
    @Param("")
    public String contender;

    /** How many at once. */
    @Param("1")
    public int atOnce;

    /** How many items. */
    @Param("1")
    public int count;

    private ExecutorService pool;
    private FanOuts.Way way;
    private List<Integer> items;

    @Setup
    public void create() throws Exception {
        pool = Executors.newFixedThreadPool(atOnce);
        way = FanOuts.computing(pool).get(contender);
        items = IntStream.range(0, count).boxed().toList();
        if (!noOp().equals(items)) {
            throw new IllegalStateException("the results are not those of the items");
        }
    }

    @TearDown
    public void close() {
        pool.shutdownNow();
    }

    @Benchmark
    public List<Integer> noOp() throws Exception {
        return way.map(items, atOnce, NOTHING);
    }
}
