package dev.weir.jcstress;

import dev.weir.core.ThrowingRunnable;
import dev.weir.core.ThrowingSupplier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** For actors that wait and that nobody interrupts: jcstress wants them to throw no checked exception. */
public final class Uninterrupted {
    private Uninterrupted() {}

    public static void run(ThrowingRunnable<InterruptedException> action) {
        try {
            action.run();
        } catch (InterruptedException impossible) {
            throw new AssertionError(impossible);
        }
    }

    public static <T> T get(ThrowingSupplier<T, InterruptedException> action) {
        try {
            return action.get();
        } catch (InterruptedException impossible) {
            throw new AssertionError(impossible);
        }
    }

    /** In a virtual thread, which a part lets park at once where it lets a platform thread spin before. */
    public static <T> T getVirtually(ThrowingSupplier<T, InterruptedException> action) {
        FutureTask<T> task = new FutureTask<>(action::get);
        Thread.startVirtualThread(task);
        return get(() -> {
            try {
                return task.get();
            } catch (ExecutionException failure) {
                throw new AssertionError(failure.getCause());
            }
        });
    }
}
