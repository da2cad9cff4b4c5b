package dev.weir.core.sync;

import dev.weir.core.Deadline;
import dev.weir.core.ThrowingRunnable;
import dev.weir.core.ThrowingSupplier;
import dev.weir.core.internal.Checks;
import dev.weir.core.internal.Interrupts;
import dev.weir.core.internal.StackRoom;
import dev.weir.core.internal.Suppressed;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import org.jspecify.annotations.Nullable;

/**
 * Several locks as one, taken all or none, and without deadlock in whatever order the callers name them.
 *
 * {@snippet file="dev/weir/core/sync/SyncSnippets.java" region="ordered"}
 *
 * <p><b>The deadlock that this removes.</b> One thread takes a and waits for b, another took b and waits for a:
 *
 * {@snippet file="dev/weir/core/sync/SyncSnippets.java" region="deadlock"}
 *
 * <p><b>The algorithm</b> is the ordering of resources (Havender, <i>Avoiding deadlock in multitasking systems</i>, IBM
 * Systems Journal, 1968): everybody takes locks in one global order, so in any ring of threads that wait for each other
 * somebody would wait for a lock that comes before one it holds. Trying, backing off and trying again needs no order,
 * but two threads may do that for ever. The order must be total, and the same for all:
 *
 * <ul>
 *   <li>Locks are ordered by identity hash code. Where those collide, Goetz et al. (<i>Java Concurrency in
 *       Practice</i>, 10.1.2) take one more, global, lock first. We give each colliding lock a number for life instead,
 *       so that no thread waits for an unrelated one.
 *   <li>Keys of a {@link KeyedLock} come after all other locks. Equal keys need not be the same object, so identity
 *       orders nothing. A key gets a number when it is first used here, and keeps it until nobody holds or wants it;
 *       each call holds on to the numbers of its keys before it waits for any, so all competing calls use the same
 *       numbers.
 * </ul>
 *
 * <p><b>All or nothing.</b> If the time is up, the thread is interrupted, or a lock throws, the locks taken so far are
 * unlocked in reverse order.
 *
 * <p><b>What this cannot prevent.</b> The guarantee is for threads that take, by one call, all that they hold. A thread
 * that calls this, or waits for one of the locks by other means, while it holds a lock can deadlock, unless it holds
 * all of them already and they are reentrant. Two objects that stand for one lock count as two, except
 * {@link KeyedLock#lockFor}: do not put both sides of a read-write lock in. Locks must be unlocked by their owner, and
 * each may be unlocked on its own.
 *
 * <p><b>Thread-safety.</b> Immutable; holds nothing of a thread's, so one may be made once and used by all, or be made
 * for each use. Reentrancy is that of the locks. <b>Blocking.</b> {@code lock}, {@code lockInterruptibly},
 * {@code tryLock} with a timeout, and {@code run} wait for one lock after the other. <b>Interruption.</b> As of the
 * method of the same name of each lock; those that are taken by then are unlocked. <b>Fairness.</b> That of each lock.
 * <b>Memory effects.</b> Those of each lock. A lock that waits with a timeout measures it on its own clock, which for
 * the JDK's locks is the system's; this clock only measures how much time is left for the next lock.
 */
public final class OrderedLocks implements Lock {
    private final List<Lock> locks; // in the global order
    private final List<LockOfKey<?>> keys; // as given, because their order may be another one each time
    private final TimeSource time;

    private OrderedLocks(Collection<? extends Lock> given, TimeSource time, Comparator<Object> order) {
        this.time = Objects.requireNonNull(time, "time");
        Set<Lock> byIdentity = Collections.newSetFromMap(new IdentityHashMap<>());
        Set<LockOfKey<?>> byKey = new LinkedHashSet<>();
        for (Lock lock : given) {
            switch (Objects.requireNonNull(lock, "lock")) {
                case LockOfKey<?> key -> byKey.add(key);
                case OrderedLocks several -> {
                    byIdentity.addAll(several.locks);
                    byKey.addAll(several.keys);
                }
                default -> byIdentity.add(lock);
            }
        }
        if (byIdentity.isEmpty() && byKey.isEmpty()) {
            throw new IllegalArgumentException("locks must not be empty");
        }
        this.locks = byIdentity.stream().sorted(order).toList();
        this.keys = List.copyOf(byKey);
    }

    /**
     * Several locks as one.
     *
     * @param locks the locks, in any order, at least one; one that is named twice counts once
     * @return all of them
     * @throws IllegalArgumentException if there are none
     */
    public static OrderedLocks of(Lock... locks) {
        return of(Arrays.asList(Objects.requireNonNull(locks, "locks")));
    }

    /**
     * Several locks as one.
     *
     * @param locks the locks, in any order, at least one; one that is named twice counts once
     * @return all of them
     * @throws IllegalArgumentException if there are none
     */
    public static OrderedLocks of(Collection<? extends Lock> locks) {
        return of(locks, TimeSource.system());
    }

    /**
     * Several locks as one, with a clock that divides a timeout among them.
     *
     * @param locks the locks, in any order, at least one; one that is named twice counts once
     * @param time the clock
     * @return all of them
     * @throws IllegalArgumentException if there are none
     */
    public static OrderedLocks of(Collection<? extends Lock> locks, TimeSource time) {
        Objects.requireNonNull(locks, "locks");
        return of(locks, time, IdentityOrder.GLOBAL);
    }

    static OrderedLocks of(Collection<? extends Lock> locks, TimeSource time, Comparator<Object> order) {
        return new OrderedLocks(locks, time, order);
    }

    /**
     * Takes all locks. An interrupt does not end the wait, and is not lost: the thread's status is set when this
     * returns.
     */
    @Override
    public void lock() {
        takeAll(lock -> {
            lock.lock();
            return true;
        });
    }

    /**
     * Takes all locks.
     *
     * @throws InterruptedException if the thread is interrupted on entry or while it waits; it has taken none
     */
    @Override
    public void lockInterruptibly() throws InterruptedException {
        Interrupts.throwIfInterrupted();
        takeAll(lock -> {
            lock.lockInterruptibly();
            return true;
        });
    }

    /**
     * Takes all locks if they are free now, or held by this thread and reentrant. Does not wait, and ignores
     * interrupts.
     *
     * @return whether all were taken; none was if not
     */
    @Override
    public boolean tryLock() {
        return takeAll(Lock::tryLock);
    }

    /**
     * Takes all locks, waiting for them for at most the timeout altogether.
     *
     * @param timeout how long to wait; zero or less does not wait
     * @return whether all were taken; none was if not
     * @throws InterruptedException if the thread is interrupted on entry or while it waits; it has taken none
     */
    public boolean tryLock(Duration timeout) throws InterruptedException {
        return tryLock(Checks.saturatedNanos(Objects.requireNonNull(timeout, "timeout")), TimeUnit.NANOSECONDS);
    }

    /**
     * Takes all locks, waiting for them for at most the timeout altogether.
     *
     * @param timeout how long to wait; zero or less does not wait
     * @param unit the unit of the timeout
     * @return whether all were taken; none was if not
     * @throws InterruptedException if the thread is interrupted on entry or while it waits; it has taken none
     */
    @Override
    public boolean tryLock(long timeout, TimeUnit unit) throws InterruptedException {
        Duration wait = Duration.ofNanos(Objects.requireNonNull(unit, "unit").toNanos(timeout));
        Interrupts.throwIfInterrupted();
        Deadline deadline = Deadline.after(wait, time);
        return takeAll(lock -> lock.tryLock(deadline.remainingNanos(), TimeUnit.NANOSECONDS));
    }

    /**
     * Unlocks all locks. All are tried, even if one cannot be unlocked.
     *
     * @throws IllegalMonitorStateException if this thread does not hold all of them, from locks that throw this, as
     *     those of the JDK do; those that it does hold have been unlocked
     */
    @Override
    public void unlock() {
        List<Lock> all = new ArrayList<>(locks);
        all.addAll(keys);
        unlockReversed(all);
    }

    /**
     * Not supported: a condition belongs to one lock.
     *
     * @return never
     * @throws UnsupportedOperationException always
     */
    @Override
    public Condition newCondition() {
        throw new UnsupportedOperationException("several locks have no condition in common");
    }

    /**
     * Runs a task while holding all locks, for which it waits.
     *
     * @param task the task
     * @param <T> the type of the result
     * @param <X> the type of the checked exception that the task throws
     * @return what the task returned
     * @throws X if the task failed: what it threw
     * @throws InterruptedException if the thread is interrupted on entry or while it waits, and the task did not run;
     *     or if the task threw it
     */
    public <T extends @Nullable Object, X extends Throwable> T call(ThrowingSupplier<T, X> task)
            throws X, InterruptedException {
        Objects.requireNonNull(task, "task");
        StackRoom.check();
        lockInterruptibly();
        return Guarded.call(task, this::unlock);
    }

    /**
     * Runs a task while holding all locks, for which it waits.
     *
     * @param task the task
     * @param <X> the type of the checked exception that the task throws
     * @throws X if the task failed: what it threw
     * @throws InterruptedException if the thread is interrupted on entry or while it waits, and the task did not run;
     *     or if the task threw it
     */
    public <X extends Throwable> void run(ThrowingRunnable<X> task) throws X, InterruptedException {
        Objects.requireNonNull(task, "task");
        this.<@Nullable Void, X>call(() -> {
            task.run();
            return null;
        });
    }

    /** How to take one lock. */
    private interface Taking<X extends Exception> {
        boolean take(Lock lock) throws X;
    }

    /** A key with the number that it has for as long as it is pinned. */
    private record Pinned(long number, LockOfKey<?> key) {}

    private <X extends Exception> boolean takeAll(Taking<X> taking) throws X {
        List<Pinned> pinned = new ArrayList<>(keys.size());
        try {
            for (LockOfKey<?> key : keys) {
                pinned.add(new Pinned(key.pin(), key));
            }
            pinned.sort(Comparator.comparingLong(Pinned::number));
            List<Lock> ordered = new ArrayList<>(locks);
            pinned.forEach(key -> ordered.add(key.key));
            return takeEach(ordered, taking);
        } finally {
            pinned.forEach(key -> key.key.unpin()); // what is held keeps its number without
        }
    }

    private static <X extends Exception> boolean takeEach(List<Lock> ordered, Taking<X> taking) throws X {
        int taken = 0;
        try {
            while (taken < ordered.size() && taking.take(ordered.get(taken))) {
                taken++;
            }
        } catch (Throwable failure) {
            try {
                unlockReversed(ordered.subList(0, taken));
            } catch (RuntimeException | Error another) {
                Suppressed.attach(failure, another);
            }
            throw failure;
        }
        boolean all = taken == ordered.size();
        if (!all) {
            unlockReversed(ordered.subList(0, taken));
        }
        return all;
    }

    /** Unlocks all; the first failure is thrown at the end, with the others suppressed. */
    private static void unlockReversed(List<? extends Lock> held) {
        Throwable failure = null;
        for (int i = held.size() - 1; i >= 0; i--) {
            try {
                held.get(i).unlock();
            } catch (RuntimeException | Error thrown) {
                if (failure == null) {
                    failure = thrown;
                } else {
                    Suppressed.attach(failure, thrown);
                }
            }
        }
        if (failure instanceof Error error) {
            throw error;
        }
        if (failure instanceof RuntimeException exception) {
            throw exception;
        }
    }

    /**
     * Returns a description for logs and debuggers.
     *
     * @return for instance {@code OrderedLocks[2 locks, 1 keys]}
     */
    @Override
    public String toString() {
        return "OrderedLocks[" + locks.size() + " locks, " + keys.size() + " keys]";
    }
}
