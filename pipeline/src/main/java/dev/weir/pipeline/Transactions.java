package dev.weir.pipeline;

import dev.weir.core.internal.Callbacks;
import dev.weir.core.internal.Suppressed;
import dev.weir.pipeline.AckToken.Acked;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts elements into a {@link TransactionalSink}. The roll-back runs in the worker and shielded: neither the interrupt
 * that made it necessary reaches it, nor one that comes meanwhile. Begin, write and commit are under the stage's time
 * limit and in its executor, if it has one.
 */
final class Transactions {
    private static final Logger LOG = LoggerFactory.getLogger(Pipeline.class);

    private enum State {
        NONE,
        BEGUN,
        COMMITTED
    }

    private final TransactionalSink<Object> sink;
    private final String stage;
    private final @Nullable FunctionCalls calls;

    // Plain: written by the thread in which a transaction runs, and read by the worker when that has ended.
    private State state = State.NONE;

    Transactions(TransactionalSink<Object> sink, String stage, @Nullable FunctionCalls calls) {
        this.sink = Objects.requireNonNull(sink);
        this.stage = stage;
        this.calls = calls;
    }

    /** Puts an element; what this throws has been rolled back. */
    void put(StageWorker worker, Object item) throws Throwable {
        state = State.NONE;
        try {
            if (calls == null) {
                transact(item);
            } else {
                calls.first(() -> transact(item));
            }
        } catch (Throwable failure) {
            if (state == State.COMMITTED && !Suppressed.isError(failure)) {
                if (failure instanceof InterruptedException) {
                    Thread.currentThread().interrupt();
                }
                return; // its time was up, or the pipeline was stopped, when the element was in already
            }
            if (state == State.BEGUN) {
                rollBack(worker, item, failure);
            }
            throw failure;
        }
    }

    private boolean transact(Object item) throws Exception {
        return Acked.call(item, () -> transactHere(Acked.elementOf(item)));
    }

    private boolean transactHere(Object element) throws Exception {
        sink.begin();
        state = State.BEGUN;
        sink.write(element);
        sink.commit();
        state = State.COMMITTED;
        return true;
    }

    private void rollBack(StageWorker worker, Object item, Throwable failure) throws Throwable {
        try {
            worker.shielded(() -> Acked.run(item, sink::rollback));
        } catch (Throwable broken) {
            boolean attached = Suppressed.attach(failure, broken);
            Callbacks.error(LOG, "a roll-back of stage {} failed", stage, attached ? failure : broken);
            if (broken instanceof Error && !Suppressed.isError(failure)) {
                Suppressed.attach(broken, failure);
                throw broken; // an Error fails the pipeline, whatever the policy
            }
        }
    }
}
