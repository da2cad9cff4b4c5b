package dev.weir.kotlin

import dev.weir.core.Deadline
import dev.weir.core.ThrowingSupplier
import dev.weir.core.context.ContextCarrier
import dev.weir.core.internal.Threads
import dev.weir.core.scope.TaskScope
import dev.weir.core.scope.TimeLimit
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.job
import kotlinx.coroutines.withTimeoutOrNull
import java.util.concurrent.TimeoutException
import java.util.concurrent.atomic.AtomicBoolean
import kotlin.time.Duration

/**
 * Runs a block with a time limit, and throws a [TimeoutException] if it takes longer: `withTimeout` with a failure that
 * is no [CancellationException], and so can be retried, caught, and not be taken for a cancellation of the caller.
 *
 * The time is that of the coroutine's dispatcher, in `runTest` a virtual one. The block has ended when this throws; if
 * it has its result when the time is over, that is returned.
 *
 * @param timeout the limit, positive
 * @param block the block
 * @return what the block returned
 * @throws TimeoutException if the block took longer
 * @throws IllegalArgumentException if [timeout] is not positive
 */
public suspend fun <T> withTimeLimit(timeout: Duration, block: suspend CoroutineScope.() -> T): T {
    require(timeout.isPositive()) { "timeout must be positive, but is $timeout" }
    var result: Result<T>? = null
    withTimeoutOrNull(timeout) { result = Result.success(block()) }
    return (result ?: throw TimeoutException("took longer than $timeout")).getOrThrow()
}

/**
 * Runs a block until a deadline, on the deadline's clock, and throws a [TimeoutException] if it passes before.
 *
 * The block has ended when this throws; if it has its result when the time is over, that is returned.
 *
 * @param deadline the limit; if it has passed, the block is not started
 * @param block the block
 * @return what the block returned
 * @throws TimeoutException if the deadline passed before the block ended
 */
public suspend fun <T> withTimeLimit(deadline: Deadline, block: suspend CoroutineScope.() -> T): T {
    currentCoroutineContext().ensureActive()
    if (deadline.isExpired) throw tooLate()
    val expired = AtomicBoolean()
    var result: Result<T>? = null
    try {
        coroutineScope {
            val job = currentCoroutineContext().job
            val timer = deadline.schedule {
                // What a cancellation runs is foreign code, which has no place on the timer's thread.
                expired.set(true)
                Threads.virtual("weir-time-limit") { job.cancel() }.start()
            }
            try {
                result = Result.success(block())
            } finally {
                timer.cancel()
            }
        }
    } catch (cancelled: CancellationException) {
        currentCoroutineContext().ensureActive()
        if (!expired.get()) throw cancelled // thrown by the block itself
    }
    return (result ?: throw tooLate()).getOrThrow()
}

private fun tooLate() = TimeoutException("was not done at its deadline")

/**
 * Runs a task within the limit, and blocks the thread: [call][TimeLimit.call] without type arguments.
 *
 * @param task the task
 * @return what the task returned
 * @throws TimeoutException if the task took longer
 * @throws InterruptedException if the calling thread is interrupted before or during the call
 */
public fun <T> TimeLimit.callBlocking(task: () -> T): T = call<T, Throwable>(ThrowingSupplier(task))

/**
 * Runs a task that is not interrupted when the caller is, and blocks the thread: [TaskScope.shield] without type
 * arguments.
 *
 * @param carriers what is carried to the task, in place of the defaults
 * @param task the task
 * @return what the task returned
 * @throws InterruptedException if the calling thread was interrupted, once the task has ended
 */
public fun <T> shieldBlocking(vararg carriers: ContextCarrier, task: () -> T): T =
    TaskScope.shield<T, Throwable>(ThrowingSupplier(task), *carriers)
