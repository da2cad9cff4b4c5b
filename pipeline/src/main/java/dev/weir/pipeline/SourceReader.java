package dev.weir.pipeline;

import dev.weir.core.time.TimeSource;
import java.util.Iterator;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads a source, in one thread. When the pipeline is drained, this thread is interrupted only while it waits for the
 * source: an element that it has in hand is still sent.
 *
 * <pre>
 *   IDLE ⇄ READING                          the reader, before and after each element
 *   IDLE → STOPPED                          stop
 *   READING → INTERRUPTING → STOPPED        stop, around its interrupt, which the reader waits for and clears
 * </pre>
 */
final class SourceReader extends Stage {
    private static final Logger LOG = LoggerFactory.getLogger(Pipeline.class);

    /** So many causes of a failure are looked at; they may go in a circle. */
    private static final int DEPTH = 10;

    private enum State {
        IDLE,
        READING,
        INTERRUPTING,
        STOPPED
    }

    private final Iterable<?> source;
    private final @Nullable LowWatermark watermark;
    private final AtomicReference<State> state = new AtomicReference<>(State.IDLE);
    private volatile Thread reader = Thread.currentThread();

    SourceReader(StageSpec spec, RunningPipeline pipeline, TimeSource time) {
        super(spec, null, pipeline, time);
        this.source = Objects.requireNonNull(spec.elements);
        Consumer<Object> acknowledge = spec.acknowledge;
        this.watermark = acknowledge == null ? null : new LowWatermark(element -> tell(acknowledge, element));
    }

    @Override
    void run(WorkerStats worker) throws InterruptedException {
        reader = Thread.currentThread();
        Iterator<?> elements = null;
        while (state.compareAndSet(State.IDLE, State.READING)) {
            Object element = null;
            try {
                if (elements == null) {
                    elements = source.iterator();
                }
                if (elements.hasNext()) {
                    element = Objects.requireNonNull(elements.next(), "the source's element is null");
                    worker.add(WorkerStats.IN, 1);
                }
            } catch (Throwable failure) {
                failed(failure);
            } finally {
                endReading();
            }
            if (element == null) {
                return;
            }
            emit(0, watermark == null ? element : new AckToken.Owed(element, watermark.begin(element)), worker);
            worker.add(WorkerStats.OUT, 1);
        }
    }

    private void endReading() {
        if (!state.compareAndSet(State.READING, State.IDLE)) {
            while (state.get() != State.STOPPED) {
                Thread.onSpinWait(); // it is about to interrupt us, and then no more
            }
        }
        Thread.interrupted(); // it was for the reading, unless the pipeline was stopped, which the link tells
    }

    /** An iterator that is interrupted because it waits has to throw something. */
    private void failed(Throwable failure) {
        State now = state.get();
        boolean stopping = now == State.INTERRUPTING || now == State.STOPPED || pipeline.isStopped();
        if (stopping && (Thread.currentThread().isInterrupted() || isInterrupt(failure))) {
            LOG.debug("the source {} ended when it was told to stop", spec.name, failure);
        } else {
            pipeline.fail(new StageFailure(spec.name, "its next element", failure));
        }
    }

    /** Many wrap the exception, as an iterator must not throw it, and leave the status cleared. */
    private static boolean isInterrupt(Throwable failure) {
        Throwable cause = failure;
        for (int depth = 0; cause != null && depth < DEPTH; depth++) {
            if (cause instanceof InterruptedException || cause instanceof CancellationException) {
                return true;
            }
            cause = cause.getCause();
        }
        return false;
    }

    private void tell(Consumer<Object> acknowledge, Object element) {
        try {
            acknowledge.accept(element);
            clearInterrupt();
        } catch (Throwable failure) {
            pipeline.fail(new StageFailure(spec.name, element, failure));
        }
    }

    /** Reads no more. */
    void stop() {
        while (true) {
            switch (state.get()) {
                case IDLE -> {
                    if (state.compareAndSet(State.IDLE, State.STOPPED)) {
                        return;
                    }
                }
                case READING -> {
                    if (state.compareAndSet(State.READING, State.INTERRUPTING)) {
                        reader.interrupt();
                        state.set(State.STOPPED);
                        return;
                    }
                }
                case INTERRUPTING, STOPPED -> {
                    return;
                }
            }
        }
    }
}
