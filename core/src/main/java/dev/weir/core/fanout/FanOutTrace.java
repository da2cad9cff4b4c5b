package dev.weir.core.fanout;

/** Says more of a failure, as a suppressed exception of it: where the call was made, or what is not listed. */
final class FanOutTrace extends Exception {
    private static final long serialVersionUID = 1;

    FanOutTrace(String message, boolean withStack) {
        super(message, null, false, withStack);
    }
}
