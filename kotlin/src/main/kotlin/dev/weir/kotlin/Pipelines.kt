package dev.weir.kotlin

import dev.weir.batch.Batcher
import dev.weir.core.ThrowingFunction
import dev.weir.pipeline.Carried
import dev.weir.pipeline.RunningPipeline

/**
 * Has an item sent with others, and suspends until its result is there, as [call][Batcher.call] does. A virtual thread
 * waits for room and for the result. A coroutine that is cancelled takes its item out, if it was not sent yet.
 *
 * @param item the item
 * @return its result
 * @throws java.util.concurrent.ExecutionException if the bulk call or the item failed
 */
public suspend fun <I : Any, O> Batcher<I, O>.callSuspending(item: I): O = interruptibly { call(item) }

/**
 * Suspends until the pipeline has completed; [awaitCompletion][RunningPipeline.awaitCompletion] for coroutines. A
 * virtual thread waits. A coroutine that is cancelled leaves the pipeline running.
 *
 * @throws dev.weir.pipeline.PipelineException if the pipeline failed
 */
public suspend fun RunningPipeline.awaitCompletionSuspending(): Unit = interruptibly { awaitCompletion() }

/**
 * Applies a function to the element in the context that the element has: [call][Carried.call] without type arguments.
 *
 * @param function the function, which blocks and does not suspend
 * @return what it returned
 */
public fun <T : Any, R> Carried<T>.callBlocking(function: (T) -> R): R = call<R, Throwable>(ThrowingFunction(function))
