package dev.weir.kotlin

import dev.weir.channel.Channel
import dev.weir.channel.SendResult
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow
import kotlin.jvm.optionals.getOrNull
import kotlin.time.Duration
import kotlin.time.toJavaDuration

/**
 * Sends an element; while the channel is full, suspends, or does what its [dev.weir.channel.WhenFull] says.
 *
 * If there is room, this neither suspends nor queues behind those that wait. Otherwise a virtual thread waits. If this
 * throws, the element was not sent: a cancellation that comes when it is sent already is left to the next suspension.
 *
 * @param element the element
 * @throws dev.weir.channel.ChannelClosedException if the channel is closed, or is while this waits
 * @throws dev.weir.channel.ChannelFullException if the channel is full and fails then
 */
public suspend fun <T : Any> Channel<T>.sendSuspending(element: T) {
    currentCoroutineContext().ensureActive()
    when (trySend(element)) {
        SendResult.FULL, SendResult.CLOSED -> interruptibly { send(element) } // throws what is to be thrown
        else -> return
    }
}

/**
 * Sends an element, suspending until there is room, for a limited time, which the channel's clock measures. A channel
 * that drops or fails does not wait. If this throws, the element was not sent.
 *
 * @param element the element
 * @param timeout how long to wait; zero or less does not wait
 * @return what became of the element
 */
public suspend fun <T : Any> Channel<T>.trySendSuspending(element: T, timeout: Duration): SendResult {
    currentCoroutineContext().ensureActive()
    val result = trySend(element)
    return if (result == SendResult.FULL && timeout.isPositive()) {
        interruptibly { trySend(element, timeout.toJavaDuration()) }
    } else {
        result
    }
}

/**
 * Receives the next element, suspending while the channel is empty and open.
 *
 * If an element is there, this neither suspends nor queues behind those that wait. Otherwise a virtual thread waits. If
 * this throws, nothing was taken: an element that was received when a cancellation comes is returned, and the
 * cancellation left to the next suspension.
 *
 * @return the element
 * @throws dev.weir.channel.ChannelClosedException if the channel is closed and empty
 */
public suspend fun <T : Any> Channel<T>.receiveSuspending(): T {
    currentCoroutineContext().ensureActive()
    return tryReceive().getOrNull() ?: interruptibly { receive() }
}

/**
 * Receives the next element, suspending while the channel is empty and open; [next][Channel.next] for coroutines. See
 * [receiveSuspending].
 *
 * @return the element, or null if the channel was closed and is empty
 * @throws dev.weir.channel.ChannelClosedException if the channel has failed and is empty
 */
public suspend fun <T : Any> Channel<T>.receiveSuspendingOrNull(): T? {
    currentCoroutineContext().ensureActive()
    val present = if (isClosed) null else tryReceiveIfOpen()
    return present ?: interruptibly { next() }.getOrNull()
}

private fun <T : Any> Channel<T>.tryReceiveIfOpen(): T? = try {
    tryReceive().getOrNull()
} catch (closedMeanwhile: dev.weir.channel.ChannelClosedException) {
    null
}

/**
 * Receives the next element, suspending for at most the timeout, which the channel's clock measures. See
 * [receiveSuspending].
 *
 * @param timeout how long to wait; zero or less does not wait
 * @return the element, or null if none came in time
 * @throws dev.weir.channel.ChannelClosedException if the channel is closed and empty
 */
public suspend fun <T : Any> Channel<T>.tryReceiveSuspending(timeout: Duration): T? {
    currentCoroutineContext().ensureActive()
    val present = tryReceive().getOrNull()
    return if (present == null && timeout.isPositive()) {
        interruptibly { tryReceive(timeout.toJavaDuration()) }.getOrNull()
    } else {
        present
    }
}

/**
 * The elements of the channel as a flow, which ends when the channel is closed and empty.
 *
 * Each element goes to one collector, of this flow or another one, or to another receiver. A collector that ends before
 * the channel, or is cancelled, leaves in the channel what it has not received.
 *
 * @return a flow that fails with a [dev.weir.channel.ChannelClosedException] if the channel fails
 */
public fun <T : Any> Channel<T>.receiveAsFlow(): Flow<T> = flow {
    while (true) {
        emit(receiveSuspendingOrNull() ?: break)
    }
}

/**
 * The elements of the channel as a flow: [receiveAsFlow] under its other name.
 *
 * A channel is an [Iterable], too, and kotlinx.coroutines has an `asFlow` of these, whose iterator blocks the thread.
 * Where that is imported by its name, import this one by its name as well, or call [receiveAsFlow].
 *
 * @return a flow that fails with a [dev.weir.channel.ChannelClosedException] if the channel fails
 */
public fun <T : Any> Channel<T>.asFlow(): Flow<T> = receiveAsFlow()
