package dev.weir.core.internal;

/** Adds to a failure, as a suppressed exception of it, where the call was made, or how many failures are not shown. */
public final class TraceException extends Exception {
    private static final long serialVersionUID = 1;

    /**
     * Makes a trace.
     *
     * @param message what it says
     * @param withStack whether it has the stack of the current thread, or none
     */
    public TraceException(String message, boolean withStack) {
        super(message, null, false, withStack);
    }
}
