package dev.weir.kotlin

import dev.weir.batch.Batcher
import dev.weir.core.fanout.FanOut
import dev.weir.pipeline.Carried
import dev.weir.pipeline.Pipeline
import dev.weir.retry.Hedge
import dev.weir.retry.Retry
import dev.weir.retry.RetryPolicy
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.async
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.Timeout
import java.io.IOException
import java.time.Duration
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.CountDownLatch
import java.util.concurrent.atomic.AtomicInteger
import java.util.stream.Collectors

/** What blocks, and needs no type arguments; and the parts of the pipeline module that are called by coroutines. */
@Timeout(60)
class BlockingTest {
    private val items = FanOut.over(listOf(1, 2, 3))

    @Test
    fun a_retry_and_a_hedge_call_without_type_arguments() {
        val retry = Retry.of(RetryPolicy.defaults())
        val hedge = Hedge.after(Duration.ofSeconds(1)).build()

        assertEquals(1, retry.callBlocking { 1 })
        assertEquals(1, retry.callWithAttemptBlocking { it.number() })
        assertEquals(3, retry.decorateBlocking { name: String -> name.length }("you"))
        assertEquals(1, retry.decorateSupplierBlocking { 1 }())
        assertEquals(1, hedge.callBlocking { 1 })
    }

    @Test
    fun items_fan_out_without_type_arguments() {
        val seen = ConcurrentLinkedQueue<Int>()

        assertEquals(listOf(2, 4, 6), items.mapBlocking { it * 2 })
        items.forEachBlocking { seen.add(it) }
        assertEquals(listOf(1, 2, 3), seen.sorted())
        assertEquals(12, items.reduceBlocking(0, { it * 2 }, Int::plus))
        assertEquals(setOf(2, 4, 6), items.collectBlocking({ it * 2 }, Collectors.toSet()))
        assertEquals(2, items.firstSuccessBlocking { if (it == 2) it else throw IOException("no") })
        assertEquals(setOf(1, 3), items.quorumBlocking(2) { if (it != 2) it else throw IOException("no") }.toSet())
    }

    @Test
    fun results_are_taken_as_they_come_without_type_arguments() {
        val seen = ConcurrentLinkedQueue<Int>()

        assertEquals(setOf(2, 4, 6), items.streamBlocking({ it * 2 }) { it.toList().toSet() })
        assertEquals(listOf(2, 4, 6), items.orderedStreamBlocking({ it * 2 }) { it.toList() })
        assertEquals(3L, items.streamOutcomesBlocking({ throw IOException("$it") }) { it.count() })
        items.forEachCompletedBlocking({ it * 2 }) { seen.add(it) }
        assertEquals(listOf(2, 4, 6), seen.sorted())
    }

    @Test
    fun items_that_give_more_items_expand_without_type_arguments() {
        val seen = ConcurrentLinkedQueue<Int>()

        items.expandBlocking { item, more ->
            seen.add(item)
            if (item < 10) more.accept(item * 10)
        }

        assertEquals(listOf(1, 2, 3, 10, 20, 30), seen.sorted())
        assertEquals(listOf(1, 2, 3), items.expandBlocking({ item, _ -> item }) { it.toList() }.sorted())
    }

    @Test
    fun tasks_of_different_types_are_joined_without_type_arguments() {
        assertEquals("a1", joinBlocking({ "a" }, { 1 }) { a, b -> a + b })
        assertEquals("a12", joinBlocking({ "a" }, { 1 }, { 2L }) { a, b, c -> a + b + c })
        assertEquals("a12c", joinBlocking({ "a" }, { 1 }, { 2L }, { 'c' }) { a, b, c, d -> a + b + c + d })
    }

    @Test
    fun a_failure_is_thrown_as_it_is() {
        assertThrows(IOException::class.java) { items.mapBlocking { throw IOException("no") } }
        assertThrows(IOException::class.java) { joinBlocking({ throw IOException("no") }, { 1 }) { _, _ -> } }
    }

    @Test
    fun an_item_of_a_coroutine_is_sent_with_others_and_taken_out_when_it_is_cancelled() = runBlocking {
        val sent = ConcurrentLinkedQueue<String>()
        Batcher.builder<String, Int> { items -> items.onEach { sent.add(it) }.map { it.length } }
            .maxItems(2).maxWait(Duration.ofHours(1)).build().use { batcher ->
                val cancelled = launch(start = CoroutineStart.UNDISPATCHED) { batcher.callSuspending("lost") }
                while (batcher.metrics().waiting() == 0) Thread.onSpinWait()
                cancelled.cancelAndJoin()
                val one = async(start = CoroutineStart.UNDISPATCHED) { batcher.callSuspending("a") }
                val two = async(start = CoroutineStart.UNDISPATCHED) { batcher.callSuspending("bc") }

                assertEquals(listOf(1, 2), listOf(one.await(), two.await()))
                assertEquals(listOf("a", "bc"), sent.sorted())
            }
    }

    @Test
    fun a_pipeline_is_awaited_and_runs_on_when_the_coroutine_is_cancelled() = runBlocking {
        val open = CountDownLatch(1)
        val sum = AtomicInteger()
        val running = Pipeline.from(listOf(1, 2, 3)).map("hold") { open.await(); it }
            .to("sum") { sum.addAndGet(it) }.start()
        launch(start = CoroutineStart.UNDISPATCHED) { running.awaitCompletionSuspending() }.cancelAndJoin()
        open.countDown()

        running.awaitCompletionSuspending()

        assertEquals(6, sum.get())
    }

    @Test
    fun an_element_with_its_context_is_handled_without_type_arguments() {
        assertEquals(3, Carried.of("you").callBlocking { it.length })
    }
}
