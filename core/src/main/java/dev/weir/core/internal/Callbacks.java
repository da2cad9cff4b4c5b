package dev.weir.core.internal;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * The guard around foreign code: callbacks, listeners, and logging itself. Nothing here throws. Change state, wake
 * waiters and hand failures over before you call any of this (decision record 0008).
 */
public final class Callbacks {
    /** Foreign code. */
    @FunctionalInterface
    public interface Call {
        /**
         * Runs it.
         *
         * @throws Throwable if it fails
         */
        void run() throws Throwable;
    }

    private Callbacks() {}

    /**
     * Calls foreign code and returns normally whatever it throws, checked exceptions and errors included. What it
     * throws is logged at ERROR. If that is an {@link InterruptedException}, the thread's interrupt status is set;
     * otherwise it is left as the call left it.
     *
     * @param log where to log
     * @param what the subject of the message, for instance {@code "a listener of pool-1"}
     * @param call the foreign code
     */
    public static void run(Logger log, String what, Call call) {
        try {
            call.run();
        } catch (Throwable failure) {
            error(log, "{} failed", what, failure);
            if (failure instanceof InterruptedException) {
                Thread.currentThread().interrupt(); // after the log, as an appender may fail on the status
            }
        }
    }

    /**
     * Logs at ERROR and returns normally, whatever the logger and the arguments throw. If the logger throws, it is
     * tried once more with a description of each argument in its place.
     *
     * @param log where to log
     * @param message the message, with {@code {}} for each argument
     * @param arguments the arguments, the last of them possibly a failure
     */
    public static void error(Logger log, String message, @Nullable Object... arguments) {
        try {
            log.error(message, arguments);
        } catch (Throwable first) { // an appender, an argument's toString, a failure's getMessage, the JVM
            errorDescribed(log, message, arguments);
        }
    }

    private static void errorDescribed(Logger log, String message, @Nullable Object[] arguments) {
        try {
            StringBuilder text = new StringBuilder(message);
            for (Object argument : arguments) {
                text.append("; ").append(describe(argument));
            }
            log.error("{}", text);
        } catch (Throwable second) {
            // There is no place left to report to; the caller's duty comes before the report.
        }
    }

    /**
     * Describes an object as its {@code toString} does, or by its class and identity if that throws or returns null.
     *
     * @param object the object
     * @return its description
     */
    public static String describe(@Nullable Object object) {
        if (object == null) {
            return "null";
        }
        try {
            @Nullable String text = object.toString();
            if (text != null) {
                return text;
            }
        } catch (Throwable broken) {
            // as if there were no text
        }
        return object.getClass().getName() + '@' + Integer.toHexString(System.identityHashCode(object));
    }
}
