package dev.weir.benchmarks;

import dev.weir.core.fanout.FanOut;
import dev.weir.core.fanout.LongRange;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Adds up what is computed of each number of a range, on all processors: some nanoseconds of work for a number. */
@State(Scope.Benchmark)
public class FanOutSums {
    static final String PARALLEL_STREAM = "LongStream.parallel";

    /** Ranges for each processor. */
    private static final int PIECES = 16;

    @FunctionalInterface
    private interface Way {
        long sum(long count) throws Exception;
    }

    private static final Map<String, Way> WAYS = ways();

    /** Its name in {@link #names}. */
    @Param("")
    public String contender;

    /** How many numbers. */
    @Param("1")
    public int count;

    private Way way;

    static Set<String> names() {
        return WAYS.keySet();
    }

    private static Map<String, Way> ways() {
        Map<String, Way> ways = new LinkedHashMap<>();
        ways.put(
                Entry.WEIR,
                count -> FanOut.overRange(0, count)
                        .chunked(Math.max(
                                1, count / (PIECES * Runtime.getRuntime().availableProcessors())))
                        .reduce(0L, FanOutSums::sum, Long::sum));
        ways.put(
                PARALLEL_STREAM,
                count -> LongStream.range(0, count)
                        .parallel()
                        .map(FanOutSums::of)
                        .sum());
        ways.put("one thread", count -> sum(new LongRange(0, count)));
        return ways;
    }

    private static long sum(LongRange numbers) {
        long sum = 0;
        for (long number = numbers.from(); number < numbers.to(); number++) {
            sum += of(number);
        }
        return sum;
    }

    /** One step of SplittableRandom's mixing, which the compiler cannot replace by a formula of the range. */
    private static long of(long number) {
        long mixed = (number ^ (number >>> 30)) * 0xbf58476d1ce4e5b9L;
        return (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
    }

    @Setup
    public void choose() throws Exception {
        way = WAYS.get(contender);
        if (sum() != sum(new LongRange(0, count))) {
            throw new IllegalStateException("not the sum");
        }
    }

    @Benchmark
    public long sum() throws Exception {
        return way.sum(count);
    }
}
