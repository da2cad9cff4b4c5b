package dev.weir.pipeline;

import dev.weir.core.ThrowingConsumer;
import dev.weir.core.internal.Callbacks;
import dev.weir.core.internal.InterruptGuard;
import dev.weir.core.internal.Interrupts;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.Iterator;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads a source, in one thread. When the pipeline is drained, this thread is interrupted only while it waits for the
 * source: an element that it has in hand is still sent. A stream pushes its elements, as a stream that is pulled may
 * read ahead without end (JDK-8196106).
 *
 * <p>Each read is a section of the guard. Its begin is volatile and comes before the look at {@link #stopped}, which is
 * set before the section is interrupted: either the reader sees that it is stopped, or it is interrupted.
 */
final class SourceReader extends Stage {
    private static final Logger LOG = LoggerFactory.getLogger(Pipeline.class);

    /** How long a stopped source may be read on before it is closed. */
    private static final Duration CLOSE_AFTER = Duration.ofSeconds(1);

    /** Thrown through a stream's own code to end it. Never leaves this class. */
    private static final class StopReading extends RuntimeException {
        private static final long serialVersionUID = 1;

        StopReading() {
            super(null, null, true, false);
        }
    }

    private final @Nullable LowWatermark watermark;
    private final InterruptGuard reading = new InterruptGuard();
    private volatile boolean stopped;

    SourceReader(StageSpec spec, String name, PipelineRun pipeline, TimeSource time) {
        super(spec, name, null, pipeline, time);
        ThrowingConsumer<Object, ?> acknowledge = spec.acknowledge;
        this.watermark = acknowledge == null
                ? null
                : new LowWatermark(time, (element, worker) -> acknowledge(acknowledge, element, worker));
    }

    @Override
    void run(StageWorker worker) throws InterruptedException {
        if (spec.stream != null) {
            readStream(spec.stream, worker);
        } else {
            readIterable(Objects.requireNonNull(spec.elements), worker);
        }
    }

    private void readIterable(Iterable<?> source, StageWorker worker) throws InterruptedException {
        Iterator<?> elements = null;
        while (beginReading(worker)) {
            Object element = null;
            try {
                if (elements == null) {
                    elements = source.iterator();
                }
                if (elements.hasNext()) {
                    element = notNull(elements.next());
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
            pass(element, worker);
        }
    }

    private void readStream(Stream<?> source, StageWorker worker) throws InterruptedException {
        if (!beginReading(worker)) {
            return;
        }
        @Nullable Throwable[] failedToPass = new Throwable[1];
        try {
            source.sequential().forEachOrdered(element -> {
                notNull(element);
                worker.add(WorkerStats.IN, 1);
                endReading();
                try {
                    pass(element, worker);
                } catch (Throwable failure) {
                    failedToPass[0] = failure;
                }
                if (failedToPass[0] != null || !beginReading(worker)) {
                    throw new StopReading();
                }
            });
        } catch (Throwable failure) {
            if (failedToPass[0] instanceof InterruptedException interrupt) {
                throw interrupt;
            }
            if (failedToPass[0] != null) {
                pipeline.fail(name, "an element that was under way", failedToPass[0]);
            } else if (reading.current() != InterruptGuard.NONE) {
                failed(failure);
            } else { // our own; what was closed on its way may have failed
                for (Throwable broken : failure.getSuppressed()) {
                    pipeline.fail(name, "its close", broken);
                }
            }
        } finally {
            if (reading.current() != InterruptGuard.NONE) {
                endReading();
            }
        }
    }

    private static Object notNull(@Nullable Object element) {
        return Objects.requireNonNull(element, "the source's element is null");
    }

    private void pass(Object element, StageWorker worker) throws InterruptedException {
        emit(0, watermark == null && !spec.carried ? element : item(element), worker);
        worker.add(WorkerStats.OUT, 1);
    }

    private Object item(Object element) {
        Carried<?> carried = spec.carried ? (Carried<?>) element : null;
        Object value = carried == null ? element : carried.value();
        return new AckToken.Acked(
                value, watermark == null ? null : watermark.begin(value), carried == null ? null : carried.context);
    }

    private boolean beginReading(StageWorker worker) {
        reading.begin();
        if (stopped || !isResumed(worker)) {
            endReading();
            return false;
        }
        return true;
    }

    /** Waits while the pipeline is paused, within the section, as for the source. False if the reader is to end. */
    private boolean isResumed(StageWorker worker) {
        if (pipeline.resumed.isOpen()) {
            return true;
        }
        worker.waits(WorkerStats.BLOCKED);
        try {
            while (!stopped && !pipeline.isStopped()) {
                try {
                    pipeline.resumed.await();
                    return true;
                } catch (InterruptedException stop) {
                    // looks whether it is to stop
                }
            }
            return false;
        } finally {
            worker.goesOn();
        }
    }

    private void endReading() {
        reading.end();
        Thread.interrupted(); // it was for the reading, unless the pipeline was stopped, which the buffer knows
    }

    /** An iterator that is interrupted because it waits has to throw something. Called within the section. */
    private void failed(Throwable failure) {
        boolean drained = reading.isInterrupted();
        boolean interrupted = drained || pipeline.isStopped();
        boolean known = interrupted && (Thread.currentThread().isInterrupted() || Interrupts.isEffectOf(true, failure));
        if (failure instanceof Error || !(known || drained)) {
            pipeline.fail(name, "its next element", failure);
        } else if (!known) {
            Callbacks.error(LOG, "the source {} ended by a failure when it was interrupted to stop", name, failure);
        }
    }

    private void acknowledge(ThrowingConsumer<Object, ?> listener, Object element, StageWorker worker) {
        try {
            worker.shielded(() -> listener.accept(element));
        } catch (Throwable failure) {
            pipeline.fail(name, element, failure);
        }
    }

    @Override
    void finish() {
        super.finish();
        stop();
    }

    @Override
    long unacknowledged() {
        return watermark == null ? 0 : watermark.open();
    }

    @Override
    Duration unacknowledgedFor() {
        return watermark == null ? Duration.ZERO : watermark.age();
    }

    /** Reads no more. */
    void stop() {
        stopped = true; // before the interrupt
        reading.interrupt();
        closeIfStuck();
    }

    /** Closes the source if the read that goes on now does not end soon. */
    void closeIfStuck() {
        long ticket = reading.current();
        Object resource = spec.resource;
        if (ticket != InterruptGuard.NONE && resource instanceof AutoCloseable) {
            Runnable look = () -> {
                if (reading.current() == ticket) {
                    pipeline.closeEarly(resource);
                }
            };
            Callbacks.run(LOG, "a TimeSource", () -> time.schedule(look, CLOSE_AFTER));
        }
    }
}
