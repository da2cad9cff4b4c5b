package consumer

import dev.weir.channel.Channel
import dev.weir.core.fanout.FanOut
import dev.weir.kotlin.asFlow
import dev.weir.kotlin.callSuspending
import dev.weir.kotlin.limited
import dev.weir.kotlin.mapBlocking
import dev.weir.kotlin.mapParallel
import dev.weir.kotlin.sendSuspending
import dev.weir.ratelimit.Rate
import dev.weir.ratelimit.RateLimiter
import dev.weir.retry.Retry
import dev.weir.retry.RetryPolicy
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking

fun main() = runBlocking {
    val retry = Retry.of(RetryPolicy.defaults())
    val channel = Channel.bounded<Int>(2)
    launch { channel.use { for (number in 1..3) it.sendSuspending(number) } }
    val squares = channel.asFlow()
        .limited(RateLimiter.of(Rate.perSecond(1_000)))
        .mapParallel(2) { retry.callSuspending { it * it } }
        .toList()
    check(squares == listOf(1, 4, 9)) { "$squares" }
    check(FanOut.over(squares).mapBlocking { it + 1 } == listOf(2, 5, 10))
    println("suspended, limited, retried and fanned out, with Weir's bill of materials")
}
