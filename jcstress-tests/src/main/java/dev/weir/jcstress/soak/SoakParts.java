package dev.weir.jcstress.soak;

import dev.weir.core.pool.Saturation;
import dev.weir.core.pool.WorkerPool;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** What the kinds of rounds share. */
final class SoakParts {
    static final Duration PATIENCE = Duration.ofSeconds(60);

    private SoakParts() {}

    static Saturation saturation(Random random) {
        Saturation[] all = {
            Saturation.block(),
            Saturation.block(Duration.ofNanos(300_000)),
            Saturation.callerRuns(),
            Saturation.reject(),
            Saturation.discardOldest()
        };
        return all[random.nextInt(all.length)];
    }

    static void join(List<Thread> threads, Supplier<String> state) throws InterruptedException {
        for (Thread thread : threads) {
            if (!thread.join(PATIENCE)) {
                AssertionError stuck = new AssertionError(thread.getName() + " hangs; " + state.get());
                stuck.setStackTrace(thread.getStackTrace());
                throw stuck;
            }
        }
    }

    static void awaitEnd(WorkerPool pool, Supplier<String> state) throws InterruptedException {
        if (!pool.awaitTermination(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            throw new AssertionError("the pool does not end; " + state.get());
        }
    }
}
