package dev.weir.core.fanout;

import java.io.InterruptedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/** Tells what an interrupt does to a task from failures of its own. */
final class Interrupts {
    private static final int DEEPEST = 8;

    private Interrupts() {}

    /** Whether a task that was interrupted may have thrown this for that reason. */
    static boolean isEffect(Throwable failure) {
        @Nullable Throwable cause = failure;
        for (int depth = 0; cause != null && depth < DEEPEST; depth++) {
            if (cause instanceof InterruptedException
                    || cause instanceof ClosedByInterruptException
                    || cause instanceof InterruptedIOException
                    || cause instanceof CancellationException) {
                return true;
            }
            cause = cause.getCause();
        }
        return false;
    }
}
