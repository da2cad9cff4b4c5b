package dev.weir.benchmarks;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Sends one element and receives it, on one thread that never waits. */
@State(Scope.Thread)
public class ChannelOps {
    private static final int CAPACITY = 16;

    /** The channel's name in {@link Pipe#boundedOnPlatformThreads}. */
    @Param("")
    public String contender;

    private Integer element = 42;
    private Pipe pipe;

    @Setup
    public void create() {
        pipe = Pipe.boundedOnPlatformThreads().get(contender).apply(CAPACITY);
    }

    @Benchmark
    public Integer sendAndReceive() throws InterruptedException {
        pipe.send(element);
        return pipe.receive();
    }
}
