package dev.weir.kotlin

import dev.weir.core.time.ManualTimeSource
import dev.weir.retry.AttemptTimeoutException
import dev.weir.retry.Backoff
import dev.weir.retry.Retry
import dev.weir.retry.RetryPolicy
import dev.weir.retry.RetryPolicyBuilder
import dev.weir.retry.RetryResult
import dev.weir.retry.StopReason
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineName
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.cancel
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.delay
import kotlinx.coroutines.joinAll
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withContext
import kotlinx.coroutines.withTimeout
import kotlinx.coroutines.yield
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertInstanceOf
import org.junit.jupiter.api.Assertions.assertSame
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.Timeout
import java.io.IOException
import java.time.Duration
import java.util.concurrent.TimeoutException
import java.util.concurrent.atomic.AtomicInteger
import kotlin.random.Random
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds

@Timeout(60)
class RetriesTest {
    private val time = ManualTimeSource()

    private fun retry(attempts: Int = 3, more: RetryPolicyBuilder.() -> Unit = {}): Retry = Retry.builder(
        RetryPolicy.builder().maxAttempts(attempts).backoff(Backoff.fixed(Duration.ofSeconds(1))).apply(more).build(),
    ).timeSource(time).build()

    @Test
    fun attempts_run_one_after_the_other_in_the_calling_coroutine() = runBlocking {
        val calls = AtomicInteger()
        val testThread = Thread.currentThread()
        val run = async(CoroutineName("caller"), CoroutineStart.UNDISPATCHED) {
            retry().callSuspending {
                assertEquals("caller", currentCoroutineContext()[CoroutineName]?.name)
                assertSame(testThread, Thread.currentThread())
                if (calls.incrementAndGet() < 3) throw IOException("again")
                "done"
            }
        }
        repeat(2) {
            while (calls.get() == it) yield()
            time.awaitWaitersYielding()
            time.advance(Duration.ofSeconds(1))
        }

        assertEquals("done", run.await())
        assertEquals(3, calls.get())
    }

    @Test
    fun the_last_failure_itself_is_thrown_with_its_trace() = runBlocking {
        val failures = List(2) { IOException("$it") }
        val calls = AtomicInteger()

        val thrown = assertThrowsSuspending<IOException> {
            retry(2) { backoff(Backoff.fixed(Duration.ZERO)) }
                .callSuspending { throw failures[calls.getAndIncrement()] }
        }

        assertSame(failures[1], thrown)
        assertTrue(thrown.suppressed.single().message!!.contains("after attempt 2"), thrown.suppressed.single().message)
    }

    @Test
    fun an_attempt_is_known_to_its_task() = runBlocking {
        val first = IOException("first")

        val number = retry { backoff(Backoff.fixed(Duration.ZERO)) }.callWithAttemptSuspending { attempt ->
            if (attempt.number() == 1) throw first
            assertSame(first, attempt.previousFailure())
            attempt.number()
        }

        assertEquals(2, number)
    }

    @Test
    fun a_result_that_is_rejected_is_retried() = runBlocking {
        val calls = AtomicInteger()
        val retry = retry { backoff(Backoff.fixed(Duration.ZERO)).retryOnResult { it == null } }

        assertEquals(1, retry.callSuspending { if (calls.getAndIncrement() == 0) null else 1 })
    }

    @Test
    fun a_run_is_reported() = runBlocking {
        val retry = retry(2) { backoff(Backoff.fixed(Duration.ZERO)) }
        val good = assertInstanceOf(RetryResult.Success::class.java, retry.attemptSuspending { 1 })
        val bad = assertInstanceOf(
            RetryResult.Failed::class.java,
            retry.attemptSuspending<Int> { throw IOException("no") },
        )

        assertEquals(1, good.value())
        assertEquals(2, bad.attempts())
        assertEquals(StopReason.EXHAUSTED, bad.reason())
    }

    @Test
    fun a_cancellation_in_a_delay_ends_the_run() = runBlocking {
        val calls = AtomicInteger()
        val run = launch(start = CoroutineStart.UNDISPATCHED) {
            retry().callSuspending { calls.incrementAndGet(); throw IOException("again") }
        }
        time.awaitWaitersYielding()

        run.cancelAndJoin()

        assertEquals(0, time.waiters())
        assertEquals(1, calls.get())
    }

    @Test
    fun a_cancellation_in_an_attempt_is_not_retried() = runBlocking {
        val calls = AtomicInteger()
        val run = launch(start = CoroutineStart.UNDISPATCHED) {
            retry { backoff(Backoff.fixed(Duration.ZERO)) }.callSuspending<Unit> {
                calls.incrementAndGet()
                awaitCancellation()
            }
        }

        run.cancelAndJoin()

        assertTrue(run.isCancelled)
        assertEquals(1, calls.get())
    }

    @Test
    fun a_coroutine_that_is_cancelled_before_the_call_makes_no_attempt() = runBlocking {
        val calls = AtomicInteger()
        launch(start = CoroutineStart.UNDISPATCHED) {
            cancel()
            assertThrowsSuspending<CancellationException> { retry().callSuspending { calls.incrementAndGet() } }
        }.join()

        assertEquals(0, calls.get())
    }

    @Test
    fun a_cancellation_that_the_task_throws_is_not_retried() = runBlocking {
        val calls = AtomicInteger()
        val own = CancellationException("mine")

        val thrown = assertThrowsSuspending<CancellationException> {
            retry().callSuspending { calls.incrementAndGet(); throw own }
        }

        assertSame(own, thrown)
        assertEquals(1, calls.get())
        assertThrowsSuspending<CancellationException> {
            retry().callSuspending { calls.incrementAndGet(); withTimeout(1.milliseconds) { awaitCancellation() } }
        }
        assertEquals(2, calls.get())
    }

    @Test
    fun an_attempt_timeout_cancels_the_attempt_and_the_next_one_begins_when_it_has_ended() = runBlocking {
        val running = AtomicInteger()
        val started = AtomicInteger()
        val retry = retry { attemptTimeout(Duration.ofSeconds(1)).backoff(Backoff.fixed(Duration.ZERO)) }

        val run = async(start = CoroutineStart.UNDISPATCHED) {
            assertThrowsSuspending<AttemptTimeoutException> {
                retry.callSuspending<Unit> {
                    assertEquals(1, running.incrementAndGet())
                    started.incrementAndGet()
                    try {
                        awaitCancellation()
                    } finally {
                        running.decrementAndGet()
                    }
                }
            }
        }
        repeat(3) {
            while (started.get() == it) yield() // an attempt that is out of time before it begins is not made
            time.advance(Duration.ofSeconds(1))
        }
        run.await()

        assertEquals(0, running.get())
        assertEquals(3, started.get())
        assertTrue(currentCoroutineContext()[Job]!!.isActive)
    }

    @Test
    fun a_time_limit_in_an_attempt_is_a_failure_to_be_retried() = runBlocking {
        val calls = AtomicInteger()

        val result = retry { backoff(Backoff.fixed(Duration.ZERO)) }.callSuspending {
            withTimeLimit(20.milliseconds) { if (calls.getAndIncrement() == 0) delay(10.seconds) else "quick" }
        }

        assertEquals("quick", result)
    }

    @Test
    fun thousands_of_runs_that_are_cancelled_at_random_leave_no_timer_and_no_attempt() {
        val seed = System.nanoTime()
        println("seed $seed")
        val random = Random(seed)
        val running = AtomicInteger()
        val retry = Retry.of(
            RetryPolicy.builder().maxAttempts(5).backoff(Backoff.fixed(Duration.ofMillis(1))).build(),
        )
        runBlocking(Dispatchers.Default) {
            val jobs = List(3_000) {
                val fails = random.nextInt(4)
                launch {
                    retry.callWithAttemptSuspending { attempt ->
                        running.incrementAndGet()
                        try {
                            yield()
                            if (attempt.number() <= fails) throw IOException("again")
                        } finally {
                            running.decrementAndGet()
                        }
                    }
                }
            }
            jobs.forEach { if (random.nextBoolean()) it.cancel() else if (random.nextInt(20) == 0) delay(1) }
            jobs.joinAll()
            assertTrue(jobs.any { !it.isCancelled }, "seed $seed") // all may have ended before they are cancelled
        }
        assertEquals(0, running.get(), "seed $seed")
    }

    @Test
    fun a_function_is_decorated() = runBlocking {
        val calls = AtomicInteger()
        val function = retry { backoff(Backoff.fixed(Duration.ZERO)) }.decorateSuspending { name: String ->
            if (calls.getAndIncrement() == 0) throw IOException("again")
            withContext(Dispatchers.Default) { name.length }
        }

        assertEquals(3, function("you"))
    }

    @Test
    fun a_block_has_a_limit_of_its_own() = runBlocking {
        assertEquals(1, withTimeLimit(1.seconds) { 1 })
        assertThrowsSuspending<TimeoutException> { withTimeLimit(1.milliseconds) { awaitCancellation() } }
        Unit
    }

    private suspend fun ManualTimeSource.awaitWaitersYielding() {
        while (waiters() == 0) yield()
    }
}
