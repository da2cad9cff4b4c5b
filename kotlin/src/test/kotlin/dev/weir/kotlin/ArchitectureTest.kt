package dev.weir.kotlin

import dev.weir.testkit.ModuleFacts
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test

class ArchitectureTest {
    private val module = ModuleFacts()

    @Test
    fun a_user_sees_functions_by_subject_and_no_type() {
        val files = listOf(
            "Channels", "FanOuts", "Flows", "Hedges", "Pipelines", "RateLimiters", "Retries", "Synchronizers",
            "TimeLimits",
        )
        val public = module.classes().filter { it.packageName == "dev.weir.kotlin" }
            .filter { type -> type.methods.any { it.name.first().isLetter() && isPublic(it.reflect()) } }
            .map { it.simpleName }.filter { it.endsWith("Kt") && it != "WaitsKt" }.sorted()

        assertEquals(files.map { "${it}Kt" }, public)
    }

    private fun isPublic(method: java.lang.reflect.Method) = java.lang.reflect.Modifier.isPublic(method.modifiers)

    @Test
    fun a_user_gets_the_language_coroutines_and_nothing_else() {
        assertEquals(
            setOf(
                "dev.weir", "org.jetbrains", "org.jetbrains.kotlin", "org.jetbrains.kotlinx", "org.jspecify",
                "org.slf4j",
            ),
            module.runtimeDependencies().map { it.substringBefore(':') }.toSet(),
        )
    }

    @Test
    fun of_what_is_internal_it_needs_threads_and_contexts() {
        val internal = module.classes().flatMap { it.directDependenciesFromSelf }.map { it.targetClass.name }
            .filter { it.startsWith("dev.weir.core.internal.") }
            .map { it.substringAfterLast('.').substringBefore('$') }.toSet()

        assertEquals(setOf("Contexts", "Threads"), internal)
    }
}
