package dev.weir.pipeline;

import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A stage at work. Its workers take from {@code input} and send to the next stage's; the last worker to end closes that.
 * Every element that a worker has taken is counted once more before the worker takes another: as out, skipped,
 * dead-lettered or undelivered.
 */
final class Stage {
    private static final Logger LOG = LoggerFactory.getLogger(Pipeline.class);

    final StageSpec spec;
    final Channel<Object> input;
    private final @Nullable Stage next;
    private final RunningPipeline pipeline;
    private final TimeSource time;
    private final AtomicInteger running;

    private final LongAdder in = new LongAdder();
    private final LongAdder out = new LongAdder();
    private final LongAdder skipped = new LongAdder();
    private final LongAdder deadLettered = new LongAdder();
    private final LongAdder undelivered = new LongAdder();
    private final LongAdder busyNanos = new LongAdder();
    private final LongAdder starvedNanos = new LongAdder();
    private final LongAdder blockedNanos = new LongAdder();
    private final LongAccumulator peakQueued = new LongAccumulator(Math::max, 0);

    Stage(StageSpec spec, @Nullable Stage next, RunningPipeline pipeline, TimeSource time) {
        this.spec = spec;
        this.input = Channel.bounded(spec.buffer(), time);
        this.next = next;
        this.pipeline = pipeline;
        this.time = time;
        this.running = new AtomicInteger(spec.workers());
    }

    /** The body of a worker's thread. */
    void work() {
        try {
            if (spec.batchSize() > 0) {
                batch();
            } else {
                map();
            }
        } catch (InterruptedException | ChannelClosedException stopped) {
            // The pipeline was stopped: whoever stopped it knows why, and this worker's element has been counted.
        } finally {
            if (running.decrementAndGet() == 0 && next != null) {
                next.input.close();
            }
        }
    }

    private void map() throws InterruptedException {
        for (Optional<Object> taken = take(null); taken.isPresent(); taken = take(null)) {
            Object element = taken.get();
            in.increment();
            Object result = apply(element);
            if (result != null) {
                send(result, 1);
            }
        }
    }

    private void batch() throws InterruptedException {
        List<Object> batch = new ArrayList<>();
        long since = 0;
        try {
            while (true) {
                Optional<Object> taken = take(batch.isEmpty() ? null : spec.batchNanos() - (time.nanoTime() - since));
                if (taken.isPresent()) {
                    if (batch.isEmpty()) {
                        since = time.nanoTime();
                    }
                    batch.add(taken.get());
                    in.increment();
                }
                boolean ended = taken.isEmpty() && input.isClosed() && input.size() == 0;
                if (!batch.isEmpty()
                        && (ended
                                || batch.size() == spec.batchSize()
                                || time.nanoTime() - since >= spec.batchNanos())) {
                    List<Object> full = batch;
                    batch = new ArrayList<>();
                    send(full, full.size());
                }
                if (ended) {
                    return;
                }
            }
        } finally {
            undelivered.add(batch.size());
        }
    }

    /** Waits for an element, for so long at most if a time is given; empty after that and at the end. */
    private Optional<Object> take(@Nullable Long nanos) throws InterruptedException {
        peakQueued.accumulate(input.size());
        long start = time.nanoTime();
        try {
            return nanos == null ? input.next() : input.tryReceive(Duration.ofNanos(nanos));
        } catch (ChannelClosedException ended) {
            return Optional.empty();
        } finally {
            starvedNanos.add(time.nanoTime() - start);
        }
    }

    /** The result, or null if the element has been accounted for otherwise. */
    private @Nullable Object apply(Object element) throws InterruptedException {
        long start = time.nanoTime();
        Object result = null;
        Throwable failure = null;
        try {
            result = Objects.requireNonNull(spec.function().apply(element), "the stage's function returned null");
        } catch (Throwable thrown) {
            failure = thrown;
        } finally {
            busyNanos.add(time.nanoTime() - start);
        }
        if (failure == null) {
            Thread.interrupted(); // the function's own affair, unless we are stopped, which take and send find out
            return result;
        }
        handle(element, failure);
        return null;
    }

    private void handle(Object element, Throwable failure) throws InterruptedException {
        if (pipeline.isStopped()) {
            if (!(failure instanceof InterruptedException)) {
                LOG.warn("stage {} failed while the pipeline was being stopped", spec.name(), failure);
            }
            undelivered.increment();
            throw new InterruptedException();
        }
        ErrorPolicy policy = spec.policy();
        Throwable fatal = failure;
        if (!(failure instanceof Error)) {
            if (policy.kind == ErrorPolicy.Kind.SKIP) {
                skipped.increment();
                LOG.debug("stage {} skips {}", spec.name(), element, failure);
                return;
            }
            if (policy.deadLetters != null) {
                try {
                    policy.deadLetters.accept(new StageFailure(spec.name(), element, failure));
                    deadLettered.increment();
                    return;
                } catch (Throwable broken) {
                    broken.addSuppressed(failure);
                    fatal = broken;
                }
            }
        }
        undelivered.increment();
        pipeline.fail(new StageFailure(spec.name(), element, fatal));
        throw new InterruptedException();
    }

    private void send(Object result, int elements) throws InterruptedException {
        if (next == null) {
            out.add(elements);
            return;
        }
        long start = time.nanoTime();
        boolean sent = false;
        try {
            next.input.send(result);
            sent = true;
        } finally {
            blockedNanos.add(time.nanoTime() - start);
            (sent ? out : undelivered).add(elements);
        }
    }

    /** When nobody works any more: what was before this stage will never be taken. */
    void countWhatIsLeft(int left) {
        in.add(left);
        undelivered.add(left);
    }

    StageMetrics metrics() {
        return new StageMetrics(
                spec.name(),
                spec.workers(),
                in.sum(),
                out.sum(),
                skipped.sum(),
                deadLettered.sum(),
                undelivered.sum(),
                input.size(),
                (int) peakQueued.get(),
                Duration.ofNanos(busyNanos.sum()),
                Duration.ofNanos(starvedNanos.sum()),
                Duration.ofNanos(blockedNanos.sum()));
    }
}
