package dev.weir.pipeline;

import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.Iterator;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads a pipeline's source, in one thread. When the pipeline is drained, this thread is interrupted only while it
 * waits for the source: an element that it has in hand is still sent.
 */
final class SourceReader {
    private static final Logger LOG = LoggerFactory.getLogger(Pipeline.class);

    private final Iterable<?> source;
    private final Channel<Object> first;
    private final RunningPipeline pipeline;
    private final TimeSource time;
    private final LongAdder read = new LongAdder();
    private final LongAdder sent = new LongAdder();
    private final LongAdder busyNanos = new LongAdder();
    private final LongAdder blockedNanos = new LongAdder();

    private final ReentrantLock lock = new ReentrantLock();

    // Guarded by the lock.
    private Thread reader = Thread.currentThread();
    private boolean reading;
    private boolean stopping;

    SourceReader(Iterable<?> source, Channel<Object> first, RunningPipeline pipeline, TimeSource time) {
        this.source = source;
        this.first = first;
        this.pipeline = pipeline;
        this.time = time;
    }

    /** The body of the source's thread. */
    void read() {
        try {
            Iterator<?> elements = source.iterator();
            while (beginReading()) {
                Object element = null;
                long start = time.nanoTime();
                try {
                    if (elements.hasNext()) {
                        element = Objects.requireNonNull(elements.next(), "the source's element");
                        read.increment();
                    }
                } finally {
                    busyNanos.add(time.nanoTime() - start);
                    endReading();
                }
                if (element == null) {
                    return;
                }
                send(element);
            }
        } catch (InterruptedException | ChannelClosedException stopped) {
            // The pipeline was stopped; what was read and not sent shows in the account.
            failUnlessStopped(stopped);
        } catch (Throwable failure) {
            failUnlessStopped(failure);
        } finally {
            first.close();
        }
    }

    private void send(Object element) throws InterruptedException {
        long start = time.nanoTime();
        try {
            first.send(element);
            sent.increment();
        } finally {
            blockedNanos.add(time.nanoTime() - start);
        }
    }

    private boolean beginReading() {
        lock.lock();
        try {
            reader = Thread.currentThread();
            reading = !stopping;
            return reading;
        } finally {
            lock.unlock();
        }
    }

    private void endReading() {
        lock.lock();
        try {
            reading = false;
            if (stopping && !pipeline.isStopped()) {
                Thread.interrupted(); // the interrupt was for the reading
            }
        } finally {
            lock.unlock();
        }
    }

    private void failUnlessStopped(Throwable failure) {
        lock.lock();
        try {
            if (stopping) {
                return;
            }
        } finally {
            lock.unlock();
        }
        if (!pipeline.isStopped()) {
            pipeline.fail(new StageFailure("source", "its next element", failure));
        }
    }

    /** Reads no more. */
    void stop() {
        lock.lock();
        try {
            stopping = true;
            if (reading) {
                reader.interrupt();
            }
        } finally {
            lock.unlock();
        }
    }

    void close() {
        if (source instanceof AutoCloseable closeable) {
            try {
                closeable.close();
            } catch (Exception failure) {
                LOG.error("the source of a pipeline could not be closed", failure);
            }
        }
    }

    StageMetrics metrics() {
        long in = read.sum();
        long out = sent.sum();
        return new StageMetrics(
                "source",
                1,
                in,
                out,
                0,
                0,
                Math.max(0, in - out),
                0,
                0,
                Duration.ofNanos(busyNanos.sum()),
                Duration.ZERO,
                Duration.ofNanos(blockedNanos.sum()));
    }
}
