package dev.weir.pipeline;

import dev.weir.core.time.TimeSource;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Counts what one worker of a stage has done. Only its own thread counts; others read. Its time is measured by
 * exception: the clock is read when the worker has to wait and when it goes on, and what is left of its life is the
 * time that it was busy. So an element that flows costs no look at the clock.
 */
sealed class WorkerStats permits StageWorker {
    static final int IN = 0;
    static final int OUT = 1;
    static final int EMITTED = 2;
    static final int FILTERED = 3;
    static final int SKIPPED = 4;
    static final int DEAD_LETTERED = 5;
    static final int STARVED = 6;
    static final int BLOCKED = 7;
    private static final int STARTED_AT = 8;
    private static final int ENDED_AT = 9;
    private static final int WAITS_SINCE = 10;
    private static final int STATE = 11; // what the worker does now: one of the next, or STARVED or BLOCKED
    private static final int NOT_STARTED = 0;
    private static final int RUNNING = 1;
    private static final int ENDED = 2;
    private static final int LENGTH = 12;

    // Written with release and read with acquire, so that a reader of a state also reads the times that belong to it.
    private final AtomicLongArray numbers = new AtomicLongArray(LENGTH);
    private final TimeSource time;

    WorkerStats(TimeSource time) {
        this.time = time;
    }

    final void add(int what, long number) {
        numbers.setRelease(what, numbers.getPlain(what) + number);
    }

    final long get(int what) {
        return numbers.getAcquire(what);
    }

    /** Begins, or goes on after it has ended: the time between does not count. */
    final void starts() {
        long now = time.nanoTime();
        boolean again = numbers.getPlain(STATE) == ENDED;
        numbers.setRelease(STARTED_AT, again ? numbers.getPlain(STARTED_AT) + now - numbers.getPlain(ENDED_AT) : now);
        numbers.setRelease(STATE, RUNNING);
    }

    final void ends() {
        numbers.setRelease(ENDED_AT, time.nanoTime());
        numbers.setRelease(STATE, ENDED);
    }

    /** From now on it waits; for what is {@link #STARVED} or {@link #BLOCKED}. */
    final void waits(int forWhat) {
        numbers.setRelease(WAITS_SINCE, time.nanoTime());
        numbers.setRelease(STATE, forWhat);
    }

    final void goesOn() {
        int forWhat = (int) numbers.getPlain(STATE);
        add(forWhat, time.nanoTime() - numbers.getPlain(WAITS_SINCE));
        numbers.setRelease(STATE, RUNNING);
    }

    /** Whether it has an element in hand, and waits for nobody in the pipeline. */
    final boolean isBusy() {
        return get(STATE) == RUNNING;
    }

    /** Starved, blocked or busy so far, the wait that goes on included. */
    final Times times() {
        long state = get(STATE);
        if (state == NOT_STARTED) {
            return new Times(0, 0, 0);
        }
        long now = state == ENDED ? get(ENDED_AT) : time.nanoTime();
        long starved = get(STARVED);
        long blocked = get(BLOCKED);
        long waiting = Math.max(0, now - get(WAITS_SINCE));
        if (state == STARVED) {
            starved += waiting;
        } else if (state == BLOCKED) {
            blocked += waiting;
        }
        return new Times(Math.max(0, now - get(STARTED_AT) - starved - blocked), starved, blocked);
    }

    record Times(long busy, long starved, long blocked) {
        Times plus(Times other) {
            return new Times(busy + other.busy, starved + other.starved, blocked + other.blocked);
        }
    }
}
