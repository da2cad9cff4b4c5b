package dev.weir.kotlin

import kotlinx.coroutines.CoroutineDispatcher
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.TimeUnit
import kotlin.coroutines.CoroutineContext

/** Runs what is dispatched when the test says so, in the test's thread. */
internal class HeldDispatcher : CoroutineDispatcher() {
    private val held = LinkedBlockingQueue<Runnable>()

    override fun dispatch(context: CoroutineContext, block: Runnable) {
        held.add(block)
    }

    /** Waits until something is dispatched, and runs it. */
    fun runNext() {
        awaitNext().run()
    }

    /** Waits until something is dispatched, which the caller is to run. */
    fun awaitNext(): Runnable = checkNotNull(held.poll(1, TimeUnit.MINUTES)) { "nothing was dispatched" }

    fun isIdle(): Boolean = held.isEmpty()
}

/** Checks that a block throws that type, and returns what it threw. */
internal suspend inline fun <reified X : Throwable> assertThrowsSuspending(block: () -> Unit): X {
    val thrown = try {
        block()
        null
    } catch (thrown: Throwable) {
        thrown
    }
    return thrown as? X ?: throw AssertionError("expected ${X::class}, but was $thrown", thrown)
}
