package dev.weir.core.scope;

/** When a scope stops its tasks before they have all ended by themselves. */
enum ScopePolicy {
    FAIL_FAST,
    JOIN_ALL,
    FIRST_SUCCESS
}
