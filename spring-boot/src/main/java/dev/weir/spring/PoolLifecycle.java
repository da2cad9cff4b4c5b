package dev.weir.spring;

import dev.weir.core.Deadline;
import dev.weir.core.internal.Threads;
import dev.weir.core.pool.ShutdownReport;
import dev.weir.core.pool.WorkerPool;
import java.time.Duration;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationContextAware;
import org.springframework.context.ApplicationListener;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.event.ContextClosedEvent;

/**
 * Shuts a pool down in its phase, when the application ends; the pools of one phase at once. An application that only
 * stops, to go on later, has its pools paused.
 */
final class PoolLifecycle implements SmartLifecycle, ApplicationListener<ContextClosedEvent>, ApplicationContextAware {
    private static final Logger LOG = LoggerFactory.getLogger(PoolLifecycle.class);
    private static final int MOST_NAMES = 10;

    private final WorkerPool pool;
    private final Duration closeTimeout;
    private final int phase;
    private @Nullable ApplicationContext context;
    private volatile boolean running;
    private volatile boolean closing;

    PoolLifecycle(WorkerPool pool, Duration closeTimeout, int phase) {
        this.pool = pool;
        this.closeTimeout = closeTimeout;
        this.phase = phase;
    }

    @Override
    public void setApplicationContext(ApplicationContext context) {
        this.context = context;
    }

    @Override
    public void onApplicationEvent(ContextClosedEvent event) {
        if (event.getApplicationContext() == context) {
            closing = true;
        }
    }

    @Override
    public int getPhase() {
        return phase;
    }

    /**
     * Of Spring 7, which pauses a context that no test uses for a while.
     *
     * @return false: a pool without tasks does nothing anyway
     */
    public boolean isPauseable() {
        return false;
    }

    @Override
    public void start() {
        pool.resume();
        running = true;
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    @Override
    public void stop() {
        running = false;
        if (closing) {
            shutDown();
        } else {
            pool.pause();
        }
    }

    @Override
    public void stop(Runnable callback) {
        if (!closing) {
            try {
                stop();
            } finally {
                callback.run();
            }
            return;
        }
        Runnable stop = () -> {
            try {
                stop();
            } finally {
                callback.run();
            }
        };
        try {
            Threads.platform("weir-close-" + pool.name(), stop).start();
        } catch (OutOfMemoryError noThread) {
            stop.run();
        }
    }

    private void shutDown() {
        ShutdownReport report;
        try {
            report = pool.shutdown(Deadline.after(closeTimeout));
        } catch (InterruptedException stop) {
            pool.close(); // at once, since the thread is interrupted; it logs what was cut short
            Thread.currentThread().interrupt();
            return;
        }
        if (report.isClean()) {
            LOG.info("Pool {} is shut down, and all of its tasks are done", pool.name());
            return;
        }
        LOG.warn(
                "Pool {} is shut down after {} with {} tasks that never started and {} that were interrupted: {}",
                pool.name(),
                closeTimeout,
                report.neverStarted().size(),
                report.interrupted().size(),
                report.unfinished().stream()
                        .limit(MOST_NAMES)
                        .map(task -> task.name() + (task.started() ? " (interrupted)" : ""))
                        .collect(Collectors.joining(", ")));
    }

    @Override
    public String toString() {
        return "PoolLifecycle[" + pool.name() + ", phase " + phase + "]";
    }
}
