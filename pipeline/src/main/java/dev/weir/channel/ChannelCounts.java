package dev.weir.channel;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The elements of a channel that went out otherwise than to a receiver, or never got in. What came in and went out is
 * in the positions of the {@link Buffer}; so what was received need not be counted, and is what is left.
 *
 * <pre>
 *   replaced:  [ elements that were dropped to make room | threads that are about to drop one ]
 * </pre>
 *
 * <p><b>Never too many, and never fewer than before.</b> A thread that drops says so before it takes the element, and
 * an abort before it takes any. The number of elements that are gone is read before the counts here, so what is left
 * after these, and after those that are about to be dropped, has been received by then. While that is less than was
 * reported before, and during an abort, the earlier number is reported. At rest the numbers are exact.
 */
final class ChannelCounts {
    private static final VarHandle REPLACED = handle("replaced");
    private static final VarHandle REFUSED = handle("refused");
    private static final VarHandle ABORTS = handle("aborts");
    private static final VarHandle UNDELIVERED = handle("undelivered");
    private static final VarHandle REPORTED = handle("reported");

    private static final long ABOUT_TO = 1;
    private static final int COUNT_BITS = 20; // for more threads than a JVM has that make room at once
    private static final long ONE_REPLACED = 1L << COUNT_BITS;

    private static VarHandle handle(String field) {
        return ConstantBootstraps.fieldVarHandle(
                MethodHandles.lookup(), field, VarHandle.class, ChannelCounts.class, long.class);
    }

    // All volatile, and added to by atomic operations.
    private volatile long replaced;
    private volatile long refused;
    private volatile long undelivered;

    /** How many are in progress. */
    private volatile long aborts;

    /** The most elements that were reported as received. */
    private volatile long reported;

    /** Before an element is taken to make room. */
    void beginReplacing() {
        REPLACED.getAndAdd(this, ABOUT_TO);
    }

    void endReplacing(boolean dropped) {
        REPLACED.getAndAdd(this, (dropped ? ONE_REPLACED : 0) - ABOUT_TO);
    }

    /** A sender's own element is dropped. */
    void refused() {
        REFUSED.getAndAdd(this, 1L);
    }

    void beginAbort() {
        ABORTS.getAndAdd(this, 1L);
    }

    void endAbort(int returned) {
        UNDELIVERED.getAndAdd(this, (long) returned);
        ABORTS.getAndAdd(this, -1L); // after the count
    }

    /** What a channel with this buffer has done. */
    ChannelMetrics metrics(Buffer<?> buffer) {
        long gone = buffer.gone(); // before the counts, see above
        boolean aborting = aborts != 0; // before what an abort adds to
        long returned = undelivered;
        long drops = replaced;
        long dropped = drops >>> COUNT_BITS;
        long received = gone - returned - dropped - (drops & (ONE_REPLACED - 1));
        received = aborting ? reported : reported(received);
        long own = refused;
        return new ChannelMetrics(
                buffer.sent() + own,
                received,
                dropped + own,
                returned,
                buffer.senders().size(),
                buffer.receivers().size(),
                buffer.size(),
                buffer.peak(),
                buffer.capacity());
    }

    private long reported(long received) {
        while (true) {
            long before = reported;
            if (before >= received || REPORTED.compareAndSet(this, before, received)) {
                return Math.max(before, received);
            }
        }
    }
}
