package dev.weir.pipeline;

import dev.weir.core.internal.Callbacks;
import dev.weir.core.internal.Threads;
import dev.weir.core.sync.Gate;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls a listener at intervals while a pipeline runs, and a last time when it has ended, in one thread. That is a
 * platform thread, so that a stall is noticed although the stalled stage keeps all carriers of virtual threads busy.
 */
final class StageTicker {
    private static final Logger LOG = LoggerFactory.getLogger(Pipeline.class);

    private final PipelineRun run;
    private final Duration every;
    private final Callbacks.Call call;
    private final TimeSource time;
    private final Runnable calls = this::callToTheEnd;
    private final Thread thread = Threads.daemon("pipeline-listener", this::run);

    /** Opened when the pipeline has ended, and when the last call is over. */
    private final Gate over;

    private final Gate lastCall;

    /** Set by the one that makes the last call: a pipeline may end while the thread is being started. */
    private final AtomicBoolean last = new AtomicBoolean();

    private volatile boolean started;

    StageTicker(PipelineRun run, Duration every, TimeSource time, Callbacks.Call call) {
        this.run = run;
        this.every = every;
        this.time = time;
        this.call = call;
        this.over = Gate.closed(time).named("the next call of a pipeline's listener");
        this.lastCall = Gate.closed(time).named("the last call of a pipeline's listener");
    }

    void start() {
        thread.start();
        started = true;
    }

    private void run() {
        try {
            run.runInContext(calls);
        } finally {
            open(lastCall);
        }
    }

    private void callToTheEnd() {
        try {
            callUntilTheEnd();
        } catch (Throwable broken) { // a TimeSource, or out of memory
            Callbacks.error(LOG, "a listener of a pipeline is not called before the end any more", broken);
        }
        awaitEnd();
        if (last.compareAndSet(false, true)) {
            call();
        }
    }

    private void callUntilTheEnd() throws Exception {
        while (true) {
            long before = time.nanoTime();
            if (over.await(every)) {
                return;
            }
            if (Duration.ofNanos(time.nanoTime() - before).compareTo(every) < 0) {
                throw new IllegalStateException("the TimeSource ended a wait of " + every + " early");
            }
            call();
        }
    }

    private void awaitEnd() {
        while (!over.isOpen()) {
            try {
                over.awaitUninterruptibly();
            } catch (Throwable shortOfMemory) {
                Thread.onSpinWait();
            }
        }
    }

    private void call() {
        Callbacks.run(LOG, "a listener of a pipeline", call);
        Thread.interrupted(); // what user code has left behind
    }

    /** The pipeline has ended: makes the last call soon. */
    void end() {
        over.open();
    }

    /** Waits for the last call, after {@link #end}; makes it if the thread is not known to have been started. */
    void awaitLastCall() {
        if (started || !last.compareAndSet(false, true)) {
            lastCall.awaitUninterruptibly();
        } else {
            call();
            open(lastCall);
        }
    }

    /** Opens a gate although memory is short. */
    static void open(Gate gate) {
        while (!gate.isOpen()) {
            try {
                gate.open();
            } catch (Throwable shortOfMemory) {
                Thread.onSpinWait();
            }
        }
    }
}
