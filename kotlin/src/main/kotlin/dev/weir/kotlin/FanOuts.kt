package dev.weir.kotlin

import dev.weir.core.Deadline
import dev.weir.core.Outcome
import dev.weir.core.ThrowingConsumer
import dev.weir.core.ThrowingFunction
import dev.weir.core.ThrowingSupplier
import dev.weir.core.fanout.ExpandingAction
import dev.weir.core.fanout.ExpandingFunction
import dev.weir.core.fanout.FanOut
import dev.weir.core.scope.Parallel
import java.util.function.BiFunction
import java.util.function.BinaryOperator
import java.util.function.Consumer
import java.util.stream.Collector
import java.util.stream.Stream

// What is here blocks the thread until the call is over. For coroutines there is mapParallel of a flow.

/**
 * Applies a function to each item, fail-fast: [map][FanOut.map] without type arguments.
 *
 * @param function what to do with an item
 * @return the results, in the order of the items
 * @throws InterruptedException if the calling thread is interrupted before or during the call
 */
public fun <T, R> FanOut<T>.mapBlocking(function: (T) -> R): List<R> = map<R, Throwable>(ThrowingFunction(function))

/**
 * Does something with each item, fail-fast: [forEach][FanOut.forEach] without type arguments.
 *
 * @param action what to do with an item
 * @throws InterruptedException if the calling thread is interrupted before or during the call
 */
public fun <T> FanOut<T>.forEachBlocking(action: (T) -> Unit): Unit = forEach<Throwable>(ThrowingConsumer(action))

/**
 * Applies a function to each item and reduces the results: [reduce][FanOut.reduce] without type arguments.
 *
 * @param identity the value without any item
 * @param function what to do with an item
 * @param operator makes one value of two, associative
 * @return the value
 * @throws InterruptedException if the calling thread is interrupted before or during the call
 */
public fun <T, R : Any> FanOut<T>.reduceBlocking(identity: R, function: (T) -> R, operator: (R, R) -> R): R =
    reduce<R, Throwable>(identity, ThrowingFunction(function), BinaryOperator(operator))

/**
 * Applies a function to each item and collects the results: [collect][FanOut.collect] without type arguments.
 *
 * @param function what to do with an item
 * @param collector the collector
 * @return what the collector makes
 * @throws InterruptedException if the calling thread is interrupted before or during the call
 */
public fun <T, R, A : Any, C> FanOut<T>.collectBlocking(function: (T) -> R, collector: Collector<in R, A, C>): C =
    collect<R, A, C, Throwable>(ThrowingFunction(function), collector)

/**
 * Applies a function to the items until one has succeeded: [firstSuccess][FanOut.firstSuccess] without type arguments.
 *
 * @param function what to do with an item
 * @return the first result
 * @throws InterruptedException if the calling thread is interrupted before or during the call
 */
public fun <T, R> FanOut<T>.firstSuccessBlocking(function: (T) -> R): R =
    firstSuccess<R, Throwable>(ThrowingFunction(function))

/**
 * Applies a function to the items until some of them have succeeded: [quorum][FanOut.quorum] without type arguments.
 *
 * @param successes how many are to succeed, at least 1
 * @param function what to do with an item
 * @return the results, in the order in which they came
 * @throws InterruptedException if the calling thread is interrupted before or during the call
 */
public fun <T, R> FanOut<T>.quorumBlocking(successes: Int, function: (T) -> R): List<R> =
    quorum<R, Throwable>(successes, ThrowingFunction(function))

/**
 * Applies a function to the items, and gives the results as they come to a taker: [stream][FanOut.stream] without type
 * arguments. The form without a taker needs none anyway.
 *
 * @param function what to do with an item
 * @param taker what to do with the results
 * @return what the taker returned
 * @throws InterruptedException if the calling thread is interrupted before or during the call
 */
public fun <T, R, A> FanOut<T>.streamBlocking(function: (T) -> R, taker: (Stream<R>) -> A): A =
    stream<R, A, Throwable, Throwable>(ThrowingFunction(function), ThrowingFunction(taker))

/**
 * Applies a function to the items, and gives the results in the order of the items to a taker:
 * [orderedStream][FanOut.orderedStream] without type arguments.
 *
 * @param function what to do with an item
 * @param taker what to do with the results
 * @return what the taker returned
 * @throws InterruptedException if the calling thread is interrupted before or during the call
 */
public fun <T, R, A> FanOut<T>.orderedStreamBlocking(function: (T) -> R, taker: (Stream<R>) -> A): A =
    orderedStream<R, A, Throwable, Throwable>(ThrowingFunction(function), ThrowingFunction(taker))

/**
 * Applies a function to the items, and gives their outcomes as they come to a taker:
 * [streamOutcomes][FanOut.streamOutcomes] without type arguments.
 *
 * @param function what to do with an item
 * @param taker what to do with the outcomes
 * @return what the taker returned
 * @throws InterruptedException if the calling thread is interrupted before or during the call
 */
public fun <T, R, A> FanOut<T>.streamOutcomesBlocking(function: (T) -> R, taker: (Stream<Outcome<R>>) -> A): A =
    streamOutcomes<R, A, Throwable>(
        ThrowingFunction<T, R, Throwable>(function),
        ThrowingFunction<Stream<Outcome<R>>, A, Throwable>(taker),
    )

/**
 * Applies a function to the items, and does something with each result as it comes, in the calling thread:
 * [forEachCompleted][FanOut.forEachCompleted] without type arguments.
 *
 * @param function what to do with an item
 * @param consumer what to do with a result
 * @throws InterruptedException if the calling thread is interrupted before or during the call
 */
public fun <T, R> FanOut<T>.forEachCompletedBlocking(function: (T) -> R, consumer: (R) -> Unit): Unit =
    forEachCompleted<R, Throwable, Throwable>(ThrowingFunction(function), ThrowingConsumer(consumer))

/**
 * Does something with each item, and with the further ones that this gives: [expand][FanOut.expand] without type
 * arguments.
 *
 * @param action what to do with an item, and with what takes further items
 * @throws InterruptedException if the calling thread is interrupted before or during the call
 */
public fun <T> FanOut<T>.expandBlocking(action: (T, Consumer<in T>) -> Unit): Unit =
    expand<Throwable>(ExpandingAction(action))

/**
 * Applies a function to each item, and to the further ones that this gives, and gives the results to a taker:
 * [expand][FanOut.expand] without type arguments.
 *
 * @param function what to do with an item, and with what takes further items
 * @param taker what to do with the results
 * @return what the taker returned
 * @throws InterruptedException if the calling thread is interrupted before or during the call
 */
public fun <T, R, A> FanOut<T>.expandBlocking(function: (T, Consumer<in T>) -> R, taker: (Stream<R>) -> A): A =
    expand<R, A, Throwable, Throwable>(ExpandingFunction(function), ThrowingFunction(taker))

/**
 * Runs two tasks in parallel, fail-fast, and combines their results: [Parallel.join] without type arguments. Coroutines
 * have `async` for it.
 *
 * @param first a task
 * @param second a task
 * @param deadline when the tasks are interrupted, if they have not ended; never if this is not given
 * @param combine makes one of their results
 * @return what [combine] returned
 * @throws InterruptedException if the calling thread is interrupted before or during the call
 */
public fun <A, B, R> joinBlocking(
    first: () -> A,
    second: () -> B,
    deadline: Deadline = Deadline.never(),
    combine: (A, B) -> R,
): R = Parallel.join<A, B, R, Throwable>(
    deadline,
    ThrowingSupplier<A, Throwable>(first),
    ThrowingSupplier<B, Throwable>(second),
    BiFunction(combine),
)

/**
 * Runs three tasks in parallel, fail-fast, and combines their results: [Parallel.join] without type arguments.
 *
 * @param first a task
 * @param second a task
 * @param third a task
 * @param deadline when the tasks are interrupted, if they have not ended; never if this is not given
 * @param combine makes one of their results
 * @return what [combine] returned
 * @throws InterruptedException if the calling thread is interrupted before or during the call
 */
public fun <A, B, C, R> joinBlocking(
    first: () -> A,
    second: () -> B,
    third: () -> C,
    deadline: Deadline = Deadline.never(),
    combine: (A, B, C) -> R,
): R = Parallel.join<A, B, C, R, Throwable>(
    deadline,
    ThrowingSupplier<A, Throwable>(first),
    ThrowingSupplier<B, Throwable>(second),
    ThrowingSupplier<C, Throwable>(third),
    Parallel.Function3(combine),
)

/**
 * Runs four tasks in parallel, fail-fast, and combines their results: [Parallel.join] without type arguments.
 *
 * @param first a task
 * @param second a task
 * @param third a task
 * @param fourth a task
 * @param deadline when the tasks are interrupted, if they have not ended; never if this is not given
 * @param combine makes one of their results
 * @return what [combine] returned
 * @throws InterruptedException if the calling thread is interrupted before or during the call
 */
public fun <A, B, C, D, R> joinBlocking(
    first: () -> A,
    second: () -> B,
    third: () -> C,
    fourth: () -> D,
    deadline: Deadline = Deadline.never(),
    combine: (A, B, C, D) -> R,
): R = Parallel.join<A, B, C, D, R, Throwable>(
    deadline,
    ThrowingSupplier<A, Throwable>(first),
    ThrowingSupplier<B, Throwable>(second),
    ThrowingSupplier<C, Throwable>(third),
    ThrowingSupplier<D, Throwable>(fourth),
    Parallel.Function4(combine),
)
