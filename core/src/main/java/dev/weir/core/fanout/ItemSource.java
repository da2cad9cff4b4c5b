package dev.weir.core.fanout;

import dev.weir.core.time.TimeSource;
import java.util.Collection;
import java.util.Iterator;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The source of a call, and who gets what of it: its items in their order, each to one worker.
 *
 * <p>One worker at a time reads. From a collection it reads several items at once as long as a worker needs little time
 * for so many, which is measured by one reading of the clock for all of them; the first it gets itself, and the rest is
 * in its {@link ReadAhead} for everybody. A source of another kind may wait before it tells its next item, so of those
 * nothing is read before somebody is there to begin it.
 *
 * <p>Idle workers take from the others. They are idle when the source is exhausted or there is no room for more
 * results, and whoever comes to read takes a look at one other worker, and helps it out if it has not moved since.
 */
final class ItemSource<T extends @Nullable Object> {
    private static final int MOST_AT_ONCE = 1024;
    private static final long QUICK_NANOS = 20_000;
    private static final long SLOW_NANOS = 200_000;

    /** Of a lock that is held for some hundred nanoseconds, mostly. */
    private static final int SPINS = 64;

    private final FanOutRun<T, ?> run;
    private final FanIn<?> fanIn;
    private final Iterator<? extends T> items;
    private final boolean inMemory;

    /** Held while the source is read, which may wait, and while its reader waits for room. Guards the next two. */
    private final ReentrantLock reading = new ReentrantLock();

    private long read;
    private int glance;

    /** Whether there was ever anything to take from another worker. */
    private volatile boolean shared;

    /** Who waits for room. */
    private volatile @Nullable Thread waiting;

    ItemSource(FanOutRun<T, ?> run, FanIn<?> fanIn, Iterable<? extends T> source, boolean oneByOne) {
        this.run = run;
        this.fanIn = fanIn;
        this.inMemory = source instanceof Collection<?> && !oneByOne;
        this.items = source.iterator();
    }

    /** How many items have been read. */
    long count() {
        reading.lock();
        try {
            return read;
        } finally {
            reading.unlock();
        }
    }

    /** Gives the worker an item; false if there is none any more. */
    boolean next(ItemWorker<T, ?> worker) {
        if (worker.readAhead.take(worker)) {
            return true;
        }
        if (worker.helps) {
            if (run.roster.get(worker.victim).readAhead.take(worker)) {
                return true;
            }
            worker.helps = false;
        }
        adapt(worker);
        while (!run.state.isStopped()) {
            if (run.state.isExhausted()) {
                return takeFromOthers(worker);
            }
            if (readFor(worker) || takeFromOthers(worker)) {
                return true;
            }
        }
        return false;
    }

    /** Sets how many items the worker reads at once by how long it took for what it has read. */
    private void adapt(ItemWorker<T, ?> worker) {
        if (!inMemory) {
            worker.atOnce = 1;
            return;
        }
        long now = TimeSource.system().nanoTime();
        long taken = now - worker.readAtNanos;
        worker.readAtNanos = now;
        if (worker.atOnce == 0 || taken > SLOW_NANOS) {
            worker.atOnce = 1;
        } else if (taken < QUICK_NANOS) {
            worker.atOnce = Math.min(MOST_AT_ONCE, 2 * worker.atOnce);
        }
    }

    /** True if the worker has an item now; otherwise it has to look at the others, or whether there are any more. */
    private boolean readFor(ItemWorker<T, ?> worker) {
        lockReading();
        try {
            // The call may have been stopped while others waited for the source: nothing more is read then.
            if (run.state.isStopped() || run.state.isExhausted() || isOtherStuck(worker)) {
                return false;
            }
            int room = fanIn.room(worker.atOnce, read);
            while (room == 0) {
                if (hasOtherItems(worker)) {
                    return false;
                }
                awaitRoom();
                if (run.state.isStopped()) {
                    return false;
                }
                room = fanIn.room(worker.atOnce, read);
            }
            return read(worker, room);
        } catch (Throwable failure) {
            // Here, and not only where it is told: who waits for the lock is not to read on in a source that has
            // failed.
            run.stop(Stop.failed(failure));
            throw failure;
        } finally {
            reading.unlock();
        }
    }

    private void lockReading() {
        for (int i = 0; i < SPINS; i++) {
            if (reading.tryLock()) {
                return;
            }
            Thread.onSpinWait();
        }
        reading.lock();
    }

    private boolean read(ItemWorker<T, ?> worker, int most) {
        if (!items.hasNext()) {
            run.state.exhaust();
            return false;
        }
        long first = read;
        T item = items.next();
        int count = 1;
        if (most > 1) {
            ReadAhead readAhead = worker.readAhead;
            readAhead.prepare(most - 1, first + 1);
            while (count < most && items.hasNext()) {
                readAhead.put(first + count, items.next());
                count++;
            }
        }
        read = first + count;
        fanIn.reserve(read);
        worker.taken(first, item);
        worker.hasRead = true;
        worker.sawMore = !inMemory || items.hasNext(); // which may wait, so of other sources it is only supposed
        if (count > 1) {
            worker.readAhead.publish(read);
            shared = true;
        }
        return true;
    }

    /** Waits for room in the fan-in, while it holds the lock: who else would read has to wait for the same. */
    private void awaitRoom() {
        // Set before the look and read after the room is made, both volatile: one of the two sees the other.
        waiting = Thread.currentThread();
        while (fanIn.room(1, read) == 0 && !run.state.isStopped()) {
            LockSupport.park(this);
            run.swallowInterrupt(); // the interrupt of a stop, which is looked for above
        }
        waiting = null;
    }

    /** For who has made room in the fan-in, after that. */
    void wakeWaiting() {
        Thread thread = waiting;
        if (thread != null) {
            LockSupport.unpark(thread);
        }
    }

    private boolean isOtherStuck(ItemWorker<T, ?> worker) {
        if (!shared) {
            return false;
        }
        WorkerList<T, ?> roster = run.roster;
        glance = glance + 1 < roster.size() ? glance + 1 : 0;
        ItemWorker<T, ?> other = roster.get(glance);
        if (other == worker || !other.readAhead.isStuck()) {
            return false;
        }
        worker.victim = glance;
        return true;
    }

    private boolean hasOtherItems(ItemWorker<T, ?> worker) {
        if (!shared) {
            return false;
        }
        WorkerList<T, ?> roster = run.roster;
        for (int i = roster.size() - 1; i >= 0; i--) {
            ItemWorker<T, ?> other = roster.get(i);
            if (other != worker && !other.readAhead.isEmpty()) {
                return true;
            }
        }
        return false;
    }

    private boolean takeFromOthers(ItemWorker<T, ?> worker) {
        if (!shared) {
            return false;
        }
        WorkerList<T, ?> roster = run.roster;
        int size = roster.size();
        for (int i = 0; i < size; i++) {
            // From where the last item was found, for there may be more.
            int victim = (worker.victim + i) % size;
            if (roster.get(victim).readAhead.take(worker)) {
                worker.victim = victim;
                worker.helps = true;
                return true;
            }
        }
        return false;
    }
}
