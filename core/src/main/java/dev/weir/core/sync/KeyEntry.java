package dev.weir.core.sync;

import dev.weir.core.internal.wait.WaitText;
import dev.weir.core.internal.wait.Waiter;
import dev.weir.core.internal.wait.WaiterQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A key that is in use: the thread that holds its lock, those that wait for it, and how many need its number.
 *
 * <pre>
 *   (none) --take--&gt; HELD --release, nobody waits or pins--&gt; (none)
 *                    ^  \
 *                take|   \--release, somebody waits--&gt; FREE, and the first in the line is signalled
 *                    \--------------------------------------/
 * </pre>
 *
 * <p>Invariant: if the lock is free and the line is not empty, then the first in it has been signalled and has not been
 * back since. A thread that frees the lock or leaves the line restores it, in {@link #released()}. If a running thread
 * takes the lock before the signalled one is back, that one stays first, and is signalled again by the release.
 *
 * <p>Guarded by the map's lock of the key's bin, except for {@link #isHeldBy} and {@link #number()}. The methods that
 * return an entry return what the map is to hold: null if the key is not in use any more.
 */
final class KeyEntry {
    private static final AtomicLong NUMBERS = new AtomicLong();

    private @Nullable Thread owner;
    private long holds; // no thread lives long enough to overflow it
    private long pins;
    private long number;
    private @Nullable WaiterQueue<Waiter> line;

    static KeyEntry orNew(@Nullable KeyEntry entry) {
        return entry == null ? new KeyEntry() : entry;
    }

    /**
     * May be called without the guard, about the current thread: a thread that does not hold the lock has either never
     * written itself to the field or has overwritten that itself, so it cannot read itself there.
     */
    boolean isHeldBy(Thread currentThread) {
        return owner == currentThread;
    }

    KeyEntry take(Thread thread) {
        if (owner == null) {
            owner = thread;
        }
        if (owner == thread) {
            holds++;
        }
        return this;
    }

    /** Takes the lock and leaves the line, or stays in the line, or joins it. */
    KeyEntry takeOrQueue(Waiter waiter, Thread thread) {
        waiter.clearSignal();
        if (owner == null) {
            take(thread);
            if (line != null) {
                line.remove(waiter);
            }
        } else {
            if (line == null) {
                line = new WaiterQueue<>();
            }
            if (!line.contains(waiter)) { // else it keeps its place
                line.addLast(waiter);
            }
        }
        return this;
    }

    @Nullable
    KeyEntry leave(Waiter waiter) {
        if (line != null) {
            line.remove(waiter);
        }
        return released();
    }

    @Nullable
    KeyEntry release() {
        if (--holds == 0) {
            owner = null;
        }
        return released();
    }

    /** Who holds the lock and who waits for it; null if nobody waits. */
    @Nullable
    String waits() {
        if (line == null || line.isEmpty()) {
            return null;
        }
        return (owner == null ? "free, " : "held by " + WaitText.name(owner) + ", ") + WaitText.of(line);
    }

    KeyEntry pin() {
        pins++;
        if (number == 0) {
            number = NUMBERS.incrementAndGet();
        }
        return this;
    }

    @Nullable
    KeyEntry unpin() {
        pins--;
        return released();
    }

    /** Unique among all entries of all locks. May be called without the guard by a thread that has pinned the entry. */
    long number() {
        return number;
    }

    private @Nullable KeyEntry released() {
        if (owner != null) {
            return this;
        }
        Waiter first = line == null ? null : line.peekFirst();
        if (first != null) {
            first.signal();
            return this;
        }
        return pins == 0 ? null : this;
    }
}
