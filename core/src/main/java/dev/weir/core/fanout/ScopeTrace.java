package dev.weir.core.fanout;

/** Says more of a failure, as a suppressed exception of it: where the scope was joined, or what is not listed. */
final class ScopeTrace extends Exception {
    private static final long serialVersionUID = 1;

    ScopeTrace(String message, boolean withStack) {
        super(message, null, false, withStack);
    }
}
