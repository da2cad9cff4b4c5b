package dev.weir.core.sync;

import dev.weir.core.Deadline;
import dev.weir.core.ThrowingRunnable;
import dev.weir.core.ThrowingSupplier;
import dev.weir.core.internal.Checks;
import dev.weir.core.internal.Interrupts;
import dev.weir.core.internal.Name;
import dev.weir.core.internal.StackRoom;
import dev.weir.core.internal.metrics.Tally;
import dev.weir.core.internal.wait.WaiterClass;
import dev.weir.core.internal.wait.WaiterOrder;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * A semaphore per key: at most a number of calls with equal keys are at work at once, such as requests of one tenant or
 * downloads from one host. There is no limit to the number of keys; one that nobody holds or waits for takes no memory.
 *
 * {@snippet file="dev/weir/core/sync/SyncSnippets.java" region="keyed-semaphore"}
 *
 * <p><b>Conservation.</b> A permit is taken in the moment in which a call returns with it; a call that times out or is
 * interrupted has taken none. A release of a permit that nobody holds is refused.
 *
 * <p><b>Fairness.</b> The permits of a key go to calls in their order of arrival: nobody passes a call that waits, not
 * even a {@link #tryAcquire(Object)}. Calls with different keys do not wait for each other.
 *
 * <p><b>Keys</b> are compared by {@code equals} and must not change while they are in use, as with any hash map: the
 * permits of a key that does are lost, and its release is refused. Their {@code hashCode} and {@code equals} must
 * neither block nor use the same KeyedSemaphore.
 *
 * <p><b>Thread-safety.</b> All methods are thread-safe. Permits have no owner: a thread may release what another
 * acquired, and a call within a call takes a second one. <b>Blocking.</b> {@code acquire}, {@code tryAcquire} with a
 * timeout, and {@code run} park the thread, platform or virtual. <b>Interruption.</b> Ends the wait with
 * {@link InterruptedException}; no permit is taken then. <b>Memory effects.</b> What a thread does before it releases a
 * key's permit happens-before what another does after it acquired that.
 *
 * <p>To take and to give back are each an update of a {@link ConcurrentHashMap} and of the key's count. That map's
 * table keeps the size (some 10 bytes a key) of the largest number of keys that were ever in use at once. For one
 * mutual exclusion per key there is {@link KeyedLock}, and for tasks in order {@link KeyedExecutor}.
 *
 * @param <K> the type of the keys, which are never null
 */
public final class KeyedSemaphore<K> {
    /** A key in use. It is in the map exactly while somebody holds one of its permits, or is about to. */
    private static final class Entry {
        private final Permits permits;
        private long users; // under the map's lock of the bin

        private Entry(int size, Name name) {
            permits = new Permits(WaiterOrder.firstCome(), size, name);
        }
    }

    private final ConcurrentHashMap<K, Entry> entries = new ConcurrentHashMap<>();
    private final int size;
    private final TimeSource time;
    private volatile Name name = Name.numbered("keyed-semaphore");

    /** The permits that were taken, and the calls that got none. */
    private final Tally decisions = new Tally();

    private final LongAdder waits = new LongAdder();
    private final LongAdder abandoned = new LongAdder();
    private final LongAdder waiters = new LongAdder();

    /**
     * A semaphore per key.
     *
     * @param size how many permits each key has, at least 1
     * @throws IllegalArgumentException if {@code size} is below 1
     */
    public KeyedSemaphore(int size) {
        this(size, TimeSource.system());
    }

    /**
     * A semaphore per key, whose timeouts are measured on the given clock.
     *
     * @param size how many permits each key has, at least 1
     * @param time the clock
     * @throws IllegalArgumentException if {@code size} is below 1
     */
    public KeyedSemaphore(int size, TimeSource time) {
        this.size = Checks.positive(size, "size");
        this.time = Objects.requireNonNull(time, "time");
    }

    /**
     * Gives this semaphore a name for logs, meters and thread dumps; {@code keyed-semaphore-} with a number otherwise.
     * For before it is used.
     *
     * @param name the name, which need not be unique
     * @return this semaphore
     * @throws IllegalArgumentException if {@code name} is blank
     */
    public KeyedSemaphore<K> named(String name) {
        this.name = Name.of("keyed-semaphore", Name.checked(name));
        return this;
    }

    /**
     * The name that this was given, or else {@code keyed-semaphore-} with a number, which is that in the order in which
     * names are first asked for.
     *
     * @return the name
     */
    public String name() {
        return name.toString();
    }

    /**
     * What this has done and is doing, for all keys together.
     *
     * @return a snapshot of now
     */
    public KeyedSemaphoreMetrics metrics() {
        return new KeyedSemaphoreMetrics(
                decisions.yes(), decisions.no(), waits.sum(), abandoned.sum(), size, activeKeys(), waiters.intValue());
    }

    /**
     * Takes a permit of a key, waiting until there is one.
     *
     * @param key the key
     * @throws InterruptedException if the thread is interrupted on entry or while it waits; nothing was taken
     */
    public void acquire(K key) throws InterruptedException {
        Objects.requireNonNull(key, "key");
        Interrupts.throwIfInterrupted();
        if (!take(key, Deadline.never())) {
            Thread.interrupted(); // the status becomes the exception
            throw new InterruptedException();
        }
    }

    /**
     * Takes a permit of a key if there is one now and nobody waits for it. Does not wait, and ignores interrupts.
     *
     * @param key the key
     * @return whether a permit was taken
     */
    public boolean tryAcquire(K key) {
        return take(Objects.requireNonNull(key, "key"), null);
    }

    /**
     * Takes a permit of a key, waiting for one for at most the timeout.
     *
     * @param key the key
     * @param timeout how long to wait; zero or less does not wait
     * @return whether a permit was taken
     * @throws InterruptedException if the thread is interrupted on entry or while it waits; nothing was taken
     */
    public boolean tryAcquire(K key, Duration timeout) throws InterruptedException {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(timeout, "timeout");
        Interrupts.throwIfInterrupted();
        boolean taken = take(key, Deadline.after(timeout, time));
        if (!taken) {
            Interrupts.throwIfInterrupted();
        }
        return taken;
    }

    /** Without a deadline it does not wait. False if there was no permit in time, or if the thread is interrupted. */
    private boolean take(K key, @Nullable Deadline deadline) {
        Permits permits = enter(key);
        boolean taken = false;
        try {
            taken = permits.tryTake(1, deadline != null) || (deadline != null && waited(permits, deadline));
        } finally {
            decisions.add(taken, 1);
            if (!taken) {
                leave(key);
            }
        }
        return taken;
    }

    private boolean waited(Permits permits, Deadline deadline) {
        boolean taken = false;
        waiters.increment();
        try {
            taken = permits.await(1, WaiterClass.NONE, 0, deadline, true);
        } finally {
            waiters.decrement();
            (taken ? waits : abandoned).increment();
        }
        return taken;
    }

    private Permits enter(K key) {
        return entries.compute(key, (k, present) -> {
                    Entry entry = present == null ? new Entry(size, name) : present;
                    entry.users++;
                    return entry;
                })
                .permits;
    }

    private void leave(K key) {
        entries.computeIfPresent(key, (k, entry) -> --entry.users == 0 ? null : entry);
    }

    /**
     * Gives a permit of a key back.
     *
     * @param key the key
     * @throws IllegalStateException if none is held
     */
    public void release(K key) {
        Entry entry = entries.get(Objects.requireNonNull(key, "key"));
        if (entry == null) {
            throw new IllegalStateException("cannot release a permit of key " + key + ", as none is held");
        }
        entry.permits.release(1); // which throws if none is held
        leave(key);
    }

    /**
     * Runs a task with a permit of a key, for which it waits.
     *
     * @param key the key
     * @param task the task
     * @param <T> the type of the result
     * @param <X> the type of the checked exception that the task throws
     * @return what the task returned
     * @throws X if the task failed: what it threw
     * @throws InterruptedException if the thread is interrupted on entry or while it waits, and the task did not run;
     *     or if the task threw it
     */
    public <T extends @Nullable Object, X extends Throwable> T call(K key, ThrowingSupplier<T, X> task)
            throws X, InterruptedException {
        Objects.requireNonNull(task, "task");
        StackRoom.check();
        acquire(key);
        return Guarded.call(task, () -> release(key));
    }

    /**
     * Runs a task with a permit of a key, for which it waits.
     *
     * @param key the key
     * @param task the task
     * @param <X> the type of the checked exception that the task throws
     * @throws X if the task failed: what it threw
     * @throws InterruptedException if the thread is interrupted on entry or while it waits, and the task did not run;
     *     or if the task threw it
     */
    public <X extends Throwable> void run(K key, ThrowingRunnable<X> task) throws X, InterruptedException {
        Objects.requireNonNull(task, "task");
        this.<@Nullable Void, X>call(key, () -> {
            task.run();
            return null;
        });
    }

    /**
     * How many permits each key has.
     *
     * @return the number
     */
    public int size() {
        return size;
    }

    /**
     * How many permits of a key are free.
     *
     * @param key the key
     * @return the size less what is held now
     */
    public int available(K key) {
        Entry entry = entries.get(Objects.requireNonNull(key, "key"));
        return entry == null ? size : entry.permits.available();
    }

    /**
     * How many calls wait for a permit of a key.
     *
     * @param key the key
     * @return the length of its line now
     */
    public int waiting(K key) {
        Entry entry = entries.get(Objects.requireNonNull(key, "key"));
        return entry == null ? 0 : entry.permits.waiting();
    }

    /**
     * How many keys are held or waited for.
     *
     * @return the number of entries now; an estimate while others acquire and release
     */
    public long activeKeys() {
        return entries.mappingCount();
    }

    /**
     * Returns a description for logs and debuggers.
     *
     * @return for instance {@code KeyedSemaphore[hosts, 8 permits a key, 2 active keys]}
     */
    @Override
    public String toString() {
        return "KeyedSemaphore[" + name + ", " + size + " permits a key, " + activeKeys() + " active keys]";
    }
}
