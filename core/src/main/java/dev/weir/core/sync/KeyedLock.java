package dev.weir.core.sync;

import dev.weir.core.Deadline;
import dev.weir.core.ThrowingRunnable;
import dev.weir.core.ThrowingSupplier;
import dev.weir.core.internal.Interrupts;
import dev.weir.core.internal.Name;
import dev.weir.core.internal.StackRoom;
import dev.weir.core.internal.wait.Waiter;
import dev.weir.core.internal.wait.Waiter.End;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.Collection;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.Lock;
import org.jspecify.annotations.Nullable;

/**
 * A lock per key: threads with equal keys exclude each other, threads with different keys do not. There is no limit to
 * the number of keys; one that nobody holds or waits for takes no memory.
 *
 * {@snippet file="dev/weir/core/sync/SyncSnippets.java" region="keyed"}
 *
 * <p><b>The race that this removes.</b> A map of locks either grows for ever, or frees a lock that another thread has
 * just looked up, so that two threads hold "the" lock of one key:
 *
 * {@snippet file="dev/weir/core/sync/SyncSnippets.java" region="map-of-locks"}
 *
 * Here, every step (take, wait, give up, pass on, free) is one atomic update of the key's entry in one map.
 *
 * <p><b>Keys</b> are compared by {@code equals} and must not change while they are in use, as with any hash map. If one
 * does, its lock is lost: the unlock throws {@link IllegalMonitorStateException}, threads that wait for it may wait for
 * ever, its entry stays, and another thread may lock what looks like the same key. Their {@code hashCode} and
 * {@code equals} must neither block nor use the same KeyedLock.
 *
 * <p><b>The algorithm</b> is that of Java's own locks (Lea, <i>The java.util.concurrent Synchronizer Framework</i>,
 * 2005): an owner, and a line of parked threads the first of which is woken by an unlock and competes with those that
 * come. Owner and line are the key's entry in the map, and each step is a {@link ConcurrentHashMap#compute}.
 *
 * <p><b>Thread-safety.</b> All methods are thread-safe. Locks are reentrant and belong to a thread, platform or
 * virtual. <b>Blocking.</b> {@code lock}, {@code lockInterruptibly}, {@code tryLock} with a timeout, and {@code run}
 * park the thread while another one holds the key. <b>Interruption.</b> Ends every wait but that of {@code lock}, which
 * keeps the interrupt status. <b>Fairness.</b> Waiting threads are woken in their order of arrival, but a running
 * thread that comes when the lock is free may go first: this is not a fair lock. <b>Memory effects.</b> What a thread
 * does before it unlocks a key happens-before what another does after it locked an equal one.
 *
 * <p>Without contention, lock and unlock are two updates of a {@link ConcurrentHashMap}. That map's table keeps the
 * size (some 10 bytes a key) of the largest number of keys that were ever in use at once.
 *
 * @param <K> the type of the keys, which are never null
 */
public final class KeyedLock<K> {
    private static final int LISTED_KEYS = 8;

    // All access to an entry is inside the map's atomic functions for its key. They run under the map's lock of the
    // bin, do not block, and call no foreign code. An entry is in the map exactly while it is in use.
    private final ConcurrentHashMap<K, KeyEntry> entries = new ConcurrentHashMap<>();
    private final TimeSource time;
    private volatile Name name = Name.numbered("keyed-lock");

    /** A lock per key, no key being locked. */
    public KeyedLock() {
        this(TimeSource.system());
    }

    /**
     * A lock per key, whose timeouts are measured on the given clock.
     *
     * @param time the clock
     */
    public KeyedLock(TimeSource time) {
        this.time = Objects.requireNonNull(time, "time");
    }

    /**
     * Gives this lock a name for logs and thread dumps; {@code keyed-lock-} with a number otherwise. For before it is
     * used.
     *
     * @param name the name, which need not be unique
     * @return this lock
     * @throws IllegalArgumentException if {@code name} is blank
     */
    public KeyedLock<K> named(String name) {
        this.name = Name.of("keyed-lock", Name.checked(name));
        return this;
    }

    /**
     * The name that this was given, or else {@code keyed-lock-} with a number, in the order in which such names were
     * first asked for.
     *
     * @return the same name each time
     */
    public String name() {
        return name.toString();
    }

    /**
     * Locks a key, waiting until it is free. An interrupt does not end the wait, and is not lost: the thread's status
     * is set when this returns.
     *
     * @param key the key
     */
    public void lock(K key) {
        await(key, Deadline.never(), false);
    }

    /**
     * Locks a key, waiting until it is free.
     *
     * @param key the key
     * @throws InterruptedException if the thread is interrupted on entry or while it waits; it has not locked the key
     */
    public void lockInterruptibly(K key) throws InterruptedException {
        Objects.requireNonNull(key, "key");
        Interrupts.throwIfInterrupted();
        if (!await(key, Deadline.never(), true)) {
            Thread.interrupted(); // the status becomes the exception
            throw new InterruptedException();
        }
    }

    /**
     * Locks a key if it is free now, or held by this thread. Does not wait, and ignores interrupts.
     *
     * @param key the key
     * @return whether this thread has locked the key
     */
    public boolean tryLock(K key) {
        Objects.requireNonNull(key, "key");
        Thread me = Thread.currentThread();
        return entries.compute(key, (k, entry) -> KeyEntry.orNew(entry).take(me))
                .isHeldBy(me);
    }

    /**
     * Locks a key, waiting for at most the timeout until it is free.
     *
     * @param key the key
     * @param timeout how long to wait; zero or less does not wait
     * @return whether this thread has locked the key
     * @throws InterruptedException if the thread is interrupted on entry or while it waits; it has not locked the key
     */
    public boolean tryLock(K key, Duration timeout) throws InterruptedException {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(timeout, "timeout");
        Interrupts.throwIfInterrupted();
        boolean locked = tryLock(key) || await(key, Deadline.after(timeout, time), true);
        if (!locked) {
            Interrupts.throwIfInterrupted();
        }
        return locked;
    }

    /** False if the deadline passed or the thread was interrupted; its status is still set then. */
    private boolean await(K key, Deadline deadline, boolean interruptible) {
        if (tryLock(key)) {
            return true;
        }
        Thread me = Thread.currentThread();
        Waiter waiter = new Waiter();
        boolean taken = false;
        try {
            taken = takeOrQueue(key, waiter, me);
            End end = End.SIGNALLED;
            while (!taken && end == End.SIGNALLED) {
                end = interruptible ? waiter.await(this, deadline) : waiter.awaitUninterruptibly(this, deadline);
                taken = end != End.INTERRUPTED && takeOrQueue(key, waiter, me);
            }
            return taken;
        } finally {
            if (!taken) {
                leave(key, waiter);
            }
        }
    }

    private void leave(K key, Waiter waiter) {
        entries.computeIfPresent(key, (k, entry) -> entry.leave(waiter));
    }

    private boolean takeOrQueue(K key, Waiter waiter, Thread me) {
        return entries.compute(key, (k, entry) -> KeyEntry.orNew(entry).takeOrQueue(waiter, me))
                .isHeldBy(me);
    }

    /**
     * Unlocks a key, as often as it was locked by this thread.
     *
     * @param key the key
     * @throws IllegalMonitorStateException if this thread does not hold the key's lock
     */
    public void unlock(K key) {
        Objects.requireNonNull(key, "key");
        if (!isHeldByCurrentThread(key)) { // which no other thread can change
            throw new IllegalMonitorStateException(Thread.currentThread() + " does not hold the lock of key " + key);
        }
        entries.computeIfPresent(key, (k, entry) -> entry.release());
    }

    /**
     * Whether this thread holds a key's lock.
     *
     * @param key the key
     * @return true between this thread's lock and unlock
     */
    public boolean isHeldByCurrentThread(K key) {
        KeyEntry entry = entries.get(Objects.requireNonNull(key, "key"));
        return entry != null && entry.isHeldBy(Thread.currentThread());
    }

    /**
     * Runs a task while holding a key's lock, for which it waits.
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
        lockInterruptibly(key);
        return Guarded.call(task, () -> unlock(key));
    }

    /**
     * Runs a task while holding a key's lock, for which it waits.
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
     * A key's lock in the JDK's form, which any number of threads may use. It has no conditions: its
     * {@link Lock#newCondition()} throws {@link UnsupportedOperationException}. Making one locks nothing and costs one
     * object.
     *
     * @param key the key
     * @return the lock; equal to that of an equal key of the same KeyedLock
     */
    public Lock lockFor(K key) {
        return new LockOfKey<>(this, Objects.requireNonNull(key, "key"));
    }

    /**
     * The locks of several keys, which are taken together and without deadlock.
     *
     * @param keys the keys, at least one; equal ones count once
     * @return all the locks as one
     * @throws IllegalArgumentException if there are no keys
     */
    public OrderedLocks lockForAll(Collection<? extends K> keys) {
        return OrderedLocks.of(
                Objects.requireNonNull(keys, "keys").stream().map(this::lockFor).toList(), time);
    }

    /**
     * How many keys are held or waited for.
     *
     * @return the number of entries now; an estimate while others lock and unlock
     */
    public long activeKeys() {
        return entries.mappingCount();
    }

    /** Keeps the key's entry, and so its number, until {@link #unpin}. */
    long pin(K key) {
        return entries.compute(key, (k, entry) -> KeyEntry.orNew(entry).pin()).number();
    }

    void unpin(K key) {
        entries.computeIfPresent(key, (k, entry) -> entry.unpin());
    }

    /**
     * Returns a description for logs, debuggers and thread dumps, where it is what a waiting thread is blocked by. It
     * lists the first keys that are waited for, with the threads that hold them and that wait.
     *
     * @return for instance {@code KeyedLock[accounts, 2 active keys; key 7: held by main, 1 waiting: worker-1 for
     *     PT1.5S]}
     */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("KeyedLock[")
                .append(name)
                .append(", ")
                .append(activeKeys())
                .append(" active keys");
        int listed = 0;
        for (K key : entries.keySet()) {
            AtomicReference<@Nullable String> waits = new AtomicReference<>();
            entries.computeIfPresent(key, (k, entry) -> {
                waits.set(entry.waits());
                return entry;
            });
            if (waits.get() != null && listed++ < LISTED_KEYS) {
                text.append("; key ").append(key).append(": ").append(waits.get());
            }
        }
        return text.append(']').toString();
    }
}
