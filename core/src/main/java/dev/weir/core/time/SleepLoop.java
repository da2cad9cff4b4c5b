package dev.weir.core.time;

/** A sleep of parks, never shorter than it is to be by its clock. */
final class SleepLoop {
    private SleepLoop() {}

    static void sleep(TimeSource time, Object blocker, long nanos) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        if (nanos <= 0) {
            return;
        }
        long start = time.nanoTime();
        while (time.nanoTime() - start < nanos) {
            time.parkUntilNanos(blocker, start + nanos);
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
        }
    }
}
