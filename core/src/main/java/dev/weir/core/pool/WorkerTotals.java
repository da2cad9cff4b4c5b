package dev.weir.core.pool;

/** What several workers have counted, and how many there are. Guarded by the pool's lock. */
final class WorkerTotals {
    long completed;
    long failed;
    long cancelled;
    long busyNanos;
    long lifeNanos;
    int workers;
    int working;
    int holding;

    void count(long word, int holders) {
        workers = WorkerCounts.workers(word);
        working = workers - WorkerCounts.idle(word);
        holding = holders;
    }

    WorkerTotals copy() {
        WorkerTotals copy = new WorkerTotals();
        copy.completed = completed;
        copy.failed = failed;
        copy.cancelled = cancelled;
        copy.busyNanos = busyNanos;
        copy.lifeNanos = lifeNanos;
        return copy;
    }
}
