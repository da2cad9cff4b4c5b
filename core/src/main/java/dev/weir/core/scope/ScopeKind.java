package dev.weir.core.scope;

/** What ends a scope before its tasks have all ended by themselves. */
enum ScopeKind {
    FAIL_FAST,
    JOIN_ALL,
    FIRST_SUCCESS,

    /** A {@link ScopePolicy} of the user decides. */
    OF_POLICY
}
