package dev.weir.core.fanout;

import dev.weir.core.Deadline;
import dev.weir.core.internal.PaddedAtomicLong;
import dev.weir.core.internal.wait.WaitText;
import dev.weir.core.internal.wait.Waiter;
import java.util.Collection;
import java.util.Iterator;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A source that is read by its iterator, by one worker at a time and one item at a time. The source may wait before it
 * gives its next item, so nothing is read before a worker is there to begin it and the fan-in has room for its result.
 */
class IteratedSource<T extends @Nullable Object> extends ItemSource<T> {
    final FanOutRun<T, ?> run;
    private final FanIn<?> fanIn;
    private final Iterator<? extends T> items;
    private final boolean inMemory;

    /** How many were read. Looked at also when the call is over, whose end publishes it, and racily by a dump. */
    private final PaddedAtomicLong read = new PaddedAtomicLong();

    /** Held while the source is read, which may wait, and while its reader waits for room. Guards the number. */
    private final ReadingTurn turn;

    /** The worker that waits for room. */
    private volatile @Nullable Thread waiting;

    /** When it began to; written by it before it says that it waits. */
    private int waitsSince;

    IteratedSource(FanOutRun<T, ?> run, FanIn<?> fanIn, Iterable<? extends T> source) {
        this.run = run;
        this.fanIn = fanIn;
        this.turn = new ReadingTurn(run.settings.name);
        this.inMemory = source instanceof Collection<?>;
        this.items = source.iterator();
    }

    @Override
    boolean next(ItemWorker<T, ?> worker) {
        turn.take();
        try {
            // The call may have been stopped while others waited for the source: nothing more is read then.
            if (run.state.isStopped() || run.state.isExhausted() || !awaitRoom()) {
                return false;
            }
            if (hasNext()) {
                T item = takeNext();
                long index = count();
                read.setPlain(index + 1);
                fanIn.reserve(index + 1);
                worker.take(index, item, seesMore());
                return true;
            }
            if (!run.state.isStopped()) {
                run.exhausted(count());
            }
            return false;
        } catch (Throwable failure) {
            // Here, and not only where it is reported: nobody that waits
            // for its turn is to read on in a source that has failed.
            run.stop(Stop.failed(failure));
            throw failure;
        } finally {
            turn.pass();
        }
    }

    /** Whether there is another item; may wait for it. Requires the reading turn, as do the next ones. */
    boolean hasNext() {
        return items.hasNext();
    }

    T takeNext() {
        return items.next();
    }

    /** Whether there may be something for another worker; does not wait. */
    boolean seesMore() {
        return !inMemory || items.hasNext();
    }

    /**
     * Waits for room in the fan-in, and keeps the turn meanwhile: other readers would wait for the same.
     *
     * @return false if the call was stopped
     */
    private boolean awaitRoom() {
        return fanIn.hasRoom(count()) || await(() -> fanIn.hasRoom(count()));
    }

    /**
     * Waits for something whose maker calls {@link #wakeReader} after it. Requires the reading turn.
     *
     * @return false if the call was stopped
     */
    final boolean await(BooleanSupplier condition) {
        // Set before the look and read after the condition is made true, both volatile: one of the two sees the other.
        waitsSince = WaitText.now();
        waiting = Thread.currentThread();
        while (Waiter.await(() -> condition.getAsBoolean() || run.state.isStopped(), this, Deadline.never())
                == Waiter.End.INTERRUPTED) {
            run.judgeInterrupt();
        }
        waiting = null;
        return !run.state.isStopped();
    }

    /** What thread dumps show as waited for. */
    @Override
    public String toString() {
        Thread waits = waiting;
        return "FanOut " + run.settings.name + ": room for another result, after " + count() + " items"
                + (waits == null ? "" : WaitText.sole(waits, waitsSince));
    }

    @Override
    void wakeReader() {
        LockSupport.unpark(waiting);
    }

    @Override
    long count() {
        return read.getPlain();
    }
}
