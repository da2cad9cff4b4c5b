package dev.weir.core.fanout;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * How many workers are in a call, and whether it goes on, in one word.
 *
 * <pre>
 *   OPEN(n) ----exhaust---&gt; EXHAUSTED(n) ----the last leaves----&gt; OVER
 *      \                        |                                  ^
 *       \-------stop------------+------&gt; STOPPED(n) ---the last leaves
 *
 *   enter: OPEN(n) to OPEN(n+1), EXHAUSTED(n) to EXHAUSTED(n+1) if n &gt; 0; refused otherwise
 * </pre>
 *
 * <p>OVER is EXHAUSTED or STOPPED with nobody in; nobody enters any more, so it stays. What a worker does before it
 * leaves happens-before a thread that finds the call over, because every access here is volatile: they also order a
 * state that is set and a waiting thread that is looked for against a thread that registers and looks at the state.
 */
final class RunState {
    private static final VarHandle STATE = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "state", VarHandle.class, RunState.class, int.class);
    private static final int EXHAUSTED = 1 << 30;
    private static final int STOPPED = 1 << 29;
    private static final int WORKERS = STOPPED - 1;

    private volatile int state;

    /** A worker enters; false if the call goes on no more. */
    boolean enter() {
        while (true) {
            int before = state;
            if (isOver(before) || (before & STOPPED) != 0) {
                return false;
            }
            if (STATE.compareAndSet(this, before, before + 1)) {
                return true;
            }
        }
    }

    /** A worker leaves; true if it is the last one. */
    boolean leave() {
        return isOver((int) STATE.getAndAdd(this, -1) - 1);
    }

    /** The source has no more items. Called by a worker, so the call is not over by this. */
    void exhaust() {
        STATE.getAndBitwiseOr(this, EXHAUSTED);
    }

    void stop() {
        STATE.getAndBitwiseOr(this, STOPPED);
    }

    boolean isExhausted() {
        return (state & EXHAUSTED) != 0;
    }

    boolean isStopped() {
        return (state & STOPPED) != 0;
    }

    boolean isOver() {
        return isOver(state);
    }

    private static boolean isOver(int state) {
        return (state & WORKERS) == 0 && (state & (EXHAUSTED | STOPPED)) != 0;
    }
}
