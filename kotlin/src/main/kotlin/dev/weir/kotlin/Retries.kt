package dev.weir.kotlin

import dev.weir.core.ThrowingFunction
import dev.weir.core.ThrowingSupplier
import dev.weir.retry.Attempt
import dev.weir.retry.Retry
import dev.weir.retry.RetryResult
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.job
import java.util.concurrent.CompletableFuture
import java.util.concurrent.CompletionStage

/**
 * Runs a task until it succeeds or the policy ends the run, without blocking a thread: the attempts run in the calling
 * coroutine, one after the other, and it is suspended for the delays, which the retry's clock measures.
 *
 * What the policy says holds as it does for [Retry.call]: the last failure itself is thrown, with its suppressed trace.
 * An [attempt timeout][dev.weir.retry.RetryPolicyBuilder.attemptTimeout] cancels the attempt, as if by its own job; the
 * next one begins when it has ended.
 *
 * A cancellation of the coroutine ends the run, in a delay as in an attempt, and is never retried. Neither is another
 * [CancellationException] that the task throws, such as that of `withTimeout`: limit attempts by the policy's attempt
 * timeout or by [withTimeLimit], whose `TimeoutException` is a failure as any other.
 *
 * @param task the task
 * @return what the last attempt returned
 */
public suspend fun <T> Retry.callSuspending(task: suspend () -> T): T = callWithAttemptSuspending { task() }

/**
 * Does as [callSuspending] does, for a task that knows its attempt.
 *
 * @param task the task
 * @return what the last attempt returned
 */
public suspend fun <T> Retry.callWithAttemptSuspending(task: suspend (Attempt) -> T): T =
    runAttempts<T, T>({ attempt -> task(checkNotNull(attempt)) }) { attempts -> callAsyncWithAttempt(attempts) }
        .getOrThrow()

/**
 * Runs a task as [callSuspending] does, and reports how it ended.
 *
 * @param task the task
 * @return the result; what [callSuspending] would throw, but the coroutine's own cancellation, is a
 *   [RetryResult.Failed]
 */
public suspend fun <T> Retry.attemptSuspending(task: suspend () -> T): RetryResult<T> =
    runAttempts<T, RetryResult<T>>({ task() }) { attempts ->
        attemptAsync<T>(ThrowingSupplier<CompletionStage<T>, Throwable> { attempts.apply(null) })
    }.getOrThrow()

/**
 * A function that retries the given one in the calling coroutine.
 *
 * @param function the function
 * @return the retrying function
 */
public fun <A, R> Retry.decorateSuspending(function: suspend (A) -> R): suspend (A) -> R =
    { argument -> callSuspending { function(argument) } }

/** An attempt that the run has asked for, and that the coroutine is to make. */
private class Turn<T>(val attempt: Attempt?) {
    val stage = CompletableFuture<T>()

    /** Makes the attempt here; its stage ends it, or it its stage. */
    suspend fun make(task: suspend (Attempt?) -> T) {
        if (stage.isDone) return // out of time before it could begin
        val result = try {
            coroutineScope {
                val job = currentCoroutineContext().job
                stage.whenComplete { _, _ -> job.cancel() } // harmless if it is the result of this attempt
                runCatching { task(attempt) } // a failure passes the scope as a value, and so is not copied
            }
        } catch (cancelled: CancellationException) { // the scope's: the attempt's stage was cancelled, or the caller
            Result.failure(cancelled)
        }
        currentCoroutineContext().ensureActive()
        result.fold(stage::complete, stage::completeExceptionally)
    }
}

/**
 * Drives a run of the policy by a coroutine: the run asks for each attempt in a thread of its own choice, which hands
 * the turn over and goes, and the coroutine makes the attempts.
 */
private suspend fun <T, R> runAttempts(
    task: suspend (Attempt?) -> T,
    start: (ThrowingFunction<Attempt?, CompletionStage<T>, Throwable>) -> CompletableFuture<R>,
): Result<R> {
    currentCoroutineContext().ensureActive()
    val turns = Channel<Turn<T>>(Channel.UNLIMITED)
    val run = start(ThrowingFunction { attempt -> Turn<T>(attempt).also { turns.trySend(it) }.stage })
    var end: Result<R>? = null
    run.whenComplete { value, failure: Throwable? ->
        end = if (failure == null) Result.success(value) else Result.failure(failure)
        turns.close()
    }
    try {
        for (turn in turns) turn.make(task)
    } finally {
        run.cancel(false) // if the coroutine is cancelled
    }
    return checkNotNull(end)
}

/**
 * Runs a task until it succeeds or the policy ends the run, in the calling thread: [call][Retry.call] and
 * [run][Retry.run] without type arguments.
 *
 * @param task the task
 * @return what the last attempt returned
 * @throws InterruptedException if the thread is interrupted on entry or in a delay, or the task throws it
 */
public fun <T> Retry.callBlocking(task: () -> T): T = call<T, Throwable>(ThrowingSupplier(task))

/**
 * Runs a task that knows its attempt, in the calling thread: [callWithAttempt][Retry.callWithAttempt] without type
 * arguments.
 *
 * @param task the task
 * @return what the last attempt returned
 * @throws InterruptedException if the thread is interrupted on entry or in a delay, or the task throws it
 */
public fun <T> Retry.callWithAttemptBlocking(task: (Attempt) -> T): T =
    callWithAttempt<T, Throwable>(ThrowingFunction(task))

/**
 * A function that retries the given one in the calling thread: [decorate][Retry.decorate] without type arguments.
 *
 * @param function the function
 * @return the retrying function
 */
public fun <A, R> Retry.decorateBlocking(function: (A) -> R): (A) -> R {
    val decorated = decorate<A, R, Throwable>(ThrowingFunction(function))
    return { argument -> decorated.apply(argument) }
}

/**
 * A function without an argument that retries the given one in the calling thread:
 * [decorateSupplier][Retry.decorateSupplier] without type arguments.
 *
 * @param supplier the function
 * @return the retrying function
 */
public fun <T> Retry.decorateSupplierBlocking(supplier: () -> T): () -> T {
    val decorated = decorateSupplier<T, Throwable>(ThrowingSupplier(supplier))
    return { decorated.get() }
}
