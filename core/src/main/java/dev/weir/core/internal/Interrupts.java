package dev.weir.core.internal;

import java.io.InterruptedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileLockInterruptionException;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/**
 * Throws for a pending interrupt, and distinguishes the effects of an interrupt that we sent from a task's own
 * failures.
 */
public final class Interrupts {
    /** How many causes of a failure are looked at; they may form a circle. */
    private static final int MAX_CAUSES = 16;

    private Interrupts() {}

    /**
     * Runs something that an interrupt is not for which is pending in this thread; it is pending again afterwards.
     *
     * @param action what runs without the interrupt
     */
    public static void keptFrom(Runnable action) {
        boolean interrupted = Thread.interrupted();
        try {
            action.run();
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /**
     * Throws if the current thread is interrupted.
     *
     * @throws InterruptedException if the interrupt status was set, which is cleared
     */
    public static void throwIfInterrupted() throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
    }

    /**
     * Whether a failure of a task is the effect of an interrupt that we sent to it. Without such an interrupt nothing
     * is: an {@link InterruptedException} of the task is a failure of its own then, or the effect of somebody else's
     * interrupt. With one, these are, alone or as a cause: {@link InterruptedException},
     * {@link ClosedByInterruptException}, {@link FileLockInterruptionException}, {@link CancellationException}, and
     * {@link InterruptedIOException} itself. A subclass of the latter is not: {@link java.net.SocketTimeoutException}
     * and the connect timeouts of HTTP clients are failures.
     *
     * @param weInterrupted whether we interrupted the task before it ended
     * @param failure what the task threw
     * @return true if it is to be taken for our interrupt, false if it is a failure that must be reported
     */
    public static boolean isEffectOf(boolean weInterrupted, Throwable failure) {
        if (!weInterrupted) {
            return false;
        }
        @Nullable Throwable cause = failure;
        for (int depth = 0; cause != null && depth < MAX_CAUSES; depth++) {
            if (cause instanceof InterruptedException
                    || cause instanceof ClosedByInterruptException
                    || cause instanceof FileLockInterruptionException
                    || cause instanceof CancellationException
                    || cause.getClass() == InterruptedIOException.class) {
                return true;
            }
            cause = causeOf(cause);
        }
        return false;
    }

    private static @Nullable Throwable causeOf(Throwable failure) {
        try {
            return failure.getCause();
        } catch (Throwable broken) { // of an exception with a getCause of its own
            return null;
        }
    }
}
