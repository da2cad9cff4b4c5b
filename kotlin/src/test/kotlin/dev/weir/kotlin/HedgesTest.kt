package dev.weir.kotlin

import dev.weir.core.time.ManualTimeSource
import dev.weir.retry.Hedge
import dev.weir.retry.Retry
import dev.weir.retry.RetryPolicy
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.delay
import kotlinx.coroutines.joinAll
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withContext
import kotlinx.coroutines.yield
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertSame
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.Timeout
import java.io.IOException
import java.time.Duration
import java.util.concurrent.CopyOnWriteArrayList
import java.util.concurrent.atomic.AtomicInteger
import kotlin.random.Random

@Timeout(60)
class HedgesTest {
    private val time = ManualTimeSource()
    private val hedge = Hedge.after(Duration.ofSeconds(1)).timeSource(time).build()

    @Test
    fun a_quick_attempt_is_the_only_one() = runBlocking {
        assertEquals(1, hedge.callSuspending { 1 })
        assertEquals(0, hedge.metrics().made())
    }

    @Test
    fun a_slow_attempt_is_overtaken_cancelled_and_waited_for() = runBlocking {
        val attempts = AtomicInteger()
        val running = AtomicInteger()
        val call = async(start = CoroutineStart.UNDISPATCHED) {
            val result = hedge.callSuspending {
                running.incrementAndGet()
                try {
                    if (attempts.incrementAndGet() == 1) awaitCancellation() else "second"
                } finally {
                    running.decrementAndGet()
                }
            }
            assertEquals(0, running.get())
            result
        }
        while (running.get() == 0) yield()

        time.advance(Duration.ofSeconds(1))

        assertEquals("second", call.await())
    }

    @Test
    fun the_first_failure_is_thrown_itself() = runBlocking {
        val failure = IOException("no")

        assertSame(failure, assertThrowsSuspending<IOException> { hedge.callSuspending { throw failure } })
    }

    @Test
    fun a_cancellation_cancels_the_attempts_and_waits_for_them() = runBlocking {
        val running = AtomicInteger()
        val call = launch(start = CoroutineStart.UNDISPATCHED) {
            hedge.callSuspending {
                running.incrementAndGet()
                try {
                    awaitCancellation()
                } finally {
                    withContext(NonCancellable) { delay(20) }
                    running.decrementAndGet()
                }
            }
        }
        while (running.get() == 0) yield()
        time.advance(Duration.ofSeconds(1))
        while (running.get() == 1) yield()

        call.cancelAndJoin()

        assertEquals(0, running.get())
        assertEquals(0, time.waiters())
    }

    @Test
    fun what_a_loser_returns_all_the_same_is_released() = runBlocking {
        val released = CopyOnWriteArrayList<String>()
        val hedge = Hedge.after(Duration.ofSeconds(1)).timeSource(time)
            .onUndelivered(String::class.java) { released.add(it) }.build()
        val attempts = AtomicInteger()
        val second = CompletableDeferred<String>()
        val call = async(start = CoroutineStart.UNDISPATCHED) {
            hedge.callSuspending {
                if (attempts.incrementAndGet() == 1) {
                    withContext(NonCancellable) { second.join(); delay(20) }
                    "first"
                } else {
                    second.complete("second")
                    "second"
                }
            }
        }
        while (attempts.get() == 0) yield()
        time.advance(Duration.ofSeconds(1))

        assertEquals("second", call.await())
        assertEquals(listOf("first"), released)
    }

    @Test
    fun an_attempt_of_a_retry_is_hedged_under_its_limits() = runBlocking {
        val retry = Retry.of(RetryPolicy.defaults())

        assertEquals(1, retry.callWithAttemptSuspending { attempt -> hedge.callInSuspending(attempt) { 1 } })
        assertEquals(1, retry.callWithAttemptBlocking { attempt -> hedge.callInBlocking(attempt) { 1 } })
    }

    @Test
    fun functions_are_decorated() = runBlocking {
        val suspending = hedge.decorateSuspending { name: String -> name.length }
        val blocking = hedge.decorateBlocking { name: String -> name.length }

        assertEquals(3, suspending("you"))
        assertEquals(3, blocking("you"))
    }

    @Test
    fun thousands_of_calls_that_are_cancelled_at_random_leave_no_attempt() {
        val seed = System.nanoTime()
        println("seed $seed")
        val random = Random(seed)
        val running = AtomicInteger()
        val hedge = Hedge.after(Duration.ofMillis(1)).maxAttempts(3).build()
        runBlocking(Dispatchers.Default) {
            val jobs = List(2_000) {
                val millis = random.nextLong(4)
                launch {
                    hedge.callSuspending {
                        running.incrementAndGet()
                        try {
                            delay(millis)
                        } finally {
                            running.decrementAndGet()
                        }
                    }
                }
            }
            jobs.forEach { if (random.nextBoolean()) it.cancel() else if (random.nextInt(20) == 0) delay(1) }
            jobs.joinAll()
        }
        assertEquals(0, running.get(), "seed $seed")
    }
}
