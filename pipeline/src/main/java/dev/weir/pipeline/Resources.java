package dev.weir.pipeline;

import dev.weir.core.internal.Callbacks;
import dev.weir.core.internal.Threads;
import dev.weir.core.sync.Gate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is closed when a pipeline has ended, each once; a source that does not stop otherwise, before that. */
final class Resources {
    private static final Logger LOG = LoggerFactory.getLogger(Pipeline.class);

    private static final class Resource {
        final AutoCloseable closeable;
        final String stage;
        final AtomicBoolean claimed = new AtomicBoolean();
        final Gate closed;

        Resource(AutoCloseable closeable, String stage) {
            this.closeable = closeable;
            this.stage = stage;
            this.closed = Gate.closed().named("the close of a resource of stage " + stage);
        }
    }

    private final PipelineRun pipeline;
    private final List<Resource> inOrder = new ArrayList<>();

    /** All that there is, collected when the pipeline starts, as there may be no memory when it ends. */
    Resources(PipelineRun pipeline, List<Stage> stages) {
        this.pipeline = pipeline;
        Set<Object> known = Collections.newSetFromMap(new IdentityHashMap<>());
        for (Stage stage : stages) {
            for (Object object : stage.spec.resources()) {
                AutoCloseable closeable = closeable(object);
                if (closeable != null && known.add(object)) {
                    inOrder.add(new Resource(closeable, stage.name));
                }
            }
        }
    }

    private static @Nullable AutoCloseable closeable(Object object) {
        return object instanceof AutoCloseable closeable
                ? closeable
                : object instanceof TransactionalSink<?> sink ? sink::close : null;
    }

    /** Closes what has not been closed, and waits for what is being closed elsewhere. */
    void closeAll() {
        for (int i = 0; i < inOrder.size(); i++) {
            Resource resource = inOrder.get(i);
            if (!close(resource)) {
                resource.closed.awaitUninterruptibly();
            }
        }
    }

    /** False if another thread has closed it, or is about to. */
    private boolean close(Resource resource) {
        if (!resource.claimed.compareAndSet(false, true)) {
            return false;
        }
        try {
            resource.closeable.close();
        } catch (Throwable broken) {
            pipeline.fail(resource.stage, "its close", broken);
        } finally {
            Thread.interrupted(); // what user code has left behind
            StageTicker.open(resource.closed);
        }
        return true;
    }

    /** Closes one resource in a thread of its own, if it can be closed. */
    void closeEarly(Object object) {
        for (Resource resource : inOrder) {
            if (resource.closeable == object) {
                Runnable close = () -> close(resource);
                Callbacks.run(
                        LOG,
                        "an early close",
                        Threads.virtual("pipeline-close", () -> pipeline.runInContext(close))::start);
            }
        }
    }
}
