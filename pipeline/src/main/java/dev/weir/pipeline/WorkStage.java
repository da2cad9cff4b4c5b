package dev.weir.pipeline;

import dev.weir.core.ThrowingFunction;
import dev.weir.core.scope.Timeouts;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A stage that does something with each element by itself. Its {@link StageOrder} says which worker gets which, when. */
final class WorkStage extends Stage {
    private static final Logger LOG = LoggerFactory.getLogger(Pipeline.class);

    /** The outcome of an element of which nothing is to be passed on, and which is accounted for. */
    static final Object NOTHING = new Object();

    private final ThrowingFunction<Object, @Nullable Object, ?> function;
    private final StageOrder order;

    /** Where its worker waits for room in any of the branches, if it balances. */
    private final StageWaiters forRoomOfAny;

    WorkStage(StageSpec spec, StageBuffer input, StageWaiters forRoomOfAny, RunningPipeline pipeline, TimeSource time) {
        super(spec, input, pipeline, time);
        this.forRoomOfAny = forRoomOfAny;
        Duration timeout = spec.timeout;
        this.function = timeout == null
                ? spec.function
                : element -> Timeouts.call(timeout, time, () -> spec.function.apply(element));
        this.order = switch (spec.order) {
            case AS_DONE -> new StageOrder.AsDone(this, input);
            case AS_COME -> new StageOrder.AsCome(this, input);
            case BY_KEY -> new StageOrder.ByKey(this, input);
        };
    }

    @Override
    void run(WorkerStats worker) throws InterruptedException {
        for (Object item = order.take(worker); item != null; item = order.take(worker)) {
            order.finish(worker, outcome(worker, item));
            clearInterrupt();
        }
    }

    private Object outcome(WorkerStats worker, Object item) throws InterruptedException {
        AckToken receipt = item instanceof AckToken.Owed owed ? owed.receipt() : null;
        Object element = elementOf(item);
        Object result;
        try {
            result = function.apply(element);
            clearInterrupt();
            if (spec.kind == StageSpec.Kind.FLAT_MAP) {
                emitAll((Iterable<?>) notNull(result), receipt, worker);
                worker.add(WorkerStats.OUT, 1);
                result = null;
            } else if (spec.kind == StageSpec.Kind.FILTER) {
                if (result == null) {
                    worker.add(WorkerStats.SKIPPED, 1);
                }
            } else {
                notNull(result);
            }
        } catch (Throwable failure) {
            failed(worker, item, failure);
            clearInterrupt(); // before it passes on what others have done
            return NOTHING;
        }
        if (result == null) {
            pay(receipt);
            return NOTHING;
        }
        if (spec.kind == StageSpec.Kind.PARTITION) {
            worker.outlet = Math.floorMod(result.hashCode(), spec.outlets);
        }
        return spec.splits() ? item : receipt == null ? result : new AckToken.Owed(result, receipt);
    }

    static Object elementOf(Object item) {
        return item instanceof AckToken.Owed owed ? owed.element() : item;
    }

    private static Object notNull(@Nullable Object result) {
        return Objects.requireNonNull(result, "the stage's function returned null");
    }

    private void emitAll(Iterable<?> results, @Nullable AckToken receipt, WorkerStats worker)
            throws InterruptedException {
        for (Object result : results) {
            notNull(result);
            clearInterrupt();
            if (receipt != null) {
                receipt.share(1);
            }
            emit(0, receipt == null ? result : new AckToken.Owed(result, receipt), worker);
        }
    }

    private static void pay(@Nullable AckToken receipt) {
        if (receipt != null) {
            receipt.pay();
        }
    }

    /** Passes an outcome on, and accounts for its element. */
    void deliver(WorkerStats worker, Object outcome) throws InterruptedException {
        if (outcome == NOTHING) {
            return;
        }
        switch (spec.kind) {
            case SINK -> {
                if (outcome instanceof AckToken.Owed owed) {
                    owed.receipt().pay();
                }
            }
            case BROADCAST -> {
                if (outcome instanceof AckToken.Owed owed) {
                    owed.receipt().share(outlets.size() - 1);
                }
                for (int outlet = 0; outlet < outlets.size(); outlet++) {
                    emit(outlet, outcome, worker);
                }
            }
            case PARTITION -> emit(worker.outlet, outcome, worker);
            case BALANCE -> balance(outcome, worker);
            default -> emit(0, outcome, worker);
        }
        worker.add(WorkerStats.OUT, 1);
    }

    /** To the branch with the fewest before it, or the first that has room again. */
    private void balance(Object outcome, WorkerStats worker) throws InterruptedException {
        while (true) {
            StageBuffer emptiest = null;
            for (StageBuffer outlet : outlets) {
                // One that is full has perhaps fewer before it than another that is not, as their buffers differ.
                if (outlet.hasRoom() && (emptiest == null || outlet.size() < emptiest.size())) {
                    emptiest = outlet;
                }
            }
            if (emptiest != null && emptiest.trySend(outcome)) {
                worker.add(WorkerStats.EMITTED, 1);
                return;
            }
            worker.waits(WorkerStats.BLOCKED);
            try {
                forRoomOfAny.await(() -> outlets.stream().anyMatch(StageBuffer::hasRoom));
            } finally {
                worker.goesOn();
            }
        }
    }

    /**
     * Does what the policy says. Returns if the pipeline goes on.
     *
     * @throws InterruptedException if it does not
     */
    void failed(WorkerStats worker, Object item, Throwable failure) throws InterruptedException {
        if (pipeline.isStopped()) {
            if (!(failure instanceof InterruptedException)) {
                pipeline.fail(new StageFailure(spec.name, elementOf(item), failure));
            }
            throw new InterruptedException();
        }
        clearInterrupt();
        Object element = elementOf(item);
        ErrorPolicy policy = spec.policy;
        Throwable fatal = failure;
        if (!(failure instanceof Error)) {
            if (policy.kind == ErrorPolicy.Kind.SKIP) {
                worker.add(WorkerStats.SKIPPED, 1);
                LOG.debug("stage {} skips {}", spec.name, element, failure);
                pay(item instanceof AckToken.Owed owed ? owed.receipt() : null);
                return;
            }
            if (policy.deadLetters != null) {
                try {
                    policy.deadLetters.accept(new StageFailure(spec.name, element, failure));
                    worker.add(WorkerStats.DEAD_LETTERED, 1);
                    pay(item instanceof AckToken.Owed owed ? owed.receipt() : null);
                    return;
                } catch (Throwable broken) {
                    if (broken != failure) {
                        broken.addSuppressed(failure);
                    }
                    fatal = broken;
                }
            }
        }
        pipeline.fail(new StageFailure(spec.name, element, fatal));
        throw new InterruptedException();
    }
}
