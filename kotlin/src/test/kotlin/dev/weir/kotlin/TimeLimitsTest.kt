package dev.weir.kotlin

import dev.weir.core.Deadline
import dev.weir.core.time.ManualTimeSource
import dev.weir.core.scope.TimeLimit
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.delay
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.test.runTest
import kotlinx.coroutines.withContext
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertSame
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.Timeout
import java.time.Duration
import java.util.concurrent.TimeoutException
import kotlin.time.Duration.Companion.minutes
import kotlin.time.Duration.Companion.seconds

@Timeout(60)
class TimeLimitsTest {
    private val time = ManualTimeSource()

    @Test
    fun a_limit_counts_in_the_virtual_time_of_a_test() = runTest {
        assertThrowsSuspending<TimeoutException> { withTimeLimit(1.minutes) { delay(2.minutes) } }
        assertEquals(1, withTimeLimit(2.minutes) { delay(1.minutes); 1 })
    }

    @Test
    fun a_limit_must_be_positive() = runTest {
        assertThrowsSuspending<IllegalArgumentException> { withTimeLimit(0.seconds) { } }
        assertThrowsSuspending<IllegalArgumentException> { withTimeLimit((-1).seconds) { } }
    }

    @Test
    fun a_block_ends_at_its_deadline_on_the_clock_of_that() = runBlocking {
        var ended = false
        val call = async(start = CoroutineStart.UNDISPATCHED) {
            assertThrowsSuspending<TimeoutException> {
                withTimeLimit(Deadline.after(Duration.ofSeconds(1), time)) {
                    try {
                        awaitCancellation()
                    } finally {
                        ended = true
                    }
                }
            }
            assertTrue(ended)
        }

        time.advance(Duration.ofSeconds(1))

        call.await()
    }

    @Test
    fun a_block_after_its_deadline_does_not_start() = runBlocking {
        val deadline = Deadline.after(Duration.ofSeconds(1), time)
        time.advance(Duration.ofSeconds(1))
        var started = false

        assertThrowsSuspending<TimeoutException> { withTimeLimit(deadline) { started = true } }

        assertEquals(false, started)
    }

    @Test
    fun a_result_that_is_there_is_returned_though_it_is_late() = runBlocking {
        val late = CompletableDeferred<Unit>()
        val call = async(start = CoroutineStart.UNDISPATCHED) {
            withTimeLimit(Deadline.after(Duration.ofSeconds(1), time)) {
                withContext(NonCancellable) { late.await() }
                "late"
            }
        }
        time.advance(Duration.ofSeconds(2))
        late.complete(Unit)

        assertEquals("late", call.await())
    }

    @Test
    fun a_cancellation_of_the_caller_stays_one() = runBlocking {
        val call = launch(start = CoroutineStart.UNDISPATCHED) {
            assertThrowsSuspending<CancellationException> {
                withTimeLimit(Deadline.after(Duration.ofSeconds(1), time)) { awaitCancellation() }
            }
        }

        call.cancelAndJoin()

        assertEquals(0, time.waiters())
    }

    @Test
    fun a_failure_and_a_cancellation_of_the_block_are_thrown_as_they_are() = runBlocking {
        val failure = IllegalStateException("no")
        val own = CancellationException("mine")

        assertSame(
            failure,
            assertThrowsSuspending<IllegalStateException> { withTimeLimit(1.seconds) { throw failure } },
        )
        assertSame(
            failure,
            assertThrowsSuspending<IllegalStateException> { withTimeLimit(Deadline.never()) { throw failure } },
        )
        assertSame(own, assertThrowsSuspending<CancellationException> { withTimeLimit(Deadline.never()) { throw own } })
    }

    @Test
    fun the_blocking_forms_need_no_type_arguments() {
        assertEquals(1, TimeLimit.of(Duration.ofMinutes(1)).callBlocking { 1 })
        assertEquals(2, shieldBlocking { 2 })
    }
}
