package dev.weir.core.fanout;

import java.util.function.BooleanSupplier;

/**
 * The spins of a thread before it parks. To be parked and woken costs as much as a hundred of quick items, so it is
 * worth some spins if what is waited for mostly comes meanwhile: their number is doubled each time it does, and halved
 * each time it does not. So where there is no processor for the other thread, or items are slow, next to nothing is
 * spun. A virtual thread does not spin, as it would keep its carrier from the thread that it waits for; nor does any
 * thread on a single processor. Guarded by the owner: one thread at a time spins.
 */
final class BriefSpin {
    private static final int LEAST = 4;

    /** Some microseconds. */
    private static final int MOST = Runtime.getRuntime().availableProcessors() > 1 ? 128 : 0;

    private int spins = MOST;

    /** Whether the condition holds, after spins for it. Nothing is registered, so nobody has to wake the thread. */
    boolean sees(BooleanSupplier condition) {
        if (Thread.currentThread().isVirtual()) {
            return condition.getAsBoolean();
        }
        for (int left = spins; left > 0; left--) {
            if (condition.getAsBoolean()) {
                spins = Math.min(MOST, 2 * spins);
                return true;
            }
            Thread.onSpinWait();
        }
        spins = Math.min(MOST, Math.max(LEAST, spins / 2));
        return condition.getAsBoolean();
    }
}
