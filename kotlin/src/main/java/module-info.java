/** Weir for Kotlin: forms that suspend, flows, and blocking forms that need no type arguments. */
module dev.weir.kotlin {
    requires transitive dev.weir.core;
    requires transitive dev.weir.pipeline;
    requires transitive dev.weir.ratelimit;
    requires transitive dev.weir.retry;
    requires transitive kotlin.stdlib;
    requires transitive kotlinx.coroutines.core;

    exports dev.weir.kotlin;
}
