package dev.weir.core.pool;

import java.time.Duration;
import java.util.List;

/** What the parts of a pool report to its listeners. Nothing here throws. */
interface PoolEvents {
    /** Reports nothing. */
    PoolEvents NONE = new PoolEvents() {
        @Override
        public void saturated() {}

        @Override
        public void resized(int minWorkers, int maxWorkers, int queueCapacity) {}

        @Override
        public void slowTask(String task, Duration queued, Duration ran) {}

        @Override
        public void stillRunning(String task, Duration ran, List<StackTraceElement> stack) {}

        @Override
        public void stalled(Duration since, List<Thread> workers) {}
    };

    void saturated();

    void resized(int minWorkers, int maxWorkers, int queueCapacity);

    void slowTask(String task, Duration queued, Duration ran);

    void stillRunning(String task, Duration ran, List<StackTraceElement> stack);

    void stalled(Duration since, List<Thread> workers);
}
