package dev.weir.pipeline;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * How many workers a stage has, and how many it is to have.
 *
 * <pre>
 *                want: sets w, at least 1; p stays
 *
 *                join, if 0 &lt; p &lt; w: p + 1
 *              &lt;----------------------------
 *   (w, p) ... ----------------------------&gt;  ...  (w, 0): the stage is over, for good
 *                retire, if p &gt; w: p - 1
 *                end: p - 1
 * </pre>
 *
 * Both are one word, changed by compare-and-set. So a worker that retires leaves at least w, and never is the last one;
 * the last one always ends, and closes what comes next. A worker that joins counts before its thread is started, so the
 * stage is not over before it has ended, too.
 *
 * <p>A stage extends this, as {@link #isExcess()} is looked at for each element, and then is on a line with what else
 * is read of the stage.
 */
class WorkerCount {
    private static final VarHandle WORD = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "word", VarHandle.class, WorkerCount.class, long.class);

    private static final int PRESENT_BITS = 32;

    /** How many are to be there, and in the lower half how many are. */
    private volatile long word;

    WorkerCount(int workers) {
        word = word(workers, workers);
    }

    private static long word(int wanted, int present) {
        return (long) wanted << PRESENT_BITS | present;
    }

    private static int wanted(long word) {
        return (int) (word >>> PRESENT_BITS);
    }

    private static int present(long word) {
        return (int) word;
    }

    final int wantedWorkers() {
        return wanted(word);
    }

    final int presentWorkers() {
        return present(word);
    }

    /** Sets how many there are to be, at least 1. */
    final void want(int workers) {
        long seen;
        do {
            seen = word;
        } while (!WORD.compareAndSet(this, seen, word(workers, present(seen))));
    }

    /** Counts one more worker, if there are too few and the stage is not over. Its thread is to be started then. */
    final boolean join() {
        while (true) {
            long seen = word;
            if (present(seen) == 0 || present(seen) >= wanted(seen)) {
                return false;
            }
            if (WORD.compareAndSet(this, seen, seen + 1)) {
                return true;
            }
        }
    }

    /** Whether a worker that has nothing in hand is to try to retire. */
    final boolean isExcess() {
        long seen = word;
        return present(seen) > wanted(seen);
    }

    /** Counts one worker less, if there are too many. The caller is that worker then. */
    final boolean retire() {
        while (true) {
            long seen = word;
            if (present(seen) <= wanted(seen)) {
                return false;
            }
            if (WORD.compareAndSet(this, seen, seen - 1)) {
                return true;
            }
        }
    }

    /** A worker has come to the end of the stage. True for the last one, after which none joins. */
    final boolean endsAsLast() {
        return present((long) WORD.getAndAdd(this, -1L)) == 1;
    }
}
