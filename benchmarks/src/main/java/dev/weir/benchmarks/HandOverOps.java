package dev.weir.benchmarks;

import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** The least that a round trip between two threads needs which wait without burning a processor. */
@State(Scope.Benchmark)
public class HandOverOps {
    private volatile @Nullable Thread caller;
    private volatile boolean over;
    private Thread worker = Thread.currentThread();

    /** With the operations: their thread is the one that is woken. */
    @Setup(Level.Trial)
    public void start() {
        worker = Thread.ofPlatform().daemon().start(this::work);
    }

    @TearDown
    public void end() {
        over = true;
        LockSupport.unpark(worker);
    }

    private void work() {
        while (!over) {
            Thread waiting = caller;
            if (waiting == null) {
                LockSupport.park(this);
            } else {
                caller = null;
                LockSupport.unpark(waiting);
            }
        }
    }

    @Benchmark
    public void thereAndBack() {
        caller = Thread.currentThread();
        LockSupport.unpark(worker);
        while (caller != null) {
            LockSupport.park(this);
        }
    }
}
