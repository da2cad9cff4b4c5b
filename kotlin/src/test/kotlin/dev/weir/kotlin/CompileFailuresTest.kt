package dev.weir.kotlin

import org.jetbrains.kotlin.cli.common.ExitCode
import org.jetbrains.kotlin.cli.jvm.K2JVMCompiler
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.Timeout
import org.junit.jupiter.api.io.TempDir
import java.io.ByteArrayOutputStream
import java.io.PrintStream
import java.nio.file.Path
import kotlin.io.path.writeText

/** What must not compile: Kotlin takes the JSpecify annotations of the modules for its own types. */
@Timeout(300)
class CompileFailuresTest {
    @TempDir
    private lateinit var folder: Path

    private val imports = listOf("batch", "channel", "core", "core.fanout", "core.sync", "kotlin", "ratelimit", "retry")
        .joinToString("\n") { "import dev.weir.$it.*" }

    /** What the compiler reports of a function with this body, without the place; empty if it compiles. */
    private fun errorsOf(vararg bodies: String): List<String> {
        val source = folder.resolve("source.kt")
        val functions = bodies.withIndex().joinToString("\n") { (number, body) -> "suspend fun f$number() { $body }" }
        source.writeText("$imports\n$functions\n")
        val report = ByteArrayOutputStream()
        val exit = K2JVMCompiler().exec(
            PrintStream(report), "-no-stdlib", "-no-reflect", "-nowarn", "-jvm-target", "21",
            "-classpath", System.getProperty("java.class.path"), "-d", folder.resolve("classes").toString(),
            source.toString(),
        )
        val errors = Regex("source\\.kt:(\\d+):\\d+: error: (.*)").findAll(report.toString())
            .map { "f${it.groupValues[1].toInt() - imports.lines().size - 1}: ${it.groupValues[2]}" }.toList()
        assertEquals(if (errors.isEmpty()) ExitCode.OK else ExitCode.COMPILATION_ERROR, exit, report.toString())
        return errors
    }

    private fun assertFails(error: String, vararg bodies: String) {
        val errors = errorsOf(*bodies)
        for (number in bodies.indices) {
            val own = errors.filter { it.startsWith("f$number:") }
            assertTrue(own.any { error in it }, "expected '$error' of '${bodies[number]}', but was $own of $errors")
        }
    }

    @Test
    fun null_is_no_argument() = assertFails(
        "null cannot be a value of a non-null type",
        "Retry.of(null)",
        "RateLimiter.of(null)",
        "Channel.bounded<String>(1).send(null)",
        "KeyedLock<String>().lock(null)",
        "KeyedRateLimiter.builder<String>(Rate.perSecond(1)).build().tryAcquire(null)",
        "Retry.builder(RetryPolicy.defaults()).name(null)",
        "Channel.bounded<String>(1).sendSuspending(null)",
    )

    @Test
    fun elements_and_keys_are_never_null() = assertFails(
        "is not within its bounds",
        "Channel.bounded<String?>(1)",
        "KeyedLock<String?>()",
        "KeyedSemaphore<Int?>(1)",
        "KeyedRateLimiter.builder<String?>(Rate.perSecond(1))",
    )

    @Test
    fun what_may_be_null_must_be_looked_at() = assertFails(
        "only safe (?.) or non-null asserted (!!.) calls are allowed on a nullable receiver",
        "Retry.of(RetryPolicy.defaults()).callWithAttemptSuspending { it.previousFailure().message }",
        "Channel.bounded<String>(1).receiveSuspendingOrNull().length",
        "Channel.bounded<String>(1).tryReceiveSuspending(kotlin.time.Duration.ZERO).length",
        "FanOut.over(listOf(1)).mapBlocking { if (it > 1) \"a\" else null }[0].length",
    )

    @Test
    fun a_result_is_as_nullable_as_its_task() = assertFails(
        "actual 'String?'",
        "val s: String = Retry.of(RetryPolicy.defaults()).callSuspending { null as String? }",
        "val s: String = Retry.of(RetryPolicy.defaults()).callBlocking { null as String? }",
        "val s: String = KeyedLock<Int>().callBlocking(1) { null as String? }",
        "val s: List<String> = FanOut.over(listOf(1)).mapBlocking { null as String? }",
    )

    @Test
    fun an_item_that_may_be_null_must_be_looked_at() = assertFails(
        "only safe (?.) or non-null asserted (!!.) calls are allowed on a nullable receiver",
        "FanOut.over(listOf(\"a\", null)).mapBlocking { it.length }",
    )

    @Test
    fun a_member_wins_over_an_extension_so_the_blocking_forms_have_names_of_their_own() = assertFails(
        "cannot infer type for type parameter 'X'",
        "Retry.of(RetryPolicy.defaults()).call { 1 }",
        "FanOut.over(listOf(1)).map { it }",
        "KeyedLock<String>().call(\"a\") { 1 }",
    )

    @Test
    fun a_task_that_suspends_is_none_that_blocks() = assertFails(
        "suspension functions can only be called within coroutine body",
        "Retry.of(RetryPolicy.defaults()).callBlocking { kotlinx.coroutines.delay(1) }",
        "KeyedLock<String>().callBlocking(\"a\") { kotlinx.coroutines.delay(1) }",
    )

    @Test
    fun what_is_right_compiles() = assertEquals(
        listOf<String>(),
        errorsOf(
            "val n: Int = Retry.of(RetryPolicy.defaults()).callBlocking { 1 }",
            "val n: String? = Retry.of(RetryPolicy.defaults()).callSuspending { null }",
            "val n: Int = Retry.of(RetryPolicy.defaults()).call<_, Exception> { 1 }",
            "Retry.of(RetryPolicy.defaults()).callWithAttemptSuspending { it.previousFailure()?.message }",
            "val n: List<Int> = FanOut.over(listOf(\"a\", null)).mapBlocking { it?.length ?: 0 }",
        ),
    )
}
