package dev.weir.pipeline;

import dev.weir.core.internal.Callbacks;
import dev.weir.core.internal.Suppressed;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Why a pipeline has ended, or is about to.
 *
 * <pre>
 *   null (it runs) → completed | aborted | the first failure         by compare-and-set, once
 * </pre>
 *
 * <p>The places of failures are made in advance: to stop a pipeline needs neither memory nor a lock. Each failure has a
 * place to itself, which is published by the compare-and-set if it is the first, and otherwise by the end of the thread
 * that failed, which the end of the pipeline comes after.
 */
final class StopCause {
    private static final Logger LOG = LoggerFactory.getLogger(Pipeline.class);

    private static final class Place {
        @Nullable
        String stage;

        @Nullable
        Object element;

        @Nullable
        Throwable cause;

        final AtomicReference<@Nullable PipelineException> exception = new AtomicReference<>();

        /** Null if nothing has failed here. Runs code of the user, as the exception describes the element. */
        @Nullable
        PipelineException exception() {
            PipelineException known = exception.get();
            if (known != null || stage == null || element == null || cause == null) {
                return known;
            }
            exception.compareAndSet(null, new PipelineException(new StageFailure(stage, element, cause)));
            return exception.get();
        }

        void clear() {
            stage = null;
            element = null;
            cause = null;
        }
    }

    static {
        // A first call needs memory, and there may be none when it is needed.
        StopCause first = new StopCause();
        first.fail("", "", new StackOverflowError());
        first.failAtEnd("", "", new StackOverflowError());
    }

    private final Place completed = new Place();
    private final Place aborted = new Place();

    /** Those of workers and what is closed, in the order in which they came, and the last one for the end. */
    private final Place[] places = new Place[1 + Suppressed.MAX_SHOWN + 1];

    private final AtomicInteger taken = new AtomicInteger();
    private final AtomicReference<@Nullable Place> why = new AtomicReference<>();

    StopCause() {
        for (int i = 0; i < places.length; i++) {
            places[i] = new Place();
        }
    }

    /** Whether it was aborted or has failed. */
    boolean isStopped() {
        Place now = why.get();
        return now != null && now != completed;
    }

    /** False if it has been stopped or completed before. */
    boolean abort() {
        return why.compareAndSet(null, aborted);
    }

    /** Does nothing if it was stopped before. */
    void complete() {
        why.compareAndSet(null, completed);
    }

    /**
     * Keeps a failure. The caller does next what has to be done because of it, and calls {@link #report} after that. If
     * this or what follows throws for want of memory, all of it is to be done again.
     *
     * @return whether this one stops the pipeline
     */
    boolean fail(String stage, Object element, Throwable cause) {
        Place mine = placeOf(element, cause);
        return mine != null && stopBy(mine, stage, element, cause);
    }

    /** The same for the failure that the end itself finds, for which there is always a place. */
    boolean failAtEnd(String stage, Object element, Throwable cause) {
        return stopBy(places[places.length - 1], stage, element, cause);
    }

    private boolean stopBy(Place mine, String stage, Object element, Throwable cause) {
        mine.element = element;
        mine.cause = cause;
        mine.stage = stage;
        if (why.compareAndSet(null, mine) || why.get() == mine) {
            return true;
        }
        if (!isFailure(why.get())) { // there will be no exception to attach it to, and the element need not stay
            mine.clear();
        }
        return false;
    }

    /**
     * The place that a call before has taken for this failure and has not made known, or the next one; null if none.
     */
    private @Nullable Place placeOf(Object element, Throwable cause) {
        int most = places.length - 1;
        int known = Math.min(taken.get(), most);
        for (int i = 0; i < known; i++) {
            if (places[i].cause == cause && places[i].element == element) {
                return places[i];
            }
        }
        int index = known < most ? taken.getAndIncrement() : most;
        return index < most ? places[index] : null;
    }

    private boolean isFailure(@Nullable Place place) {
        return place != null && place != aborted && place != completed;
    }

    /** Describes a failure that was kept, while its element is as it was; logs one that was not. Throws nothing. */
    void report(String stage, Object element, Throwable cause) {
        try {
            for (Place place : places) {
                if (place.cause == cause && place.element == element) {
                    place.exception();
                    return;
                }
            }
            Callbacks.error(
                    LOG,
                    "the pipeline had been stopped already when this happened, too",
                    new PipelineException(new StageFailure(stage, element, cause)));
        } catch (Throwable shortOfMemory) {
            // A failure that was kept is described when somebody asks for it.
        }
    }

    /** Throws what it ended by, unless it has completed; to be called after its end. */
    void throwUnlessCompleted() {
        RuntimeException failure = failure();
        if (failure != null) {
            throw failure;
        }
    }

    /** What it ended by, null if it has completed; to be called after its end. */
    @Nullable
    RuntimeException failure() {
        Place place = why.get();
        if (place == aborted) {
            return new CancellationException("the pipeline was aborted");
        }
        PipelineException failure = place == null ? null : place.exception();
        if (failure == null) {
            return null;
        }
        for (Place other : places) {
            PipelineException also = other.exception();
            if (also != null && also != failure) {
                Suppressed.attachOrLog(failure, also, "the pipeline", LOG); // once, however often this is called
            }
        }
        return failure;
    }
}
