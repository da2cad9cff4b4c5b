package dev.weir.core.internal.wait;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A lock for a dozen instructions, in which nothing blocks. It is waited for by yielding, never by parking: it may be
 * taken between a look at a condition and the park, where a lock that parks could take that wait's own wakeup.
 */
public class YieldLock {
    private static final VarHandle LOCKED = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "locked", VarHandle.class, YieldLock.class, boolean.class);

    private volatile boolean locked;

    /** A lock that is free. */
    public YieldLock() {}

    /** Takes the lock. */
    public final void lock() {
        // The plain volatile read first keeps waiting threads from writing to the holder's cache line.
        while (locked || !LOCKED.compareAndSet(this, false, true)) {
            Thread.yield();
        }
    }

    /** Gives the lock back. */
    public final void unlock() {
        LOCKED.setRelease(this, false); // release: the next holder sees what this one wrote; nothing else hangs on it
    }
}
