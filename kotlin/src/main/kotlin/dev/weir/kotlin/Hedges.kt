package dev.weir.kotlin

import dev.weir.core.ThrowingFunction
import dev.weir.core.ThrowingSupplier
import dev.weir.retry.Attempt
import dev.weir.retry.Hedge
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Job
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.launch
import java.util.concurrent.CompletableFuture
import java.util.concurrent.CompletionStage

/**
 * Runs a task, more than once if it takes long, without blocking a thread, and returns what comes first.
 *
 * The attempts are coroutines in the caller's context, so a dispatcher of one thread runs them in turns. Those that the
 * winner has overtaken are cancelled and waited for, so none runs when this returns or throws; what one of them returns
 * all the same goes to [onUndelivered][Hedge.Builder.onUndelivered]. If all fail, the first failure is thrown, with the
 * others suppressed. A cancellation of the coroutine cancels the attempts and waits for them.
 *
 * @param task the task, which several coroutines may run at once
 * @return what the winner returned
 */
public suspend fun <T> Hedge.callSuspending(task: suspend () -> T): T = hedged(task) { callAsync(it) }

/**
 * Does as [callSuspending] does within an attempt of a retry, under its limits, as [Hedge.callIn] does.
 *
 * @param attempt the attempt, from [Retry.callWithAttemptSuspending][callWithAttemptSuspending]
 * @param task the task, which several coroutines may run at once
 * @return what the winner returned
 * @throws dev.weir.retry.AttemptTimeoutException if the policy's maximum duration is over
 */
public suspend fun <T> Hedge.callInSuspending(attempt: Attempt, task: suspend () -> T): T =
    hedged(task) { callAsyncIn(attempt, it) }

private suspend fun <T> hedged(
    task: suspend () -> T,
    start: (ThrowingSupplier<CompletionStage<T>, Throwable>) -> CompletableFuture<T>,
): T = coroutineScope {
    val attempts = this
    start(ThrowingSupplier { LaunchedStage(attempts, task) }).awaitOutcome()
}.getOrThrow()

/**
 * A stage whose coroutine completes it in any case. To cancel the stage cancels the coroutine, so a result that comes
 * all the same is not dropped by the stage, and the hedge can have it released.
 */
private class LaunchedStage<T>(scope: CoroutineScope, task: suspend () -> T) : CompletableFuture<T>() {
    private val job: Job = scope.launch { runCatching { task() }.fold(::complete, ::completeExceptionally) }

    override fun cancel(mayInterruptIfRunning: Boolean): Boolean {
        job.cancel()
        return false
    }
}

/**
 * Runs a task, more than once if it takes long, and blocks the thread: [call][Hedge.call] without type arguments.
 *
 * @param task the task, which several threads may run at once
 * @return what the winner returned
 * @throws InterruptedException if the calling thread is interrupted before or during the call, or an attempt throws it
 */
public fun <T> Hedge.callBlocking(task: () -> T): T = call<T, Throwable>(ThrowingSupplier(task))

/**
 * Runs a task within an attempt of a retry, and blocks the thread: [callIn][Hedge.callIn] without type arguments.
 *
 * @param attempt the attempt, from [Retry.callWithAttemptBlocking][callWithAttemptBlocking]
 * @param task the task, which several threads may run at once
 * @return what the winner returned
 * @throws InterruptedException if the calling thread is interrupted before or during the call, or an attempt throws it
 * @throws dev.weir.retry.AttemptTimeoutException if the policy's maximum duration is over
 */
public fun <T> Hedge.callInBlocking(attempt: Attempt, task: () -> T): T =
    callIn<T, Throwable>(attempt, ThrowingSupplier(task))

/**
 * A function that hedges the given one, and blocks the thread: [decorate][Hedge.decorate] without type arguments.
 *
 * @param function the function
 * @return the hedging function
 */
public fun <A, R> Hedge.decorateBlocking(function: (A) -> R): (A) -> R {
    val decorated = decorate<A, R, Throwable>(ThrowingFunction(function))
    return { argument -> decorated.apply(argument) }
}

/**
 * A function that hedges the given one without blocking a thread.
 *
 * @param function the function
 * @return the hedging function
 */
public fun <A, R> Hedge.decorateSuspending(function: suspend (A) -> R): suspend (A) -> R =
    { argument -> callSuspending { function(argument) } }
