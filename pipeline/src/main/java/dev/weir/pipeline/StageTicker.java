package dev.weir.pipeline;

import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls a listener now and then while a pipeline runs, and a last time when it has ended; never two at once.
 *
 * <pre>
 *   IDLE ⇄ CALLING       a tick
 *   IDLE → ENDED         the end, which then makes the last call itself
 *   CALLING → ENDED      the end during a tick, which then makes the last call
 * </pre>
 */
final class StageTicker {
    private static final Logger LOG = LoggerFactory.getLogger(Pipeline.class);

    private enum State {
        IDLE,
        CALLING,
        ENDED
    }

    private final Duration every;
    private final Runnable call;
    private final TimeSource time;
    private final CountDownLatch lastCall = new CountDownLatch(1);
    private final AtomicReference<State> state = new AtomicReference<>(State.IDLE);
    private volatile TimeSource.ScheduledTask next = () -> false;

    StageTicker(Duration every, TimeSource time, Runnable call) {
        this.every = every;
        this.time = time;
        this.call = call;
    }

    void start() {
        if (state.get() != State.ENDED) {
            next = time.schedule(this::tick, every);
        }
        if (state.get() == State.ENDED) {
            cancel();
        }
    }

    private void tick() {
        if (!state.compareAndSet(State.IDLE, State.CALLING)) {
            return;
        }
        call();
        if (state.compareAndSet(State.CALLING, State.IDLE)) {
            start();
        } else {
            callLast();
        }
    }

    void end() {
        if (state.getAndSet(State.ENDED) == State.IDLE) {
            cancel();
            callLast();
        }
    }

    private void cancel() {
        try {
            next.cancel();
        } catch (Throwable failure) { // the end must be told all the same
            LOG.error("a tick of a pipeline could not be cancelled", failure);
        }
    }

    private void callLast() {
        try {
            call();
        } finally {
            lastCall.countDown();
        }
    }

    /** After {@link #end}. */
    void awaitLastCall() {
        boolean interrupted = false;
        while (true) {
            try {
                lastCall.await();
                break;
            } catch (InterruptedException later) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void call() {
        try {
            call.run();
        } catch (Throwable failure) {
            LOG.error("a listener of a pipeline failed", failure);
        }
    }
}
