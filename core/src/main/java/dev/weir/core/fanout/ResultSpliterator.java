package dev.weir.core.fanout;

import dev.weir.core.ThrowingFunction;
import dev.weir.core.internal.Abandoned;
import dev.weir.core.internal.Interrupts;
import dev.weir.core.internal.Suppressed;
import dev.weir.core.internal.wait.PromptLock;
import java.lang.ref.Reference;
import java.util.Objects;
import java.util.Spliterator;
import java.util.concurrent.CancellationException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** The results of a call as they are pulled; the first pull makes the call, and whatever ends it has joined it. */
final class ResultSpliterator<E extends @Nullable Object> implements Spliterator<E> {
    private final ResultRing<?, E> ring;
    private final boolean scoped;
    private final Supplier<? extends FanOutRun<?, ?>> call;

    /** Guards the beginning: a call is either made or closed before it is made. */
    private final PromptLock lock = new PromptLock();

    private volatile @Nullable FanOutRun<?, ?> run;
    private volatile boolean closed;

    /** Whether a pull has thrown a {@link StreamStopped}. */
    private volatile boolean stopWasThrown;

    /**
     * Creates a spliterator.
     *
     * @param ring where the results come
     * @param scoped whether to throw a {@link StreamStopped}, because the caller of the scope throws the reason
     * @param call makes the call
     */
    ResultSpliterator(ResultRing<?, E> ring, boolean scoped, Supplier<? extends FanOutRun<?, ?>> call) {
        this.ring = ring;
        this.scoped = scoped;
        this.call = call;
    }

    /** A stream that throws nothing checked, and is to be closed. */
    static <E extends @Nullable Object> Stream<E> open(
            ResultRing<?, E> ring, Supplier<? extends FanOutRun<?, ?>> call) {
        ResultSpliterator<E> results = new ResultSpliterator<>(ring, false, call);
        return StreamSupport.stream(results, false).onClose(results::close);
    }

    /** Lets the taker take, and then cancels and joins what still runs. */
    static <E extends @Nullable Object, A extends @Nullable Object, X extends Throwable, Y extends Throwable> A take(
            ResultRing<?, E> ring,
            Supplier<? extends FanOutRun<?, ?>> call,
            ThrowingFunction<? super Stream<E>, A, Y> taker)
            throws X, Y, InterruptedException {
        Objects.requireNonNull(taker, "taker");
        Interrupts.throwIfInterrupted();
        ResultSpliterator<E> results = new ResultSpliterator<>(ring, true, call);
        A taken;
        try (Stream<E> stream = StreamSupport.stream(results, false).onClose(results::close)) {
            taken = taker.apply(stream);
        } catch (Throwable thrown) {
            results.<X>throwIfStopped(thrown);
            throw thrown;
        }
        results.<X>throwIfStopped(null); // the taker may have caught it
        return taken;
    }

    @Override
    public boolean tryAdvance(Consumer<? super E> action) {
        Objects.requireNonNull(action, "action");
        FanOutRun<?, ?> started = run;
        if (started == null) {
            started = start();
        }
        try {
            Object result = next(started);
            if (result == null) {
                return false;
            }
            action.accept(ring.unwrap(result));
            return true;
        } finally {
            Reference.reachabilityFence(this); // it is not abandoned meanwhile
        }
    }

    private FanOutRun<?, ?> start() {
        requireOpen();
        FanOutRun<?, ?> starting = call.get(); // asks the user's source for its iterator, so without the lock
        if (!scoped) {
            // Otherwise its workers would wait for ever for room, and those of an executor would be lost to it.
            Abandoned.watch(this, starting::abandoned);
        }
        if (!publish(starting)) { // closed meanwhile; the call has not begun, and never does
            starting.stop(Stop.satisfied("the stream was closed"));
        }
        requireOpen();
        starting.start(false);
        return starting;
    }

    private boolean publish(FanOutRun<?, ?> starting) {
        lock.lock();
        try {
            run = closed ? null : starting;
            return run != null;
        } finally {
            lock.unlock();
        }
    }

    private void requireOpen() {
        if (closed && run == null) {
            throw new CancellationException("the stream was closed");
        }
    }

    private @Nullable Object next(FanOutRun<?, ?> started) {
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
                started.releaseResults();
                throw started.end.failureOfStream();
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
        FanOutRun<?, ?> started;
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
        boolean interrupted = started.await();
        started.releaseResults();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Throws why the call was stopped, if the taker got a {@link StreamStopped}, whatever the taker has made of that.
     *
     * @param thrown what the taker threw
     */
    <X extends Throwable> void throwIfStopped(@Nullable Throwable thrown) throws X, InterruptedException {
        FanOutRun<?, ?> stopped = run;
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
    public @Nullable Spliterator<E> trySplit() {
        return null;
    }

    @Override
    public long estimateSize() {
        return Long.MAX_VALUE;
    }

    @Override
    public int characteristics() {
        return ring.ordered ? ORDERED : 0;
    }
}
