package dev.weir.jcstress.sync;

import dev.weir.core.ThrowingRunnable;
import dev.weir.core.ThrowingSupplier;

/** Calls of actors, which may not throw checked exceptions, and which nobody interrupts. */
final class Uninterrupted {
    private Uninterrupted() {}

    static boolean call(ThrowingSupplier<Boolean, RuntimeException> call) {
        try {
            return call.get();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    static void run(ThrowingRunnable<RuntimeException> call) {
        try {
            call.run();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
