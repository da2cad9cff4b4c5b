package dev.weir.pipeline;

import dev.weir.core.ThrowingConsumer;
import dev.weir.core.ThrowingFunction;
import java.util.Objects;

/**
 * What a stage is to do. Stages are joined by their types where they are declared, and forget them here.
 *
 * @param function from an element to its result; for a sink the result is of no interest
 * @param batchSize 0 for a stage that does not batch
 */
record StageSpec(
        String name,
        int workers,
        ThrowingFunction<Object, ?, ?> function,
        int batchSize,
        long batchNanos,
        int buffer,
        ErrorPolicy policy,
        boolean platform) {
    StageSpec {
        Objects.requireNonNull(name, "name");
    }

    @SuppressWarnings("unchecked") // the stage before gives what this one takes
    static <A> StageSpec mapping(String name, int workers, ThrowingFunction<A, ?, ?> function, int buffer) {
        Objects.requireNonNull(function, "function");
        return new StageSpec(
                name, workers, (ThrowingFunction<Object, ?, ?>) function, 0, 0, buffer, ErrorPolicy.failFast(), false);
    }

    static StageSpec batching(int size, long nanos, int buffer) {
        ThrowingFunction<Object, Object, RuntimeException> same = element -> element;
        return new StageSpec("batch", 1, same, size, nanos, buffer, ErrorPolicy.failFast(), false);
    }

    static <A> StageSpec sink(String name, ThrowingConsumer<A, ?> sink, int buffer) {
        Objects.requireNonNull(sink, "sink");
        ThrowingFunction<A, Boolean, Throwable> function = element -> {
            sink.accept(element);
            return true;
        };
        return mapping(name, 1, function, buffer);
    }

    StageSpec withBuffer(int capacity) {
        return new StageSpec(name, workers, function, batchSize, batchNanos, capacity, policy, platform);
    }

    StageSpec withPolicy(ErrorPolicy changed) {
        return new StageSpec(name, workers, function, batchSize, batchNanos, buffer, changed, platform);
    }

    StageSpec withPlatformThreads() {
        return new StageSpec(name, workers, function, batchSize, batchNanos, buffer, policy, true);
    }
}
