package dev.weir.kotlin

import dev.weir.core.sync.AdaptiveLimit
import dev.weir.core.sync.Gate
import dev.weir.core.sync.KeyedLock
import dev.weir.core.sync.KeyedSemaphore
import dev.weir.core.sync.OrderedLocks
import dev.weir.core.sync.ResizableSemaphore
import dev.weir.core.time.ManualTimeSource
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.cancel
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.delay
import kotlinx.coroutines.joinAll
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.yield
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.Timeout
import java.time.Duration
import java.util.concurrent.atomic.AtomicInteger
import java.util.concurrent.locks.ReentrantLock
import kotlin.random.Random
import kotlin.time.Duration.Companion.seconds

@Timeout(60)
class SynchronizersTest {
    @Test
    fun a_coroutine_waits_for_permits_and_leaves_when_it_is_cancelled() = runBlocking {
        val semaphore = ResizableSemaphore.fair(2)
        semaphore.acquireSuspending(2)
        val cancelled = launch(start = CoroutineStart.UNDISPATCHED) { semaphore.acquireSuspending() }
        val served = async(start = CoroutineStart.UNDISPATCHED) { semaphore.acquireSuspending(2) }
        while (semaphore.waiting() < 2) yield()

        cancelled.cancelAndJoin()
        semaphore.release(2)

        served.await()
        assertEquals(0, semaphore.available())
        assertEquals(0, semaphore.waiting())
    }

    @Test
    fun permits_that_a_cancellation_overtakes_are_given_back() = runBlocking {
        val semaphore = ResizableSemaphore.fair(1)
        val dispatcher = HeldDispatcher()
        semaphore.acquire()
        val job = launch(dispatcher) { semaphore.acquireSuspending() }
        dispatcher.runNext()
        while (semaphore.waiting() == 0) yield()
        semaphore.release()
        val resumption = dispatcher.awaitNext()

        job.cancel()
        resumption.run()

        while (!job.isCompleted) if (!dispatcher.isIdle()) dispatcher.runNext() else yield()
        assertTrue(job.isCancelled)
        assertEquals(1, semaphore.available())
    }

    @Test
    fun a_coroutine_that_is_cancelled_before_the_call_takes_nothing() = runBlocking {
        val semaphore = ResizableSemaphore.unfair(1)
        val keyed = KeyedSemaphore<String>(1)
        launch(start = CoroutineStart.UNDISPATCHED) {
            cancel()
            assertThrowsSuspending<CancellationException> { semaphore.acquireSuspending() }
            assertThrowsSuspending<CancellationException> { semaphore.tryAcquireSuspending(1, 1.seconds) }
            assertThrowsSuspending<CancellationException> { keyed.acquireSuspending("a") }
            assertThrowsSuspending<CancellationException> { keyed.tryAcquireSuspending("a", 1.seconds) }
        }.join()

        assertEquals(1, semaphore.available())
        assertEquals(1, keyed.available("a"))
    }

    @Test
    fun thousands_of_coroutines_that_are_cancelled_at_random_keep_all_permits() {
        val seed = System.nanoTime()
        println("seed $seed")
        val random = Random(seed)
        for (semaphore in listOf(ResizableSemaphore.fair(5), ResizableSemaphore.unfair(5))) {
            val inside = AtomicInteger()
            val done = AtomicInteger()
            runBlocking(Dispatchers.Default) {
                val jobs = List(2_000) {
                    val permits = random.nextInt(1, 4)
                    launch {
                        semaphore.callSuspending(permits) {
                            assertTrue(inside.addAndGet(permits) <= 5, "seed $seed")
                            try {
                                yield()
                            } finally {
                                inside.addAndGet(-permits)
                            }
                            done.incrementAndGet()
                        }
                    }
                }
                for (job in jobs) {
                    if (random.nextInt(3) == 0) job.cancel()
                    if (random.nextInt(50) == 0) delay(1)
                }
                jobs.joinAll()
            }
            assertEquals(5, semaphore.available(), "seed $seed")
            assertEquals(0, semaphore.waiting(), "seed $seed")
            assertTrue(done.get() > 0, "seed $seed")
        }
    }

    @Test
    fun thousands_of_coroutines_exclude_each_other_by_key() {
        val seed = System.nanoTime()
        println("seed $seed")
        val random = Random(seed)
        val keyed = KeyedSemaphore<Int>(1)
        val inside = List(5) { AtomicInteger() }
        runBlocking(Dispatchers.Default) {
            val jobs = List(2_000) {
                val key = random.nextInt(5)
                launch {
                    keyed.callSuspending(key) {
                        assertEquals(1, inside[key].incrementAndGet(), "seed $seed")
                        try {
                            yield()
                        } finally {
                            inside[key].decrementAndGet()
                        }
                    }
                }
            }
            for (job in jobs) {
                if (random.nextInt(3) == 0) job.cancel()
                if (random.nextInt(50) == 0) delay(1)
            }
            jobs.joinAll()
        }
        assertEquals(0, keyed.activeKeys(), "seed $seed")
    }

    @Test
    fun a_timed_request_ends_on_the_clock_of_the_semaphore() = runBlocking {
        val time = ManualTimeSource()
        val semaphore = ResizableSemaphore.fair(1, time)
        val keyed = KeyedSemaphore<String>(1, time)
        assertTrue(semaphore.tryAcquireSuspending(1, 1.seconds))
        assertTrue(keyed.tryAcquireSuspending("a", 1.seconds))
        assertFalse(semaphore.tryAcquireSuspending(1, 0.seconds))
        val first = async(Dispatchers.Default) { semaphore.tryAcquireSuspending(1, 1.seconds) }
        val second = async(Dispatchers.Default) { keyed.tryAcquireSuspending("a", 1.seconds) }
        time.awaitWaiters(2)

        time.advance(Duration.ofSeconds(1))

        assertFalse(first.await())
        assertFalse(second.await())
    }

    @Test
    fun a_wrong_number_of_permits_is_refused() = runBlocking {
        val semaphore = ResizableSemaphore.fair(1)
        assertThrowsSuspending<IllegalArgumentException> { semaphore.acquireSuspending(0) }
        assertThrowsSuspending<IllegalArgumentException> { semaphore.tryAcquireSuspending(-1, 1.seconds) }
        assertThrowsSuspending<IllegalArgumentException> { semaphore.callSuspending(0) { } }
        assertEquals(1, semaphore.available())
    }

    @Test
    fun a_failure_of_the_task_gives_its_permits_back() = runBlocking {
        val semaphore = ResizableSemaphore.fair(1)

        assertThrowsSuspending<IllegalStateException> {
            semaphore.callSuspending { throw IllegalStateException("no") }
        }

        assertEquals(1, semaphore.available())
        assertEquals(3, semaphore.decorateSuspending { name: String -> name.length }("you"))
    }

    @Test
    fun an_adaptive_limit_learns_from_tasks_that_suspend() = runBlocking {
        val limit = AdaptiveLimit.aimd(1, 10).refusedIf { it is IllegalStateException }.build()
        assertEquals(1, limit.callSuspending { 1 })
        assertEquals(2, limit.decorateSuspending { number: Int -> number + 1 }(1))

        assertThrowsSuspending<IllegalStateException> { limit.callSuspending { throw IllegalStateException("busy") } }
        assertThrowsSuspending<IllegalArgumentException> {
            limit.callSuspending { throw IllegalArgumentException("x") }
        }

        assertEquals(2, limit.metrics().succeeded())
        assertEquals(1, limit.metrics().refused())
        assertEquals(0, limit.inFlight())
    }

    @Test
    fun a_coroutine_that_waits_for_an_adaptive_limit_leaves_when_it_is_cancelled() = runBlocking {
        val limit = AdaptiveLimit.aimd(1, 1).build()
        val permit = limit.acquireSuspending()
        val waiting = launch(start = CoroutineStart.UNDISPATCHED) { limit.acquireSuspending() }
        while (limit.waiting() == 0) yield()

        waiting.cancelAndJoin()
        permit.close()

        assertEquals(0, limit.inFlight())
    }

    @Test
    fun a_gate_is_awaited() = runBlocking {
        val gate = Gate.closed()
        val cancelled = launch(start = CoroutineStart.UNDISPATCHED) { gate.awaitSuspending() }
        val waiting = async(start = CoroutineStart.UNDISPATCHED) { gate.awaitSuspending() }
        while (gate.waiting() < 2) yield()
        cancelled.cancelAndJoin()
        assertEquals(1, gate.waiting())

        gate.open()

        waiting.await()
        gate.awaitSuspending()
    }

    @Test
    fun the_blocking_forms_need_no_type_arguments() {
        val semaphore = ResizableSemaphore.fair(1)
        val limit = AdaptiveLimit.aimd(1, 10).build()

        assertEquals(1, KeyedLock<String>().callBlocking("a") { 1 })
        assertEquals(1, KeyedSemaphore<String>(1).callBlocking("a") { 1 })
        assertEquals(1, OrderedLocks.of(ReentrantLock(), ReentrantLock()).callBlocking { 1 })
        assertEquals(1, limit.callBlocking { 1 })
        assertEquals(2, limit.decorateBlocking { number: Int -> number + 1 }(1))
        assertEquals(1, limit.decorateSupplierBlocking { 1 }())
        assertEquals(2, semaphore.decorateBlocking { number: Int -> number + 1 }(1))
        assertEquals(1, semaphore.decorateSupplierBlocking { 1 }())
    }
}
