package dev.weir.kotlin

import dev.weir.channel.Channel
import dev.weir.core.fanout.FanOut
import dev.weir.core.pool.WorkerPool
import dev.weir.core.sync.KeyedSemaphore
import dev.weir.core.time.ManualTimeSource
import dev.weir.pipeline.Pipeline
import dev.weir.ratelimit.KeyedRateLimiter
import dev.weir.ratelimit.Rate
import dev.weir.ratelimit.RateLimiter
import dev.weir.retry.Backoff
import dev.weir.retry.Hedge
import dev.weir.retry.Retry
import dev.weir.retry.RetryPolicy
import kotlinx.coroutines.asCoroutineDispatcher
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.asFlow
import kotlinx.coroutines.flow.filter
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.future.await
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withContext
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.Timeout
import java.io.IOException
import java.nio.file.Files
import java.nio.file.Path
import java.time.Duration
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.atomic.AtomicInteger
import kotlin.io.path.readText
import kotlin.time.Duration.Companion.seconds

/** The code of docs/kotlin.md, run, and compared with the page. */
@Timeout(60)
class PageTest {
    private val page = Path.of("../docs/kotlin.md")
    private val source = Path.of("src/test/kotlin/dev/weir/kotlin/PageTest.kt")
    private val keys = listOf("a", "bc", "def")
    private val failures = AtomicInteger()

    private object api {
        suspend fun lookup(key: String): String {
            delay(1)
            return "answer to $key"
        }

        fun lookupBlocking(key: String): String = "answer to $key"
    }

    @Test
    fun rates_are_limited() = runBlocking {
        // @start region="limit"
        val limiter = RateLimiter.of(Rate.perSecond(100).withBurst(10))
        val perUser = KeyedRateLimiter.builder<String>(Rate.perMinute(60)).build()

        perUser.acquireSuspending("alice")
        limiter.acquireSuspending() // suspends until there is a permit
        val answer = api.lookup("key")
        // @end
        assertEquals("answer to key", answer)
    }

    @Test
    fun failures_are_retried() = runBlocking {
        suspend fun flaky(key: String): String =
            if (failures.getAndIncrement() < 2) throw IOException("busy") else api.lookup(key)
        // @start region="retry"
        val retry = Retry.of(
            RetryPolicy.builder()
                .maxAttempts(4)
                .backoff(Backoff.exponential(Duration.ofMillis(100), 2.0).withFullJitter())
                .retryOn(IOException::class.java)
                .build(),
        )

        val answer = retry.callSuspending {
            withTimeLimit(2.seconds) { flaky("key") } // a TimeoutException, which is retried
        }
        // @end
        assertEquals("answer to key", answer)
    }

    @Test
    fun slow_calls_are_hedged() = runBlocking {
        // @start region="hedge"
        val hedge = Hedge.atPercentile(95.0, Duration.ofMillis(50)).build()

        val answer = hedge.callSuspending { api.lookup("key") } // the slower attempt is cancelled and waited for
        // @end
        assertEquals("answer to key", answer)
    }

    @Test
    fun a_pool_runs_what_blocks() = runBlocking {
        // @start region="pool"
        val length = WorkerPool.builder("parser").maxWorkers(4).queueCapacity(100).build().use { pool ->
            pool.supplyAsync { "a document".length }.await() // its cancellation interrupts the task
        }
        // @end
        assertEquals(10, length)
    }

    @Test
    fun a_pool_is_a_dispatcher() = runBlocking {
        // @start region="dispatcher"
        val length = WorkerPool.builder("parser").maxWorkers(4).build().use { pool ->
            withContext(pool.asCoroutineDispatcher()) { "a document".length }
        }
        // @end
        assertEquals(10, length)
    }

    @Test
    fun work_fans_out() = runBlocking {
        // @start region="fan-out"
        val answers: List<String> = FanOut.over(keys).concurrency(5).mapBlocking { api.lookupBlocking(it) }
        // @end
        assertEquals(3, answers.size)
    }

    @Test
    fun flows_are_limited_and_parallel() = runBlocking {
        val limiter = RateLimiter.of(Rate.perSecond(100))
        // @start region="flow"
        val answers = keys.asFlow()
            .filter { it.isNotBlank() }
            .limited(limiter) // a permit for each
            .mapParallel(5) { api.lookup(it) } // in the order of the keys
            .toList()
        // @end
        assertEquals(keys.map { "answer to $it" }, answers)
    }

    @Test
    fun channels_connect_coroutines_and_threads() = runBlocking {
        val seen = ConcurrentLinkedQueue<String>()
        // @start region="channel"
        val channel = Channel.bounded<String>(16)
        launch {
            channel.use { for (key in keys) it.sendSuspending(key) } // suspends while it is full
        }
        channel.receiveAsFlow().collect { seen.add(it) } // ends when the channel is closed and empty
        // @end
        assertEquals(keys, seen.toList())
    }

    @Test
    fun pipelines_run_beside_coroutines() = runBlocking {
        val stored = ConcurrentLinkedQueue<String>()
        // @start region="pipeline"
        Pipeline.from(keys)
            .mapParallel("fetch", 5) { key -> api.lookupBlocking(key) }
            .to("store") { stored.add(it) }
            .start()
            .use { it.awaitCompletionSuspending() }
        // @end
        assertEquals(3, stored.size)
    }

    @Test
    fun coroutines_exclude_each_other_by_key() = runBlocking {
        // @start region="key"
        val accounts = KeyedSemaphore<String>(1)

        val answer = accounts.callSuspending("alice") { api.lookup("alice") } // one at a time for each key
        // @end
        assertEquals("answer to alice", answer)
    }

    @Test
    fun an_hour_of_backoff_passes_in_a_millisecond() = runBlocking {
        // @start region="time"
        val time = ManualTimeSource.autoAdvancing()
        val retry = Retry.builder(RetryPolicy.defaults()).timeSource(time).build()
        val answer = retry.callBlocking { api.lookupBlocking("key") }
        // @end
        assertEquals("answer to key", answer)
    }

    @Test
    fun the_page_shows_this_code() {
        val regions = Regex("(?s) *// @start region=\"([\\w-]+)\"\n(.*?)\n *// @end").findAll(source.readText())
            .associate { it.groupValues[1] to it.groupValues[2].trimIndent() }
        val blocks = Regex("(?sm)^```kotlin PageTest\\.([\\w-]+)\n(.*?)\n```$").findAll(page.readText())
            .associate { it.groupValues[1] to it.groupValues[2] }

        assertEquals(regions.keys.sorted(), blocks.keys.sorted(), "a block names its region: ```kotlin PageTest.retry")
        regions.forEach { (name, code) -> assertEquals(code, blocks[name], "copy the region $name into the page") }
    }

    @Test
    fun the_page_names_every_function() {
        val functions = Files.list(Path.of("src/main/kotlin/dev/weir/kotlin")).use { files ->
            files.toList().flatMap { Regex("(?m)^public (?:suspend )?fun (?:<.*?> )?(?:[\\w<>, ]+\\.)?(\\w+)\\(")
                .findAll(it.readText()).map { found -> found.groupValues[1] } }
        }.toSet()
        val text = page.readText()

        assertTrue(functions.size > 30, "$functions")
        assertEquals(listOf<String>(), functions.filter { "`$it" !in text && ".$it" !in text }.sorted())
    }
}
