package dev.weir.kotlin

import dev.weir.ratelimit.KeyedRateLimiter
import dev.weir.ratelimit.RateLimiter
import kotlinx.coroutines.async
import kotlinx.coroutines.channels.produce
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.Deferred
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.onEach
import kotlinx.coroutines.sync.Semaphore

/**
 * The flow, in which each element waits for permits before it goes on.
 *
 * The permits are taken when the element has come, and the upstream is not asked for another one meanwhile; put a
 * `buffer()` before this for an upstream that is to go on. A collector that is cancelled while it waits has taken
 * nothing.
 *
 * @param limiter the limiter
 * @param permits how many permits an element costs, from 0 to the burst; one each if this is not given
 * @return a flow that fails as [acquireSuspending] does
 */
public fun <T> Flow<T>.limited(limiter: RateLimiter, permits: (T) -> Long = { 1 }): Flow<T> =
    onEach { element -> limiter.acquireSuspending(permits(element)) }

/**
 * The flow, in which each element waits for a permit of its key before it goes on, and those behind it wait, too.
 *
 * @param limiter the limiter
 * @param key the key of an element
 * @return a flow that fails as [acquireSuspending] does
 */
public fun <T, K : Any> Flow<T>.limited(limiter: KeyedRateLimiter<K>, key: (T) -> K): Flow<T> =
    onEach { element -> limiter.acquireSuspending(key(element)) }

/**
 * Applies a function to the elements, to at most [concurrency] of them at a time, and emits the results in the order of
 * the elements.
 *
 * The transformations are coroutines in the collector's context. A slow one holds up the results behind it: an element
 * is not begun before the one that is [concurrency] before it has given its result. The first failure, of any of them,
 * cancels the others and is thrown once they have ended; so does a collector that is cancelled or ends.
 * `flatMapMerge` of kotlinx.coroutines emits results as they come.
 *
 * @param concurrency how many at a time, at least 1
 * @param transform the function
 * @return the flow of the results
 * @throws IllegalArgumentException if [concurrency] is below 1
 */
@OptIn(ExperimentalCoroutinesApi::class) // produce, as what closes with the scope
public fun <T, R> Flow<T>.mapParallel(concurrency: Int, transform: suspend (T) -> R): Flow<R> {
    require(concurrency >= 1) { "concurrency must be at least 1, but is $concurrency" }
    val source = this
    return flow {
        coroutineScope {
            val free = Semaphore(concurrency)
            val results = produce<Deferred<R>>(capacity = concurrency) {
                source.collect { element ->
                    free.acquire() // given back when the result has been taken
                    send(this@coroutineScope.async { transform(element) })
                }
            }
            for (result in results) {
                val value = result.await()
                free.release()
                emit(value)
            }
        }
    }
}
