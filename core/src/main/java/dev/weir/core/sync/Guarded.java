package dev.weir.core.sync;

import dev.weir.core.ThrowingSupplier;
import dev.weir.core.internal.Suppressed;
import org.jspecify.annotations.Nullable;

/**
 * A task that runs while its caller holds something. Check {@link dev.weir.core.internal.StackRoom} before that is
 * taken: where the task overflows the stack, there must be room to give it back.
 */
final class Guarded {
    private Guarded() {}

    /** Runs the task and then gives back what is held; if both fail, the task's failure is thrown. */
    static <T extends @Nullable Object, X extends Throwable> T call(ThrowingSupplier<T, X> task, Runnable giveBack)
            throws X, InterruptedException {
        T result;
        try {
            result = task.get();
        } catch (Throwable failure) {
            try {
                giveBack.run();
            } catch (RuntimeException | Error another) {
                Suppressed.attach(failure, another);
            }
            throw failure;
        }
        giveBack.run();
        return result;
    }
}
