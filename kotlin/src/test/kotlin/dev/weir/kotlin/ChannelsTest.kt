package dev.weir.kotlin

import dev.weir.channel.Channel
import dev.weir.channel.ChannelClosedException
import dev.weir.channel.ChannelFullException
import dev.weir.channel.SendResult
import dev.weir.channel.WhenFull
import dev.weir.core.time.ManualTimeSource
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.cancel
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.joinAll
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.yield
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertSame
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.Timeout
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.ValueSource
import java.time.Duration
import java.util.concurrent.ConcurrentLinkedQueue
import kotlin.random.Random
import kotlin.time.Duration.Companion.seconds

@Timeout(60)
class ChannelsTest {
    private fun channel(kind: String): Channel<Int> = when (kind) {
        "bounded" -> Channel.bounded(3)
        "rendezvous" -> Channel.rendezvous()
        else -> Channel.unbounded()
    }

    @ParameterizedTest
    @ValueSource(strings = ["bounded", "rendezvous", "unbounded"])
    fun elements_go_from_coroutine_to_coroutine_in_order_on_one_thread(kind: String) = runBlocking {
        val channel = channel(kind)
        launch {
            repeat(200) { channel.sendSuspending(it) }
            channel.close()
        }

        assertEquals(List(200) { it }, channel.asFlow().toList())
        assertNull(channel.receiveSuspendingOrNull())
    }

    @Test
    fun a_send_that_is_cancelled_before_or_while_it_waits_has_sent_nothing() = runBlocking {
        val channel = Channel.bounded<Int>(1)
        channel.sendSuspending(1)
        val waiting = launch(start = CoroutineStart.UNDISPATCHED) { channel.sendSuspending(2) }
        yield()
        assertTrue(waiting.isActive)
        waiting.cancelAndJoin()
        assertEquals(1, channel.receiveSuspending())
        launch(start = CoroutineStart.UNDISPATCHED) {
            cancel()
            assertThrowsSuspending<CancellationException> { channel.sendSuspending(3) }
            assertThrowsSuspending<CancellationException> { channel.trySendSuspending(3, 1.seconds) }
        }.join()

        assertEquals(0, channel.size())
    }

    @Test
    fun a_receive_that_is_cancelled_before_or_while_it_waits_has_taken_nothing() = runBlocking {
        val channel = Channel.bounded<Int>(1)
        val waiting = launch(start = CoroutineStart.UNDISPATCHED) { channel.receiveSuspending() }
        yield()
        assertTrue(waiting.isActive)
        waiting.cancelAndJoin()
        channel.send(1)
        launch(start = CoroutineStart.UNDISPATCHED) {
            cancel()
            assertThrowsSuspending<CancellationException> { channel.receiveSuspending() }
            assertThrowsSuspending<CancellationException> { channel.receiveSuspendingOrNull() }
            assertThrowsSuspending<CancellationException> { channel.tryReceiveSuspending(1.seconds) }
        }.join()

        assertEquals(1, channel.receiveSuspending())
    }

    @Test
    fun an_element_that_a_cancellation_overtakes_is_returned() = runBlocking {
        val channel = Channel.bounded<Int>(1)
        val dispatcher = HeldDispatcher()
        var received = 0
        val receiver = launch(dispatcher) { received = channel.receiveSuspending() }
        dispatcher.runNext()
        channel.send(1)
        val resumption = dispatcher.awaitNext() // received, and the coroutine has not run on

        receiver.cancel()
        resumption.run()

        while (!receiver.isCompleted) if (!dispatcher.isIdle()) dispatcher.runNext() else yield()
        assertEquals(1, received)
        assertTrue(receiver.isCancelled)
    }

    @ParameterizedTest
    @ValueSource(strings = ["bounded", "rendezvous", "unbounded"])
    fun thousands_of_coroutines_that_are_cancelled_at_random_lose_and_double_no_element(kind: String) {
        val seed = System.nanoTime()
        println("seed $seed")
        val random = Random(seed)
        val channel = channel(kind)
        val sent = ConcurrentLinkedQueue<Int>()
        val received = ConcurrentLinkedQueue<Int>()
        runBlocking(Dispatchers.Default) {
            val senders = List(1_500) {
                launch {
                    channel.sendSuspending(it)
                    sent.add(it)
                }
            }
            val receivers = List(1_500) { launch { received.add(channel.receiveSuspending()) } }
            for (job in (senders + receivers).shuffled(random)) {
                if (random.nextInt(3) == 0) job.cancel()
                if (random.nextInt(50) == 0) delay(1)
            }
            delay(100)
            while (received.isEmpty()) delay(1)
            (senders + receivers).forEach { it.cancel() }
            (senders + receivers).joinAll()
        }

        val out = received + channel.abort()
        assertEquals(listOf<Int>(), sent - out.toSet(), "lost, seed $seed")
        assertEquals(listOf<Int>(), out - sent.toSet(), "of nobody, seed $seed")
        assertEquals(sent.size, out.size, "seed $seed")
        assertFalse(received.isEmpty(), "seed $seed")
    }

    @Test
    fun the_end_is_thrown_with_its_cause() = runBlocking {
        val cause = IllegalStateException("broken")
        val channel = Channel.bounded<Int>(1)
        channel.fail(cause)

        assertSame(cause, assertThrowsSuspending<ChannelClosedException> { channel.sendSuspending(1) }.cause)
        assertSame(cause, assertThrowsSuspending<ChannelClosedException> { channel.receiveSuspending() }.cause)
        assertSame(cause, assertThrowsSuspending<ChannelClosedException> { channel.receiveSuspendingOrNull() }.cause)
        assertSame(cause, assertThrowsSuspending<ChannelClosedException> { channel.asFlow().toList() }.cause)
        assertEquals(SendResult.CLOSED, channel.trySendSuspending(1, 1.seconds))
    }

    @Test
    fun a_close_ends_those_that_wait() = runBlocking {
        val channel = Channel.bounded<Int>(1)
        val receivers = List(10) { async(start = CoroutineStart.UNDISPATCHED) { channel.receiveSuspendingOrNull() } }

        channel.close()

        assertEquals(List(10) { null }, receivers.awaitAll())
    }

    @Test
    fun timed_forms_end_on_the_clock_of_the_channel() = runBlocking {
        val time = ManualTimeSource()
        val channel = Channel.bounded<Int>(1, time)
        val receiving = async(Dispatchers.Default) { channel.tryReceiveSuspending(1.seconds) }
        time.awaitWaiters(1)
        time.advance(Duration.ofSeconds(1))
        assertNull(receiving.await())
        assertEquals(SendResult.SENT, channel.trySendSuspending(1, 1.seconds))
        val sending = async(Dispatchers.Default) { channel.trySendSuspending(2, 1.seconds) }
        time.awaitWaiters(1)
        time.advance(Duration.ofSeconds(1))

        assertEquals(SendResult.FULL, sending.await())
        assertEquals(1, channel.tryReceiveSuspending(0.seconds))
    }

    @Test
    fun a_channel_that_does_not_wait_when_it_is_full_does_as_it_was_built() = runBlocking {
        val failing = Channel.builder<Int>(1).whenFull(WhenFull.FAIL).build()
        val dropping = Channel.builder<Int>(1).whenFull(WhenFull.DROP_OLDEST).build()
        failing.sendSuspending(1)
        dropping.sendSuspending(1)

        assertThrowsSuspending<ChannelFullException> { failing.sendSuspending(2) }
        dropping.sendSuspending(2)

        assertEquals(2, dropping.receiveSuspending())
    }

    @Test
    fun a_collector_that_ends_leaves_the_rest_in_the_channel() = runBlocking {
        val channel = Channel.unbounded<Int>()
        repeat(5) { channel.sendSuspending(it) }

        assertEquals(listOf(0, 1), channel.asFlow().take(2).toList())
        assertEquals(3, channel.size())
    }

    @Test
    fun an_interrupt_of_a_wait_does_not_reach_what_runs_unconfined_afterwards() = runBlocking {
        repeat(200) {
            val channel = Channel.bounded<Int>(1)
            coroutineScope {
                val job = launch(Dispatchers.Unconfined) {
                    try {
                        channel.receiveSuspending()
                    } finally {
                        assertFalse(Thread.currentThread().isInterrupted)
                    }
                }
                launch(Dispatchers.Default) { channel.trySend(1) }
                launch(Dispatchers.Default) { job.cancel() }
            }
        }
    }
}
