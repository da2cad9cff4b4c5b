package dev.weir.core.sync;

import dev.weir.core.Deadline;
import dev.weir.core.ThrowingFunction;
import dev.weir.core.ThrowingSupplier;
import dev.weir.core.internal.Checks;
import dev.weir.core.internal.Interrupts;
import dev.weir.core.internal.Name;
import dev.weir.core.internal.StackRoom;
import dev.weir.core.internal.wait.WaiterClass;
import dev.weir.core.internal.wait.WaiterOrder;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A semaphore whose number of permits can be changed while they are in use: a bulkhead that limits how many calls are
 * at work at once, and that an operator or an adaptive limit turns up and down.
 *
 * {@snippet file="dev/weir/core/sync/SyncSnippets.java" region="bulkhead"}
 *
 * <p><b>The race that this removes.</b> To resize a {@link java.util.concurrent.Semaphore} one replaces it, and then
 * there are two limits at once:
 *
 * {@snippet file="dev/weir/core/sync/SyncSnippets.java" region="replaced-semaphore"}
 *
 * <p><b>Conservation.</b> {@link #available()} is always {@link #size()} less the permits that are held. A permit is
 * taken in the moment in which a call returns with it; a call that times out or is interrupted, as by the cancelling of
 * the future that it runs in, has taken none. A release of more than is held is refused, where the JDK's semaphore
 * would grow.
 *
 * <p><b>Resizing.</b> Growing lets waiting calls in at once. Shrinking takes no permit that is held:
 * {@link #available()} becomes negative, and nobody gets a permit until enough have been released. A size of 0 lets
 * nobody in. A call may ask for more permits than there are; it waits until there are.
 *
 * <p><b>Fairness.</b> In a {@linkplain #fair(int) fair} semaphore permits go to calls in their order of arrival: nobody
 * passes a call that waits, not even a {@link #tryAcquire()} without a timeout, and a call that wants many permits
 * holds up those behind it. In an {@linkplain #unfair(int) unfair} one a running thread may take a permit before a
 * waiting one has woken, which is faster under contention, and a call that wants many may wait for as long as others
 * come for few; calls that wait for few pass it, too. A release costs the same however many calls wait, except that an
 * unfair semaphore looks at each different number of permits, of those that are free, that a call waits for.
 *
 * <p><b>Classes.</b> A fair semaphore may serve calls in another order than that of their arrival: by their
 * {@linkplain #priorities(int, Duration) priority}, with ageing, or by the {@linkplain #fairShares(int, Map) shares} of
 * tenants. A call that waits, or leaves, costs O(log n) then in the number of priorities or tenants that have calls
 * waiting; the semaphore remembers no others. A {@link #tryAcquire()} without a timeout passes nobody there either,
 * whatever its class.
 *
 * <p><b>The algorithm</b> is a counting semaphore (Dijkstra, 1965) whose count may be negative, so that a smaller size
 * is a debt that releases pay off, in the place of a wait for permits that others hold.
 *
 * <p><b>Thread-safety.</b> All methods are thread-safe. Permits have no owner: a thread may release what another
 * acquired, and a call within a call takes a second one. <b>Blocking.</b> {@code acquire} and {@code tryAcquire} with a
 * timeout park the thread; no thread is blocked for longer than a few instructions otherwise. <b>Interruption.</b> Ends
 * the wait with {@link InterruptedException}; no permit is taken then. <b>Memory effects.</b> What a thread does before
 * it releases happens-before what another does after it acquired the permit.
 */
public final class ResizableSemaphore {
    private final Permits all;
    private final TimeSource time;

    /** Of the calls that are made by this. */
    private final WaiterClass its;

    private ResizableSemaphore(@Nullable WaiterOrder order, int size, TimeSource time) {
        this.all = new Permits(order, (int) Checks.notNegative(size, "size"), Name.numbered("semaphore"));
        this.time = Objects.requireNonNull(time, "time");
        this.its = WaiterClass.NONE;
    }

    private ResizableSemaphore(ResizableSemaphore from, WaiterClass its) {
        this.all = from.all;
        this.time = from.time;
        this.its = its;
    }

    /**
     * A semaphore whose permits go to callers in their order of arrival.
     *
     * @param size how many permits there are
     * @return the semaphore, with all permits available
     * @throws IllegalArgumentException if the size is negative
     */
    public static ResizableSemaphore fair(int size) {
        return fair(size, TimeSource.system());
    }

    /**
     * A semaphore whose permits go to callers in their order of arrival, and whose timeouts are measured on the given
     * clock.
     *
     * @param size how many permits there are
     * @param time the clock
     * @return the semaphore, with all permits available
     * @throws IllegalArgumentException if the size is negative
     */
    public static ResizableSemaphore fair(int size, TimeSource time) {
        return new ResizableSemaphore(WaiterOrder.firstCome(), size, time);
    }

    /**
     * A semaphore that gives a free permit to the call that comes first for it.
     *
     * @param size how many permits there are
     * @return the semaphore, with all permits available
     * @throws IllegalArgumentException if the size is negative
     */
    public static ResizableSemaphore unfair(int size) {
        return unfair(size, TimeSource.system());
    }

    /**
     * A semaphore that gives a free permit to the call that comes first for it, and whose timeouts are measured on the
     * given clock.
     *
     * @param size how many permits there are
     * @param time the clock
     * @return the semaphore, with all permits available
     * @throws IllegalArgumentException if the size is negative
     */
    public static ResizableSemaphore unfair(int size, TimeSource time) {
        return new ResizableSemaphore(null, size, time);
    }

    /**
     * A fair semaphore in which calls are served by their {@linkplain #withPriority priority}, and by the time that
     * they have waited: one level of priority is worth that much waiting, so that none waits for ever. Calls of one
     * priority are served in their order of arrival.
     *
     * {@snippet file="dev/weir/core/sync/SyncSnippets.java" region="priorities"}
     *
     * @param size how many permits there are
     * @param ageing positive and at most a day: how long a call has to wait to be served before one that is a level
     *     higher and comes then; a second is common
     * @return the semaphore, with all permits available
     * @throws IllegalArgumentException if the size is negative, or if {@code ageing} is not positive or above a day
     */
    public static ResizableSemaphore priorities(int size, Duration ageing) {
        return priorities(size, ageing, TimeSource.system());
    }

    /**
     * A fair semaphore in which calls are served by their priority, as {@link #priorities(int, Duration)}, on the given
     * clock.
     *
     * @param size how many permits there are
     * @param ageing positive and at most a day: how long a call has to wait to be served before one that is a level
     *     higher and comes then
     * @param time the clock
     * @return the semaphore, with all permits available
     * @throws IllegalArgumentException if the size is negative, or if {@code ageing} is not positive or above a day
     */
    public static ResizableSemaphore priorities(int size, Duration ageing, TimeSource time) {
        return new ResizableSemaphore(WaiterOrder.priorities(ageing), size, time);
    }

    /**
     * A fair semaphore that shares its permits among the {@linkplain #forTenant tenants} of the calls, by weight: while
     * calls of several tenants wait, each tenant's get permits in proportion to its weight, however many another one
     * has made. Of two such tenants neither gets ahead of its share by more than a call. Calls of one tenant are served
     * in their order of arrival. A share is one of permits that are given, however long they are held; what a tenant
     * does not use goes to the others, and it is not made up for later.
     *
     * {@snippet file="dev/weir/core/sync/SyncSnippets.java" region="shares"}
     *
     * @param size how many permits there are
     * @param weights the weights of tenants, from 1 to 1,000; that of others is 1. Calls without a tenant are together
     *     one, named {@code ""}
     * @return the semaphore, with all permits available
     * @throws IllegalArgumentException if the size is negative, or if a weight is out of range
     */
    public static ResizableSemaphore fairShares(int size, Map<String, Integer> weights) {
        return fairShares(size, weights, TimeSource.system());
    }

    /**
     * A fair semaphore that shares its permits among tenants, as {@link #fairShares(int, Map)}, and whose timeouts are
     * measured on the given clock.
     *
     * @param size how many permits there are
     * @param weights the weights of tenants, from 1 to 1,000; that of others is 1
     * @param time the clock
     * @return the semaphore, with all permits available
     * @throws IllegalArgumentException if the size is negative, or if a weight is out of range
     */
    public static ResizableSemaphore fairShares(int size, Map<String, Integer> weights, TimeSource time) {
        return new ResizableSemaphore(WaiterOrder.fairShares(weights), size, time);
    }

    /**
     * This semaphore, for calls of a priority: the same permits and the same line. In a semaphore that was not built
     * {@linkplain #priorities(int, Duration) with priorities} it makes no difference.
     *
     * @param priority higher goes first; from −1,000 to 1,000; 0 by default
     * @return a view of this semaphore
     * @throws IllegalArgumentException if {@code priority} is out of range
     */
    public ResizableSemaphore withPriority(int priority) {
        return new ResizableSemaphore(this, its.withPriority(priority));
    }

    /**
     * This semaphore, for the calls of a tenant: the same permits and the same line. In a semaphore that was not built
     * {@linkplain #fairShares(int, Map) with fair shares} it makes no difference.
     *
     * @param tenant the name of the tenant
     * @return a view of this semaphore
     */
    public ResizableSemaphore forTenant(String tenant) {
        return new ResizableSemaphore(this, its.withTenant(tenant));
    }

    /**
     * Gives this semaphore, and all views of it, a name for logs, meters and thread dumps; {@code semaphore-} with a
     * number otherwise. For before it is used.
     *
     * @param name the name, which need not be unique
     * @return this semaphore
     * @throws IllegalArgumentException if {@code name} is blank
     */
    public ResizableSemaphore named(String name) {
        return named(Name.of("semaphore", Name.checked(name)));
    }

    ResizableSemaphore named(Name name) {
        all.name(name);
        return this;
    }

    private boolean await(int permits, Deadline deadline, boolean interruptible) {
        long since = all.looksAtClasses() ? time.nanoTime() : 0;
        return all.await(permits, its, since, deadline, interruptible);
    }

    /**
     * Takes a permit, waiting until there is one.
     *
     * @throws InterruptedException if the thread is interrupted on entry or while it waits; nothing was taken
     */
    public void acquire() throws InterruptedException {
        acquire(1);
    }

    /**
     * Takes several permits at once, waiting until they are free.
     *
     * @param permits how many, at least 1
     * @throws InterruptedException if the thread is interrupted on entry or while it waits; nothing was taken
     * @throws IllegalArgumentException if {@code permits} is below 1
     */
    public void acquire(int permits) throws InterruptedException {
        Checks.positive(permits, "permits");
        Interrupts.throwIfInterrupted();
        if (!await(permits, Deadline.never(), true)) {
            Thread.interrupted(); // the status becomes the exception
            throw new InterruptedException();
        }
    }

    /** Takes a permit, waiting until there is one. An interrupt does not end the wait, and is not lost. */
    public void acquireUninterruptibly() {
        acquireUninterruptibly(1);
    }

    /**
     * Takes several permits at once, waiting until they are free. An interrupt does not end the wait, and is not lost:
     * the thread's status is set when this returns.
     *
     * @param permits how many, at least 1
     * @throws IllegalArgumentException if {@code permits} is below 1
     */
    public void acquireUninterruptibly(int permits) {
        Checks.positive(permits, "permits");
        await(permits, Deadline.never(), false);
    }

    /**
     * Takes a permit if there is one now. Does not wait, and ignores interrupts.
     *
     * @return whether a permit was taken
     */
    public boolean tryAcquire() {
        return tryAcquire(1);
    }

    /**
     * Takes several permits at once if they are free now. Does not wait, and ignores interrupts.
     *
     * @param permits how many, at least 1
     * @return whether they were taken; none was if not
     * @throws IllegalArgumentException if {@code permits} is below 1
     */
    public boolean tryAcquire(int permits) {
        Checks.positive(permits, "permits");
        return all.tryTake(permits, false);
    }

    /**
     * Takes a permit, waiting for one for at most the timeout.
     *
     * @param timeout how long to wait; zero or less does not wait
     * @return whether a permit was taken
     * @throws InterruptedException if the thread is interrupted on entry or while it waits; nothing was taken
     */
    public boolean tryAcquire(Duration timeout) throws InterruptedException {
        return tryAcquire(1, timeout);
    }

    /**
     * Takes several permits at once, waiting for them for at most the timeout.
     *
     * @param permits how many, at least 1
     * @param timeout how long to wait; zero or less does not wait
     * @return whether they were taken; none was if not
     * @throws InterruptedException if the thread is interrupted on entry or while it waits; nothing was taken
     * @throws IllegalArgumentException if {@code permits} is below 1
     */
    public boolean tryAcquire(int permits, Duration timeout) throws InterruptedException {
        Checks.positive(permits, "permits");
        Objects.requireNonNull(timeout, "timeout");
        Interrupts.throwIfInterrupted();
        boolean taken = all.tryTake(permits, true) || await(permits, Deadline.after(timeout, time), true);
        if (!taken) {
            Interrupts.throwIfInterrupted();
        }
        return taken;
    }

    /**
     * Gives a permit back.
     *
     * @throws IllegalStateException if none is held
     */
    public void release() {
        release(1);
    }

    /**
     * Gives several permits back.
     *
     * @param permits how many, at least 1
     * @throws IllegalStateException if fewer than that are held; none was given back
     * @throws IllegalArgumentException if {@code permits} is below 1
     */
    public void release(int permits) {
        Checks.positive(permits, "permits");
        all.release(permits);
    }

    /**
     * Changes how many permits there are. What is held stays held.
     *
     * @param newSize how many permits there are from now on
     * @throws IllegalArgumentException if the size is negative
     */
    public void resize(int newSize) {
        Checks.notNegative(newSize, "newSize");
        all.resize(newSize);
    }

    /**
     * The name that this was given, or else {@code semaphore-} with a number, which is that in the order in which names
     * are first asked for.
     *
     * @return the name
     */
    public String name() {
        return all.name().toString();
    }

    /**
     * What this semaphore has done and is doing, with all views of it.
     *
     * @return a snapshot of now
     */
    public SemaphoreMetrics metrics() {
        return all.metrics();
    }

    /**
     * How many permits there are, held or not.
     *
     * @return the size now
     */
    public int size() {
        return all.size();
    }

    /**
     * How many permits are free.
     *
     * @return the size less what is held; negative after a shrink below that
     */
    public int available() {
        return all.available();
    }

    /**
     * How many calls wait for permits.
     *
     * @return the length of the line now
     */
    public int waiting() {
        return all.waiting();
    }

    /**
     * A function that takes a permit, does as the given one does, and gives the permit back, however that ended.
     *
     * @param function what to limit
     * @param <A> the type of its argument
     * @param <R> the type of its result
     * @param <X> the type of the checked exception that it throws
     * @return the limited function, which waits and so may throw {@link InterruptedException}
     */
    public <A extends @Nullable Object, R extends @Nullable Object, X extends Throwable>
            ThrowingFunction<A, R, X> decorate(ThrowingFunction<A, R, X> function) {
        Objects.requireNonNull(function, "function");
        return argument -> {
            StackRoom.check();
            acquire();
            return Guarded.<R, X>call(() -> function.apply(argument), this::release);
        };
    }

    /**
     * A supplier that takes a permit, does as the given one does, and gives the permit back, however that ended.
     *
     * @param supplier what to limit
     * @param <T> the type of its result
     * @param <X> the type of the checked exception that it throws
     * @return the limited supplier, which waits and so may throw {@link InterruptedException}
     */
    public <T extends @Nullable Object, X extends Throwable> ThrowingSupplier<T, X> decorateSupplier(
            ThrowingSupplier<T, X> supplier) {
        Objects.requireNonNull(supplier, "supplier");
        return () -> {
            StackRoom.check();
            acquire();
            return Guarded.call(supplier, this::release);
        };
    }

    /**
     * Returns a description for logs, debuggers and thread dumps, where it is what waits for a permit is blocked by. It
     * lists the first threads that wait, and for how long.
     *
     * @return for instance {@code ResizableSemaphore[downloads, fair, 3 of 8 available, 0 waiting]}
     */
    @Override
    public String toString() {
        return all.toString();
    }
}
