package dev.weir.core.pool;

import dev.weir.core.pool.TaskQueue.Answer;
import dev.weir.core.pool.TaskQueue.Taken;
import org.jspecify.annotations.Nullable;

/** What happens to a task that finds no place. */
final class SaturationHandler {
    private final PoolEngine engine;
    private final Saturation saturation;

    /** Whether the listeners know that the pool is saturated. */
    private volatile boolean known;

    SaturationHandler(PoolEngine engine, Saturation saturation) {
        this.engine = engine;
        this.saturation = saturation;
    }

    /** A worker has found the queue empty. */
    void over() {
        if (known) {
            known = false;
        }
    }

    /** Returns when the task was accepted or has run. */
    void accept(Runnable task) {
        if (!known) {
            known = true;
            engine.tell(listener -> listener.saturated(engine.facade()));
        }
        boolean waitsForKey = keyThatItWaitsFor(task) != null;
        switch (saturation.kind) {
            case REJECT -> throw engine.tally.reject(task, "is saturated", null);
            case DISCARD_OLDEST -> discardFor(task);
            case BLOCK, CALLER_RUNS -> {
                boolean inWorker = engine.isInWorker();
                if (!waitsForKey && (inWorker || saturation.kind == Saturation.Kind.CALLER_RUNS)) {
                    runInCaller(task);
                } else if (inWorker) {
                    throw engine.tally.reject(
                            task, "is saturated with tasks for keys, and its own worker must not wait for room", null);
                } else {
                    block(task, waitsForKey);
                }
            }
        }
    }

    private void discardFor(Runnable task) {
        Taken taken = new Taken();
        while (true) {
            Object key = keyThatItWaitsFor(task);
            Runnable victim =
                    key != null ? engine.keyed.pollVictim(key) : engine.backlog.pollVictim(taken) ? taken.task : null;
            if (victim != null) {
                engine.tally.discard(victim);
            }
            Answer answer = engine.attempt(task);
            if (answer == Answer.ACCEPTED) {
                return;
            }
            if (answer == Answer.CLOSED) {
                engine.endIfOver(); // the victim may have been the last task
                throw engine.tally.reject(task, "is shut down", null);
            }
            if (victim == null && !hasVictim(task)) { // else another submitter was quicker
                throw engine.tally.reject(task, "is saturated", null);
            }
        }
    }

    private boolean hasVictim(Runnable task) {
        Object key = keyThatItWaitsFor(task);
        return key == null
                ? engine.backlog.hasVictimIfFull()
                : engine.keyed.hasVictimIfFull(key, engine.laneCapacity());
    }

    private static @Nullable Object keyThatItWaitsFor(Runnable task) {
        return task instanceof PoolTask<?> special && !special.holdsKey ? special.options.key() : null;
    }

    private void block(Runnable task, boolean waitsForKey) {
        if (waitsForKey) {
            engine.submitters.mix();
        }
        long timeout = saturation.kind == Saturation.Kind.BLOCK ? saturation.timeoutNanos : Long.MAX_VALUE;
        switch (engine.submitters.await(task, timeout)) {
            case ACCEPTED -> {}
            case CLOSED -> throw engine.tally.reject(task, "is shut down", null);
            case INTERRUPTED ->
                throw engine.tally.reject(
                        task, "is saturated, and its submitter was interrupted", new InterruptedException());
            case EXPIRED -> throw engine.tally.reject(task, "is saturated, for longer than its timeout", null);
        }
    }

    private void runInCaller(Runnable task) {
        engine.tally.ranInCaller.incrementAndGet();
        engine.runElsewhere(task);
    }
}
