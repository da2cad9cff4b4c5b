package dev.weir.pipeline;

import dev.weir.core.internal.Callbacks;
import dev.weir.core.internal.Threads;
import dev.weir.core.sync.Gate;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
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
    private final Thread thread = Threads.daemon("pipeline-listener", this::run);

    /** Opened when the pipeline has ended, and when the last call is over. */
    private final Gate over;

    private final Gate lastCall;
    private volatile boolean started;

    StageTicker(PipelineRun run, Duration every, TimeSource time, Callbacks.Call call) {
        this.run = run;
        this.every = every;
        this.time = time;
        this.call = call;
        this.over = Gate.closed(time);
        this.lastCall = Gate.closed(time);
    }

    void start() {
        thread.start();
        started = true;
    }

    private void run() {
        try {
            run.enter(); // the thread ends with it
            callUntilTheEnd();
        } catch (Throwable broken) { // a TimeSource, a context carrier, or out of memory
            Callbacks.error(LOG, "a listener of a pipeline is not called before the end any more", broken);
        }
        try {
            awaitEnd();
            call();
        } finally {
            open(lastCall);
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

    /** Waits for the last call, after {@link #end}; makes it if the thread could not be started. */
    void awaitLastCall() {
        if (started) {
            lastCall.awaitUninterruptibly();
        } else if (!lastCall.isOpen()) {
            call();
            lastCall.open();
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
