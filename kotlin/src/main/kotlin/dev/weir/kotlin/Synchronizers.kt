package dev.weir.kotlin

import dev.weir.core.ThrowingFunction
import dev.weir.core.ThrowingSupplier
import dev.weir.core.sync.AdaptiveLimit
import dev.weir.core.sync.Gate
import dev.weir.core.sync.KeyedLock
import dev.weir.core.sync.KeyedSemaphore
import dev.weir.core.sync.OrderedLocks
import dev.weir.core.sync.ResizableSemaphore
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.ensureActive
import kotlin.jvm.optionals.getOrNull
import kotlin.time.Duration
import kotlin.time.toJavaDuration

/**
 * Takes permits, and suspends until they are free; [callSuspending] gives them back, too.
 *
 * If they are not free at once, a virtual thread waits in the semaphore's line. If this throws, nothing was taken:
 * permits that come together with a cancellation are given back.
 *
 * @param permits how many, at least 1
 * @throws IllegalArgumentException if [permits] is below 1
 */
public suspend fun ResizableSemaphore.acquireSuspending(permits: Int = 1) {
    currentCoroutineContext().ensureActive()
    if (available() >= permits && tryAcquire(permits)) return
    interruptibly { acquire(permits) }
    giveBackIfCancelled { release(permits) }
}

/**
 * Takes permits, and suspends until they are free, for a limited time, which the semaphore's clock measures. If this
 * throws, nothing was taken.
 *
 * @param permits how many, at least 1
 * @param timeout how long to wait; zero or less does not wait
 * @return whether they were taken
 * @throws IllegalArgumentException if [permits] is below 1
 */
public suspend fun ResizableSemaphore.tryAcquireSuspending(permits: Int, timeout: Duration): Boolean {
    currentCoroutineContext().ensureActive()
    if (!timeout.isPositive()) return tryAcquire(permits)
    val taken = interruptibly { tryAcquire(permits, timeout.toJavaDuration()) }
    if (taken) giveBackIfCancelled { release(permits) }
    return taken
}

/**
 * Runs a task with permits, for which it suspends, and gives them back however the task ends.
 *
 * @param permits how many, at least 1
 * @param task the task
 * @return what the task returned
 * @throws IllegalArgumentException if [permits] is below 1
 */
public suspend fun <T> ResizableSemaphore.callSuspending(permits: Int = 1, task: suspend () -> T): T {
    acquireSuspending(permits)
    try {
        return task()
    } finally {
        release(permits)
    }
}

/**
 * A function that runs the given one with a permit, for which it suspends.
 *
 * @param function what to limit
 * @return the limited function
 */
public fun <A, R> ResizableSemaphore.decorateSuspending(function: suspend (A) -> R): suspend (A) -> R =
    { argument -> callSuspending { function(argument) } }

/**
 * A function that runs the given one with a permit, for which it blocks the thread:
 * [decorate][ResizableSemaphore.decorate] without type arguments.
 *
 * @param function what to limit
 * @return the limited function
 */
public fun <A, R> ResizableSemaphore.decorateBlocking(function: (A) -> R): (A) -> R {
    val decorated = decorate<A, R, Throwable>(ThrowingFunction(function))
    return { argument -> decorated.apply(argument) }
}

/**
 * A function without an argument that runs the given one with a permit, for which it blocks the thread:
 * [decorateSupplier][ResizableSemaphore.decorateSupplier] without type arguments.
 *
 * @param supplier what to limit
 * @return the limited function
 */
public fun <T> ResizableSemaphore.decorateSupplierBlocking(supplier: () -> T): () -> T {
    val decorated = decorateSupplier<T, Throwable>(ThrowingSupplier(supplier))
    return { decorated.get() }
}

/**
 * Takes a permit of a key, and suspends until one is free, as [ResizableSemaphore.acquireSuspending] does.
 *
 * @param key the key
 */
public suspend fun <K : Any> KeyedSemaphore<K>.acquireSuspending(key: K) {
    currentCoroutineContext().ensureActive()
    if (available(key) > 0 && tryAcquire(key)) return
    interruptibly { acquire(key) }
    giveBackIfCancelled { release(key) }
}

/**
 * Takes a permit of a key, and suspends until one is free, for a limited time, which the semaphore's clock measures. If
 * this throws, nothing was taken.
 *
 * @param key the key
 * @param timeout how long to wait; zero or less does not wait
 * @return whether it was taken
 */
public suspend fun <K : Any> KeyedSemaphore<K>.tryAcquireSuspending(key: K, timeout: Duration): Boolean {
    currentCoroutineContext().ensureActive()
    if (!timeout.isPositive()) return tryAcquire(key)
    val taken = interruptibly { tryAcquire(key, timeout.toJavaDuration()) }
    if (taken) giveBackIfCancelled { release(key) }
    return taken
}

/**
 * Runs a task with a permit of a key, for which it suspends, and gives it back however the task ends. With one permit
 * for each key this is mutual exclusion for coroutines, which [KeyedLock] is not, because its locks belong to threads.
 *
 * @param key the key
 * @param task the task
 * @return what the task returned
 */
public suspend fun <K : Any, T> KeyedSemaphore<K>.callSuspending(key: K, task: suspend () -> T): T {
    acquireSuspending(key)
    try {
        return task()
    } finally {
        release(key)
    }
}

/**
 * Runs a task with a permit of a key, for which it blocks the thread: [call][KeyedSemaphore.call] and
 * [run][KeyedSemaphore.run] without type arguments.
 *
 * @param key the key
 * @param task the task
 * @return what the task returned
 * @throws InterruptedException if the thread is interrupted on entry or while it waits
 */
public fun <K : Any, T> KeyedSemaphore<K>.callBlocking(key: K, task: () -> T): T =
    call<T, Throwable>(key, ThrowingSupplier(task))

/**
 * Runs a task with the lock of a key: [call][KeyedLock.call] and [run][KeyedLock.run] without type arguments. The lock
 * belongs to the thread, so the task must not suspend; see [KeyedSemaphore.callSuspending][callSuspending].
 *
 * @param key the key
 * @param task the task
 * @return what the task returned
 * @throws InterruptedException if the thread is interrupted on entry or while it waits
 */
public fun <K : Any, T> KeyedLock<K>.callBlocking(key: K, task: () -> T): T =
    call<T, Throwable>(key, ThrowingSupplier(task))

/**
 * Runs a task with all of the locks: [call][OrderedLocks.call] and [run][OrderedLocks.run] without type arguments. The
 * locks belong to the thread, so the task must not suspend.
 *
 * @param task the task
 * @return what the task returned
 * @throws InterruptedException if the thread is interrupted on entry or while it waits
 */
public fun <T> OrderedLocks.callBlocking(task: () -> T): T = call<T, Throwable>(ThrowingSupplier(task))

/**
 * Takes a permit, and suspends until there is one. If this throws, nothing was taken.
 *
 * @return the permit, to be settled or closed
 */
public suspend fun AdaptiveLimit.acquireSuspending(): AdaptiveLimit.Permit {
    currentCoroutineContext().ensureActive()
    if (inFlight() < limit()) tryAcquire().getOrNull()?.let { return it }
    val permit = interruptibly { acquire() }
    giveBackIfCancelled { permit.close() }
    return permit
}

/**
 * Runs a task with a permit, for which it suspends, and settles the permit as [AdaptiveLimit.call] does: a task that
 * returns has succeeded, and one that throws was refused if the limit's `refusedIf` says so.
 *
 * @param task the task
 * @return what the task returned
 */
public suspend fun <T> AdaptiveLimit.callSuspending(task: suspend () -> T): T {
    acquireSuspending().use { permit ->
        val result = try {
            task()
        } catch (failure: Throwable) {
            permit.failed(failure)
            throw failure
        }
        permit.succeeded()
        return result
    }
}

/**
 * A function that runs the given one with a permit, for which it suspends.
 *
 * @param function what to limit
 * @return the limited function
 */
public fun <A, R> AdaptiveLimit.decorateSuspending(function: suspend (A) -> R): suspend (A) -> R =
    { argument -> callSuspending { function(argument) } }

/**
 * Runs a task with a permit, for which it blocks the thread: [call][AdaptiveLimit.call] without type arguments.
 *
 * @param task the task
 * @return what the task returned
 * @throws InterruptedException if the thread is interrupted on entry or while it waits
 */
public fun <T> AdaptiveLimit.callBlocking(task: () -> T): T = call<T, Throwable>(ThrowingSupplier(task))

/**
 * A function that runs the given one with a permit, for which it blocks the thread: [decorate][AdaptiveLimit.decorate]
 * without type arguments.
 *
 * @param function what to limit
 * @return the limited function
 */
public fun <A, R> AdaptiveLimit.decorateBlocking(function: (A) -> R): (A) -> R {
    val decorated = decorate<A, R, Throwable>(ThrowingFunction(function))
    return { argument -> decorated.apply(argument) }
}

/**
 * A function without an argument that runs the given one with a permit, for which it blocks the thread:
 * [decorateSupplier][AdaptiveLimit.decorateSupplier] without type arguments.
 *
 * @param supplier what to limit
 * @return the limited function
 */
public fun <T> AdaptiveLimit.decorateSupplierBlocking(supplier: () -> T): () -> T {
    val decorated = decorateSupplier<T, Throwable>(ThrowingSupplier(supplier))
    return { decorated.get() }
}

/** Suspends until the gate is open, or is pulsed. A virtual thread waits; a coroutine that is cancelled leaves it. */
public suspend fun Gate.awaitSuspending() {
    currentCoroutineContext().ensureActive()
    if (!isOpen) interruptibly { await() }
}
