package dev.weir.kotlin

import dev.weir.core.ThrowingFunction
import dev.weir.core.ThrowingSupplier
import dev.weir.ratelimit.KeyedRateLimiter
import dev.weir.ratelimit.RateLimiter
import dev.weir.ratelimit.Reservation
import dev.weir.ratelimit.Settlement
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.ensureActive
import org.slf4j.LoggerFactory
import java.util.concurrent.CompletableFuture
import kotlin.time.Duration
import kotlin.time.toJavaDuration

private val LOG = LoggerFactory.getLogger(RateLimiter::class.java)

/**
 * Takes permits, and suspends until they are there.
 *
 * The request stands in the limiter's line as that of a thread does. A coroutine that is cancelled leaves the line; one
 * that is cancelled when its permits were granted already, and before it has run on, gives them back by
 * [refund][RateLimiter.refund]. So if this throws, it has taken nothing; a combination of limiters may get its permits
 * back a moment later. No thread waits.
 *
 * @param permits how many, from 0 to the burst
 * @throws IllegalArgumentException if [permits] is out of its range
 * @throws java.util.concurrent.RejectedExecutionException if the maximum number of requests waits already, or if the
 *   rate is replaced by one whose burst is too small
 */
public suspend fun RateLimiter.acquireSuspending(permits: Long = 1) {
    currentCoroutineContext().ensureActive()
    val future = acquireAsync(permits)
    if (!future.isGranted()) awaitGrant(future, permits)
}

private suspend fun RateLimiter.awaitGrant(future: CompletableFuture<*>, permits: Long) {
    try {
        future.awaitOutcome().getOrThrow()
    } catch (failure: Throwable) {
        // By the coroutine itself and nobody else: another thread that gives back might do so after this has ended.
        try {
            if (!future.cancel(false)) refundWhenGranted(future, permits)
        } catch (broken: Throwable) { // of the limiter; the coroutine ends by what has ended it
            if (broken !== failure) failure.addSuppressed(broken)
        }
        throw failure
    }
}

private fun RateLimiter.refundWhenGranted(future: CompletableFuture<*>, permits: Long) {
    if (future.isGranted()) { // perhaps before its dependents run
        refund(permits)
    } else { // it was refused, or the permits of a combination are on their way
        future.whenComplete { _, refused: Throwable? -> if (refused == null) refundOrLog(permits) }
    }
}

private fun RateLimiter.refundOrLog(permits: Long) {
    try {
        refund(permits)
    } catch (broken: Throwable) { // of the limiter, and nobody else is there to see it
        LOG.error("{} failed to take back what a cancelled coroutine was granted", this, broken)
    }
}

private fun CompletableFuture<*>.isGranted() = isDone && !isCompletedExceptionally

/**
 * Takes permits, and suspends until they are there, for a limited time, which the limiter's clock measures.
 *
 * Unlike [acquireSuspending], this has a virtual thread wait. A coroutine that is cancelled has taken nothing.
 *
 * @param permits how many, from 0 to the burst
 * @param timeout how long to wait at most; zero or less does not wait
 * @return whether the permits were taken; false at once if it is certain that they will not come in time
 * @throws IllegalArgumentException if [permits] is out of its range
 * @throws java.util.concurrent.RejectedExecutionException if the rate is replaced by one whose burst is too small
 */
public suspend fun RateLimiter.tryAcquireSuspending(permits: Long, timeout: Duration): Boolean {
    val taken = interruptibly { tryAcquire(permits, timeout.toJavaDuration()) }
    if (taken) giveBackIfCancelled { refund(permits) }
    return taken
}

/**
 * Takes a permit, and suspends until it is there, for a limited time; see the form with a number of permits.
 *
 * @param timeout how long to wait at most; zero or less does not wait
 * @return whether the permit was taken; false at once if it is certain that it will not come in time
 */
public suspend fun RateLimiter.tryAcquireSuspending(timeout: Duration): Boolean = tryAcquireSuspending(1, timeout)

/**
 * Takes an estimate of what something costs, suspends until it is there, and settles later what it has really cost.
 *
 * @param estimate how many permits, from 0 to the burst
 * @return what is to be settled
 * @throws IllegalArgumentException if [estimate] is out of its range
 * @throws java.util.concurrent.RejectedExecutionException as [acquireSuspending]
 */
public suspend fun RateLimiter.acquireEstimateSuspending(estimate: Long): Settlement {
    acquireSuspending(estimate)
    return Settlement.of(this, estimate)
}

/**
 * Suspends until the reservation is granted. A coroutine that is cancelled leaves the reservation as it is.
 *
 * @throws java.util.concurrent.CancellationException if the reservation is cancelled, or the coroutine is
 * @throws java.util.concurrent.RejectedExecutionException if the rate was replaced by one whose burst is too small
 */
public suspend fun Reservation.awaitSuspending(): Unit = interruptibly { await() }

/**
 * Takes permits of a key, and suspends until they are there, as [RateLimiter.acquireSuspending] does.
 *
 * @param key the key
 * @param permits how many, from 0 to the burst of the key's rate
 * @throws IllegalArgumentException if [permits] is out of its range
 * @throws java.util.concurrent.RejectedExecutionException if the maximum number of requests waits for the key already,
 *   or if there is no room for the key
 */
public suspend fun <K : Any> KeyedRateLimiter<K>.acquireSuspending(key: K, permits: Long = 1): Unit =
    limiter(key).acquireSuspending(permits)

/**
 * Takes permits of a key, and suspends until they are there, for a limited time, as
 * [RateLimiter.tryAcquireSuspending] does.
 *
 * @param key the key
 * @param permits how many, from 0 to the burst of the key's rate
 * @param timeout how long to wait at most; zero or less does not wait
 * @return whether the permits were taken
 * @throws IllegalArgumentException if [permits] is out of its range
 * @throws java.util.concurrent.RejectedExecutionException if there is no room for the key
 */
public suspend fun <K : Any> KeyedRateLimiter<K>.tryAcquireSuspending(
    key: K,
    permits: Long,
    timeout: Duration,
): Boolean = limiter(key).tryAcquireSuspending(permits, timeout)

/**
 * A function that acquires a permit, suspending, and then does as the given one does.
 *
 * @param function what to limit
 * @return the limited function
 */
public fun <A, R> RateLimiter.decorateSuspending(function: suspend (A) -> R): suspend (A) -> R = { argument ->
    acquireSuspending()
    function(argument)
}

/**
 * A function that acquires a permit, blocking the thread, and then does as the given one does:
 * [decorate][RateLimiter.decorate] without type arguments.
 *
 * @param function what to limit
 * @return the limited function
 */
public fun <A, R> RateLimiter.decorateBlocking(function: (A) -> R): (A) -> R {
    val decorated = decorate<A, R, Throwable>(ThrowingFunction(function))
    return { argument -> decorated.apply(argument) }
}

/**
 * A function without an argument that acquires a permit, blocking the thread, and then does as the given one does:
 * [decorateSupplier][RateLimiter.decorateSupplier] and [decorateRunnable][RateLimiter.decorateRunnable] without type
 * arguments.
 *
 * @param supplier what to limit
 * @return the limited function
 */
public fun <T> RateLimiter.decorateSupplierBlocking(supplier: () -> T): () -> T {
    val decorated = decorateSupplier<T, Throwable>(ThrowingSupplier(supplier))
    return { decorated.get() }
}
