package dev.weir.kotlin

import dev.weir.core.internal.Contexts
import dev.weir.core.internal.Threads
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.suspendCancellableCoroutine
import kotlinx.coroutines.withContext
import java.util.concurrent.CompletableFuture
import kotlin.coroutines.resume

/**
 * Suspends while a virtual thread of its own does what blocks, with the context that Weir carries by default.
 *
 * A cancellation interrupts that thread, and this waits for its end, which is near. So the cancellation has the effect
 * that an interrupt has: [block] has ended with an [InterruptedException] and without any effect, and this throws the
 * cancellation; or [block] was done before, and this returns what it returned, though the coroutine is cancelled. What
 * was taken is never lost on the way.
 */
internal suspend fun <T> interruptibly(block: () -> T): T {
    currentCoroutineContext().ensureActive()
    val context = Contexts.byDefault().capture()
    val end = CompletableDeferred<Result<T>>() // no child of the caller's job, and never fails itself
    val thread = Threads.virtual("weir-suspended") {
        end.complete(runCatching { context.call<T, Throwable>(block) })
    }
    thread.start()
    val result = try {
        end.await()
    } catch (cancelled: CancellationException) { // of the caller
        withContext(NonCancellable) { end.awaitInterrupted(thread) }.getOrElse { failure ->
            if (failure !is InterruptedException) cancelled.addSuppressed(failure)
            throw cancelled
        }.let { Result.success(it) }
    }
    return result.getOrThrow()
}

private suspend fun <T> CompletableDeferred<Result<T>>.awaitInterrupted(thread: Thread): Result<T> {
    if (isCompleted) return await() // and the thread may be at other work, as this is, unless it has a dispatcher
    thread.interrupt()
    val result = await()
    if (Thread.currentThread() === thread) Thread.interrupted() // unconfined: the interrupt was for the block alone
    return result
}

/** Gives back what was taken if the coroutine was cancelled meanwhile, as nothing can be done with it any more. */
internal suspend inline fun giveBackIfCancelled(giveBack: () -> Unit) {
    try {
        currentCoroutineContext().ensureActive()
    } catch (cancelled: CancellationException) {
        giveBack()
        throw cancelled
    }
}

/**
 * Suspends until the future is complete; a cancellation cancels the future first. The result is a value, so that a
 * failure arrives as it is and not as a copy of it.
 */
internal suspend fun <T> CompletableFuture<T>.awaitOutcome(): Result<T> = suspendCancellableCoroutine { waiting ->
    waiting.invokeOnCancellation { cancel(false) }
    whenComplete { value, failure: Throwable? ->
        waiting.resume(if (failure == null) Result.success(value) else Result.failure(failure))
    }
}
