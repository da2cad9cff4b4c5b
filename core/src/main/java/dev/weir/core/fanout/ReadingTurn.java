package dev.weir.core.fanout;

import dev.weir.core.Deadline;
import dev.weir.core.internal.wait.WaitText;
import dev.weir.core.internal.wait.Waiter;
import dev.weir.core.internal.wait.WaiterQueue;
import dev.weir.core.internal.wait.YieldLock;
import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The turn to read a source: one worker has it, reads an item, passes the turn, and only then begins the item. Others
 * that want it stand in a line. It is a lock, but not one that goes from each holder to the next in the line: the first
 * to come takes it, and at most one worker of the line is on its way to it. So the turn is never kept for a worker that
 * is still being woken, and workers with quick items read many meanwhile.
 *
 * <pre>
 *   FREE --take--&gt; TAKEN --pass--&gt; FREE           each of the two also with LINE, and with SUMMONS:
 *
 *   LINE      set by the first that enters the line, cleared when the last leaves it, both under its lock
 *   SUMMONS   set by a pass that finds LINE and no SUMMONS: it takes the first out of the line and wakes it;
 *             cleared by that one when it arrives, in the step in which it takes the turn or enters the line again
 * </pre>
 *
 * <p><b>Nobody is forgotten.</b> A worker enters the line by a step from TAKEN, so the pass that follows finds LINE;
 * and it summons somebody, or finds SUMMONS, and then the one that was summoned has still to look at the word. If that
 * one finds the turn TAKEN again, its step clears SUMMONS, and the pass that follows summons the next.
 *
 * <p>All steps are made on one word by compare-and-set, and so in one order; what a worker does with the turn
 * happens-before what the next one does.
 */
final class ReadingTurn {
    private static final VarHandle WORD = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "word", VarHandle.class, ReadingTurn.class, int.class);
    private static final int TAKEN = 1;
    private static final int LINE = 2;
    private static final int SUMMONS = 4;

    /** Few: the turn is mostly taken for some dozens of nanoseconds, and who reads in turns with others is slower. */
    private static final int SPINS = 4;

    private final String name;
    private volatile int word;

    /** Guards the line. Waits by yielding, as it is taken between a look and a park. */
    private final YieldLock lock = new YieldLock();

    private final WaiterQueue<Waiter> line = new WaiterQueue<>();

    /**
     * Makes a turn that is free.
     *
     * @param name the name of the fan-out
     */
    ReadingTurn(String name) {
        this.name = name;
    }

    /** Waits for the turn, and takes it. An interrupt does not end the wait; it is pending afterwards. */
    void take() {
        if (spin()) {
            return;
        }
        Waiter waiter = new Waiter();
        int arrives = 0;
        while (!takeOrEnter(waiter, arrives)) {
            waiter.awaitUninterruptibly(this, Deadline.never());
            arrives = SUMMONS;
        }
    }

    private boolean spin() {
        for (int i = 0; i < SPINS; i++) {
            int before = word;
            if ((before & TAKEN) == 0 && WORD.compareAndSet(this, before, before | TAKEN)) {
                return true;
            }
            Thread.onSpinWait();
        }
        return false;
    }

    /**
     * Takes the turn if it is free, or enters the line; in the same step the summons ends, if there was one.
     *
     * @param waiter stands in the line then
     * @param arrives {@link #SUMMONS} if the worker was summoned
     */
    private boolean takeOrEnter(Waiter waiter, int arrives) {
        lock.lock();
        try {
            while (true) {
                int before = word;
                boolean free = (before & TAKEN) == 0;
                if (WORD.compareAndSet(this, before, (before | (free ? TAKEN : LINE)) & ~arrives)) {
                    if (!free) {
                        waiter.restart();
                        line.addLast(waiter);
                    }
                    return free;
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** Gives the turn back, which the current worker has. */
    void pass() {
        while (true) {
            int before = word;
            boolean summons = (before & (LINE | SUMMONS)) == LINE;
            if (WORD.compareAndSet(this, before, (before | (summons ? SUMMONS : 0)) & ~TAKEN)) {
                if (summons) {
                    summon();
                }
                return;
            }
        }
    }

    private void summon() {
        @Nullable Thread summoned = null;
        lock.lock();
        try {
            Waiter first = line.pollFirst();
            if (line.isEmpty()) {
                WORD.getAndBitwiseAnd(this, ~LINE);
            }
            if (first != null) { // always: while LINE is set there is one, and only one summons at a time takes it out
                summoned = first.markSignalled();
            }
        } finally {
            lock.unlock();
        }
        LockSupport.unpark(summoned);
    }

    /** What thread dumps show as waited for. */
    @Override
    public String toString() {
        lock.lock();
        try {
            return "FanOut " + name + ": the turn to read an item, " + WaitText.of(line);
        } finally {
            lock.unlock();
        }
    }
}
