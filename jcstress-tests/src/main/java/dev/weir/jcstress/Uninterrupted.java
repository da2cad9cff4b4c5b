package dev.weir.jcstress;

import dev.weir.core.ThrowingRunnable;
import dev.weir.core.ThrowingSupplier;

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
}
