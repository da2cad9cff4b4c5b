package dev.weir.pipeline;

import dev.weir.core.ThrowingConsumer;
import dev.weir.core.ThrowingFunction;
import dev.weir.core.internal.Callbacks;
import dev.weir.core.internal.Suppressed;
import dev.weir.core.time.TimeSource;
import dev.weir.pipeline.AckToken.Acked;
import java.util.Collection;
import java.util.Iterator;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A stage that does something with each element by itself. Its {@link StageOrder} says which worker gets which, when.
 */
final class WorkStage extends Stage {
    private static final Logger LOG = LoggerFactory.getLogger(Pipeline.class);

    /** The outcome of an element of which nothing is to be passed on, and which is accounted for. */
    static final Object NOTHING = new Object();

    private final ThrowingFunction<Object, @Nullable Object, ?> function;
    private final StageOrder order;

    /** Where its worker waits for room in any of the branches, if it balances. */
    private final StageWaiters forRoomOfAny;

    /** How many elements it still takes, if it takes a number of them; it has one worker then. */
    private long left;

    WorkStage(
            StageSpec spec,
            String name,
            StageBuffer input,
            StageWaiters forRoomOfAny,
            PipelineRun pipeline,
            TimeSource time) {
        super(spec, name, input, pipeline, time);
        this.left = spec.limit;
        this.forRoomOfAny = forRoomOfAny;
        this.function = spec.function;
        this.order = switch (spec.order) {
            case UNORDERED -> new UnorderedResults(this, input);
            case ORDERED -> new OrderedResults(this, input);
            case BY_KEY -> new KeyedOrder(this, input);
        };
    }

    @Override
    int maxWorkers() {
        return Math.min(super.maxWorkers(), order.maxWorkers());
    }

    @Override
    void run(StageWorker worker) throws InterruptedException {
        FunctionCalls calls = FunctionCalls.of(this);
        Transactions transactions =
                spec.transactional == null ? null : new Transactions(spec.transactional, name, calls);
        if (left == 0) {
            finish();
        }
        for (Object item = order.take(worker); item != null; item = order.take(worker)) {
            order.finish(worker, outcome(worker, item, calls, transactions));
            worker.clearInterrupt();
            if (spec.callsFunction) {
                worker.renewContext();
            }
        }
    }

    private Object outcome(
            StageWorker worker, Object item, @Nullable FunctionCalls calls, @Nullable Transactions transactions)
            throws InterruptedException {
        if (isFinished()) { // its token is not released: the element was not done with
            worker.add(WorkerStats.FILTERED, 1);
            return NOTHING;
        }
        Object element = Acked.elementOf(item);
        Object result;
        try {
            if (transactions != null) {
                transactions.put(worker, item);
                result = element;
            } else {
                result = calls == null ? apply(item, element) : calls.first(() -> apply(item, element));
            }
            worker.clearInterrupt();
            if (spec.kind == StageSpec.Kind.FLAT_MAP) {
                emitAll((Iterable<?>) notNull(result), item, worker, calls);
                worker.add(WorkerStats.OUT, 1);
                result = null;
            } else if (spec.kind == StageSpec.Kind.FILTER) {
                if (result == null) {
                    worker.add(WorkerStats.FILTERED, 1);
                }
            } else if (spec.kind == StageSpec.Kind.TAKE) {
                left = result == null ? 0 : left - 1;
                if (left == 0) {
                    finish();
                }
                if (result == null) {
                    worker.add(WorkerStats.FILTERED, 1);
                    return NOTHING;
                }
            } else {
                Object present = notNull(result);
                if (spec.kind == StageSpec.Kind.PARTITION) {
                    worker.outlet = Math.floorMod(present.hashCode(), spec.outlets);
                }
            }
        } catch (Throwable failure) {
            failed(worker, item, failure);
            worker.clearInterrupt(); // before it passes on what others have done
            return NOTHING;
        }
        if (result == null) {
            Acked.release(item, worker);
            return NOTHING;
        }
        return spec.splits() ? item : Acked.with(item, result);
    }

    @SuppressWarnings("NullAway") // the result may be null, whatever is inferred for the call
    private @Nullable Object apply(Object item, Object element) throws Throwable {
        return Acked.hasContext(item) ? Acked.call(item, () -> function.apply(element)) : function.apply(element);
    }

    private static Object notNull(@Nullable Object result) {
        return Objects.requireNonNull(result, "the stage's function returned null");
    }

    // ---- flat maps

    /** Passes on the results of an element, and closes them if they can be closed. */
    private void emitAll(Iterable<?> results, Object item, StageWorker worker, @Nullable FunctionCalls calls)
            throws Throwable {
        Throwable failure = null;
        try {
            // A collection is there already; anything else may have to be waited for.
            iterate(results, item, worker, results instanceof Collection ? null : calls);
        } catch (Throwable thrown) {
            failure = thrown;
        }
        if (results instanceof AutoCloseable closeable) {
            try {
                worker.shielded(() -> Acked.run(item, closeable::close));
            } catch (Throwable broken) {
                if (failure == null || (broken instanceof Error && !Suppressed.isError(failure))) {
                    failure = attach(broken, failure);
                } else {
                    Suppressed.attachOrLog(failure, broken, "closing a result of stage " + name, LOG);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    private static Throwable attach(Throwable to, @Nullable Throwable other) {
        if (other != null) {
            Suppressed.attach(to, other);
        }
        return to;
    }

    private void iterate(Iterable<?> results, Object item, StageWorker worker, @Nullable FunctionCalls calls)
            throws Throwable {
        Iterator<?> iterator = calls == null ? iterator(item, results) : calls.next(() -> iterator(item, results));
        while (true) {
            if (isFinished()) {
                Acked.retain(item, 1); // for ever: not all of its results were passed on
                return;
            }
            Object result = calls == null ? next(item, iterator) : calls.next(() -> next(item, iterator));
            if (result == null) {
                return;
            }
            worker.clearInterrupt();
            Acked.retain(item, 1);
            emit(0, Acked.with(item, result), worker);
        }
    }

    private static Iterator<?> iterator(Object item, Iterable<?> results) throws InterruptedException {
        return Acked.hasContext(item) ? Acked.call(item, results::iterator) : results.iterator();
    }

    @SuppressWarnings("NullAway") // the result may be null, whatever is inferred for the call
    private static @Nullable Object next(Object item, Iterator<?> iterator) throws InterruptedException {
        return Acked.hasContext(item) ? Acked.call(item, () -> next(iterator)) : next(iterator);
    }

    private static @Nullable Object next(Iterator<?> iterator) {
        return iterator.hasNext() ? notNull(iterator.next()) : null;
    }

    // ---- passing on

    /** Passes an outcome on, and accounts for its element. */
    void deliver(StageWorker worker, Object outcome) throws InterruptedException {
        if (outcome == NOTHING) {
            return;
        }
        switch (spec.kind) {
            case SINK -> Acked.release(outcome, worker);
            case BROADCAST -> broadcast(outcome, worker);
            case PARTITION -> emit(worker.outlet, outcome, worker);
            case BALANCE -> balance(outcome, worker);
            default -> emit(0, outcome, worker);
        }
        worker.add(WorkerStats.OUT, 1);
    }

    private void broadcast(Object outcome, StageWorker worker) throws InterruptedException {
        Acked.retain(outcome, outlets.size() - 1);
        for (int outlet = 0; outlet < outlets.size(); outlet++) {
            emit(outlet, outcome, worker);
        }
    }

    /** To the branch with the fewest before it, or the first that has room again. */
    private void balance(Object outcome, StageWorker worker) throws InterruptedException {
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
                forRoomOfAny.await(() -> outlets.stream().anyMatch(StageBuffer::hasRoom), worker.waiter);
            } finally {
                worker.goesOn();
            }
        }
    }

    // ---- failures

    /**
     * Does what the policy says. Returns if the pipeline goes on.
     *
     * @throws InterruptedException if it does not
     */
    void failed(StageWorker worker, Object item, Throwable failure) throws InterruptedException {
        if (isEffectOfStop(failure)) {
            throw new InterruptedException();
        }
        Object element = Acked.elementOf(item);
        Throwable fatal = failure;
        if (!pipeline.isStopped() && !Suppressed.isError(failure)) {
            worker.clearInterrupt();
            if (spec.policy.kind == ErrorPolicy.Kind.SKIP) {
                skip(worker, item, failure);
                return;
            }
            if (spec.policy.deadLetters != null) {
                try {
                    deadLetter(spec.policy.deadLetters, item, new StageFailure(name, element, failure));
                    worker.add(WorkerStats.DEAD_LETTERED, 1);
                    Acked.release(item, worker);
                    return;
                } catch (Throwable broken) {
                    if (!isEffectOfStop(broken)) { // otherwise the first failure is what there is to report
                        Suppressed.attachOrLog(broken, failure, "stage " + name, LOG);
                        fatal = broken;
                    }
                }
            }
        }
        pipeline.fail(name, element, fatal);
        throw new InterruptedException();
    }

    private static void deadLetter(
            ThrowingConsumer<? super StageFailure, ?> deadLetters, Object item, StageFailure failed) throws Throwable {
        Acked.run(item, () -> deadLetters.accept(failed));
    }

    private void skip(StageWorker worker, Object item, Throwable failure) {
        worker.add(WorkerStats.SKIPPED, 1);
        Acked.release(item, worker);
        if (LOG.isDebugEnabled()) {
            Object element = Acked.elementOf(item);
            Callbacks.run(LOG, "logging", () -> LOG.debug("stage {} skips {}", name, element, failure));
        }
    }
}
