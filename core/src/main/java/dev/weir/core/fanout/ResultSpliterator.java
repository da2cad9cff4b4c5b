package dev.weir.core.fanout;

import dev.weir.core.internal.Suppressed;
import java.util.Objects;
import java.util.Spliterator;
import java.util.concurrent.CancellationException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The results of a call as they are pulled; the first pull makes the call, and whatever ends it has joined it. */
final class ResultSpliterator<R extends @Nullable Object> implements Spliterator<R> {
    private final ResultRing<R> ring;
    private final boolean ordered;
    private final boolean scoped;
    private final Supplier<FanOutRun<?, R>> call;

    /** Guards the beginning: a call is either made or closed before it is made. */
    private final ReentrantLock lock = new ReentrantLock();

    private volatile @Nullable FanOutRun<?, R> run;
    private volatile boolean closed;

    /** Whether a pull has thrown a {@link StreamStopped}. */
    private volatile boolean stopWasThrown;

    /**
     * Creates a spliterator.
     *
     * @param ring where the results come
     * @param ordered whether they come in the order of the items
     * @param scoped whether to throw a {@link StreamStopped}, because the caller of the scope throws the reason
     * @param call makes the call
     */
    ResultSpliterator(ResultRing<R> ring, boolean ordered, boolean scoped, Supplier<FanOutRun<?, R>> call) {
        this.ring = ring;
        this.ordered = ordered;
        this.scoped = scoped;
        this.call = call;
    }

    @Override
    public boolean tryAdvance(Consumer<? super R> action) {
        Objects.requireNonNull(action, "action");
        FanOutRun<?, R> started = run;
        if (started == null) {
            started = start();
        }
        Object result = next(started);
        if (result == null) {
            return false;
        }
        action.accept(ring.unwrap(result));
        return true;
    }

    private FanOutRun<?, R> start() {
        FanOutRun<?, R> starting;
        lock.lock();
        try {
            if (closed) {
                throw new CancellationException("the stream was closed");
            }
            starting = call.get();
            run = starting;
        } finally {
            lock.unlock();
        }
        starting.start(false);
        return starting;
    }

    private @Nullable Object next(FanOutRun<?, R> started) {
        while (true) {
            if (Thread.interrupted()) {
                started.callerInterrupted();
            }
            if (started.state.isStopped()) {
                started.await();
                if (scoped) {
                    stopWasThrown = true;
                    throw new StreamStopped(started);
                }
                throw started.failureOfStream();
            }
            boolean over = started.state.isOver(); // before the look: after it no result comes
            Object result = ring.poll(started);
            if (result != null) {
                return result;
            }
            if (over) {
                started.await(); // for nobody works any more, but the timers are to be cancelled
                if (started.state.isStopped()) {
                    continue; // since the look above; so this is not the end of the results
                }
                return null;
            }
            ring.await(started);
        }
    }

    /** Cancels and joins. */
    void close() {
        FanOutRun<?, R> started;
        lock.lock();
        try {
            closed = true;
            started = run;
        } finally {
            lock.unlock();
        }
        if (started == null) {
            return;
        }
        if (started.workers.isCurrentThread()) {
            throw new IllegalStateException("a task cannot close the stream that waits for it");
        }
        started.stop(Stop.satisfied("the stream was closed"));
        if (started.await()) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Throws why the call was stopped, if the taker got a {@link StreamStopped}, whatever the taker has made of that.
     *
     * @param thrown what the taker threw
     */
    <X extends Throwable> void throwIfStopped(@Nullable Throwable thrown) throws X, InterruptedException {
        FanOutRun<?, R> stopped = run;
        if (stopped == null || !stopWasThrown) {
            return;
        }
        try {
            stopped.<X>throwIfFailed(false);
        } catch (Throwable why) {
            if (thrown != null && thrown != why && !(thrown instanceof StreamStopped)) {
                Suppressed.attachOrLog(why, thrown, stopped.settings.name, FanOutRun.LOG);
            }
            throw why;
        }
        if (thrown instanceof StreamStopped end && end.run == stopped) {
            throw new CancellationException("the stream was closed");
        }
    }

    @Override
    public @Nullable Spliterator<R> trySplit() {
        return null;
    }

    @Override
    public long estimateSize() {
        return Long.MAX_VALUE;
    }

    @Override
    public int characteristics() {
        return ordered ? ORDERED : 0;
    }
}
