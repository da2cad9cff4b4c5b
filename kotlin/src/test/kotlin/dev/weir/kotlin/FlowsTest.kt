package dev.weir.kotlin

import dev.weir.core.time.ManualTimeSource
import dev.weir.ratelimit.KeyedRateLimiter
import dev.weir.ratelimit.Rate
import dev.weir.ratelimit.TokenBucket
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.asFlow
import kotlinx.coroutines.flow.collect
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.flowOf
import kotlinx.coroutines.flow.flowOn
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.flow.onEach
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.test.currentTime
import kotlinx.coroutines.test.runTest
import kotlinx.coroutines.yield
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.Timeout
import java.io.IOException
import java.time.Duration
import java.util.concurrent.CopyOnWriteArrayList
import java.util.concurrent.atomic.AtomicInteger
import kotlin.random.Random

@Timeout(60)
class FlowsTest {
    @Test
    fun each_element_waits_for_its_permits() = runBlocking {
        val time = ManualTimeSource()
        val limiter = TokenBucket.builder(Rate.perSecond(3)).timeSource(time).build()
        val came = CopyOnWriteArrayList<Int>()
        val collecting = launch(start = CoroutineStart.UNDISPATCHED) {
            (1..4).asFlow().limited(limiter) { it.toLong().coerceAtMost(3) }.collect { came.add(it) }
        }
        assertEquals(listOf(1, 2), came)

        time.advance(Duration.ofSeconds(1))
        while (came.size < 3) yield()
        time.advance(Duration.ofSeconds(1))
        collecting.join()

        assertEquals(listOf(1, 2, 3, 4), came)
    }

    @Test
    fun each_element_costs_one_permit_or_one_of_its_key() = runBlocking {
        val time = ManualTimeSource()
        val limiter = TokenBucket.builder(Rate.perSecond(3)).timeSource(time).build()
        val keyed = KeyedRateLimiter.builder<Int>(Rate.perSecond(1)).timeSource(time).build()

        assertEquals(listOf(1, 2), flowOf(1, 2).limited(limiter).limited(keyed) { it }.toList())

        assertEquals(1, limiter.peek().remaining())
        assertEquals(0, keyed.peek(1).remaining())
    }

    @Test
    fun a_collector_that_is_cancelled_leaves_the_line() = runBlocking {
        val time = ManualTimeSource()
        val limiter = TokenBucket.builder(Rate.perSecond(1)).timeSource(time).build()
        val collecting = launch(start = CoroutineStart.UNDISPATCHED) { flowOf(1, 2).limited(limiter).collect() }
        assertEquals(1, limiter.metrics().waiters())

        collecting.cancelAndJoin()

        assertEquals(0, limiter.metrics().waiters())
    }

    @OptIn(ExperimentalCoroutinesApi::class) // the virtual time
    @Test
    fun results_come_in_the_order_of_the_elements_from_so_many_at_a_time() = runTest {
        val running = AtomicInteger()
        val most = AtomicInteger()

        val results = (1..20).asFlow().mapParallel(4) {
            most.accumulateAndGet(running.incrementAndGet(), ::maxOf)
            delay(if (it % 4 == 1) 40 else 10)
            running.decrementAndGet()
            it * 2
        }.toList()

        assertEquals(List(20) { (it + 1) * 2 }, results)
        assertEquals(4, most.get())
        assertTrue(currentTime < 300, "$currentTime")
    }

    @Test
    fun one_at_a_time_is_as_map() = runTest {
        assertEquals(listOf(2, 3), flowOf(1, 2).mapParallel(1) { it + 1 }.toList())
        assertEquals(listOf<Int>(), flowOf<Int>().mapParallel(3) { it + 1 }.toList())
    }

    @Test
    fun a_concurrency_below_one_is_refused() {
        assertThrows(IllegalArgumentException::class.java) { flowOf(1).mapParallel(0) { it } }
    }

    @Test
    fun the_first_failure_cancels_the_others() = runBlocking {
        val running = AtomicInteger()

        assertThrowsSuspending<IOException> {
            (1..10).asFlow().mapParallel(3) {
                running.incrementAndGet()
                try {
                    if (it == 3) throw IOException("no") else awaitCancellation()
                } finally {
                    running.decrementAndGet()
                }
            }.collect()
        }

        assertEquals(0, running.get())
    }

    @Test
    fun a_failure_of_the_source_is_thrown() = runBlocking {
        val broken = flow { emit(1); throw IOException("no") }

        assertThrowsSuspending<IOException> { broken.mapParallel(3) { awaitCancellation() }.collect() }
        Unit
    }

    @Test
    fun a_collector_that_has_enough_ends_the_others() = runBlocking {
        val running = AtomicInteger()

        val results = flow { var i = 0; while (true) emit(i++) }.mapParallel(3) {
            running.incrementAndGet()
            try {
                if (it < 2) it else awaitCancellation()
            } finally {
                running.decrementAndGet()
            }
        }.take(2).toList()

        assertEquals(listOf(0, 1), results)
        assertEquals(0, running.get())
    }

    @Test
    fun a_slow_collector_holds_the_source_back() = runTest {
        val emitted = AtomicInteger()
        (1..100).asFlow().onEach { emitted.incrementAndGet() }.mapParallel(2) { it }.take(1).collect {
            delay(1_000)
            assertTrue(emitted.get() <= 5, "${emitted.get()}")
        }
    }

    @Test
    fun thousands_of_elements_lose_and_double_no_result_on_many_threads() {
        val seed = System.nanoTime()
        println("seed $seed")
        val random = Random(seed)
        val micros = List(3_000) { random.nextInt(30) }
        runBlocking(Dispatchers.Default) {
            val results = micros.indices.asFlow().mapParallel(16) {
                val end = System.nanoTime() + micros[it] * 1_000
                while (System.nanoTime() < end) yield()
                it
            }.flowOn(Dispatchers.Default).map { it }.toList()
            assertEquals(micros.indices.toList(), results, "seed $seed")
        }
    }

    @Test
    fun flows_of_many_collectors_that_are_cancelled_at_random_keep_the_permits() {
        val seed = System.nanoTime()
        println("seed $seed")
        val random = Random(seed)
        val limiter = TokenBucket.builder(Rate.of(500, Duration.ofDays(1))).build()
        val passed = AtomicInteger()
        runBlocking(Dispatchers.Default) {
            val collectors = List(1_000) {
                async { (1..3).asFlow().limited(limiter).collect { passed.incrementAndGet() } }
            }
            delay(50)
            collectors.shuffled(random).forEach { it.cancel() }
            collectors.forEach { it.join() }
        }
        val all = passed.get() + limiter.peek().remaining()
        assertTrue(all in 500L..505L, "seed $seed: $all")
    }
}
