package dev.weir.kotlin

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import java.lang.reflect.Method
import java.lang.reflect.Modifier
import java.lang.reflect.TypeVariable
import java.net.URI
import java.nio.file.FileSystems
import java.nio.file.Files
import java.nio.file.Path

/** Every public method whose failure type Kotlin cannot infer has a form that blocks and does not ask for it. */
class SurveyTest {
    /** The Java method by the name of its Kotlin form, where that is not the name and `Blocking`. */
    private val otherwise = mapOf(
        "Retry.run" to "callBlocking",
        "KeyedLock.run" to "callBlocking",
        "KeyedSemaphore.run" to "callBlocking",
        "OrderedLocks.run" to "callBlocking",
        "RateLimiter.decorateRunnable" to "decorateSupplierBlocking",
        "Timeouts.call" to "callBlocking", // of a TimeLimit
    )

    /** The type of a failure is one of the object that they make, and given where it is made. */
    private val typesOfObjects = setOf(
        "TaskScope.failFast", "TaskScope.firstSuccess", "TaskScope.open",
        "TaskScopeBuilder.failFast", "TaskScopeBuilder.firstSuccess", "TaskScopeBuilder.open",
    )

    private val forms = classesIn(Class.forName("dev.weir.kotlin.RetriesKt"))
        .filter { it.simpleName.endsWith("Kt") }.flatMap { it.methods.toList() }.map { it.name }.toSet()

    @Test
    fun every_method_with_a_failure_type_to_be_inferred_has_a_form_without() {
        val types = listOf("core.Outcome", "ratelimit.RateLimiter", "retry.Retry", "channel.Channel")
        val without = types.map { "dev.weir.$it" }
            .flatMap { classesIn(Class.forName(it)) }
            .filter { Modifier.isPublic(it.modifiers) && ".internal" !in it.packageName }
            .flatMap { it.declaredMethods.toList() }
            .filter { Modifier.isPublic(it.modifiers) && !it.isBridge && it.hasFailureType() }
            .map { "${it.declaringClass.simpleName}.${it.name}" }
            .filter { it !in typesOfObjects }
            .filter { (otherwise[it] ?: "${it.substringAfter('.')}Blocking") !in forms }

        assertEquals(listOf<String>(), without.distinct())
    }

    private fun Method.hasFailureType() = typeParameters.any { type: TypeVariable<*> ->
        type.bounds.any { it == Throwable::class.java }
    }

    private fun classesIn(type: Class<*>): List<Class<*>> {
        val place = Path.of(type.protectionDomain.codeSource.location.toURI())
        return if (Files.isDirectory(place)) classesUnder(place) else {
            FileSystems.newFileSystem(URI.create("jar:${place.toUri()}"), mapOf<String, Any>()).use {
                classesUnder(it.getPath("/"))
            }
        }
    }

    private fun classesUnder(root: Path): List<Class<*>> = Files.walk(root).use { files ->
        files.map { root.relativize(it).toString() }
            .filter { it.startsWith("dev") && it.endsWith(".class") }
            .map { Class.forName(it.removeSuffix(".class").replace('/', '.'), false, javaClass.classLoader) }
            .toList()
    }
}
