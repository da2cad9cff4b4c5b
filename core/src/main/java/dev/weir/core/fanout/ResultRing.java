package dev.weir.core.fanout;

import dev.weir.core.internal.PaddedAtomicLong;
import dev.weir.core.internal.wait.WaitText;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Elements that one thread takes while the call goes on, in the order of the items or of their completion.
 *
 * <p>No more items are claimed than have been taken and are in the window, so the ring, which is as long as the window,
 * has a free slot for each that is claimed: that of its index, or that of the ticket which it draws when it completes.
 *
 * <pre>
 *   a slot:  EMPTY --a worker puts--&gt; FULL --the consumer takes--&gt; EMPTY, for the index that is one ring further
 * </pre>
 *
 * @param <R> the type of the results
 * @param <E> the type of the elements: the results, or how each item ended
 */
class ResultRing<R extends @Nullable Object, E extends @Nullable Object> extends FanIn<R> {
    private static final Object NULL = new Object();

    /** In a window as small as this the consumer and workers are near each other: each slot has a cache line then. */
    private static final int SMALL = 64;

    /** The references that are in a cache line at least, as a power of two. */
    private static final int LINE_BITS = 4;

    final boolean ordered;

    /** Whether what nobody takes is released, perhaps while somebody looks for it: then each takes it by CAS. */
    private final boolean releases;

    private final int window;
    private final int mask;
    private final int slotBits;
    private final AtomicReferenceArray<@Nullable Object> slots;
    private final PaddedAtomicLong completed = new PaddedAtomicLong();

    /** How many the consumer has taken; it alone writes. */
    private final PaddedAtomicLong taken = new PaddedAtomicLong();

    /** Up to how many items may be claimed, by what the reader saw last of {@link #taken}; guarded by its turn. */
    private final PaddedAtomicLong room = new PaddedAtomicLong();

    /** Before the consumer registers; its own. */
    private final BriefSpin spin = new BriefSpin();

    /** The consumer while it waits. */
    private volatile @Nullable Thread consumer;

    /** When the consumer last began to wait; written by it before it says that it waits. */
    private int waitsSince;

    ResultRing(boolean ordered, FanOutSettings settings) {
        this.ordered = ordered;
        this.releases = settings.undelivered != null;
        this.window = settings.window();
        int length = window == 1 ? 1 : Integer.highestOneBit(window - 1) << 1;
        this.mask = length - 1;
        this.slotBits = length <= SMALL ? LINE_BITS : 0;
        this.slots = new AtomicReferenceArray<>(length << slotBits);
    }

    @Override
    boolean isBounded() {
        return true;
    }

    @Override
    boolean hasRoom(long count) {
        if (count < room.getPlain()) {
            return true;
        }
        long more = taken.get() + window;
        room.setPlain(more);
        return count < more;
    }

    @Override
    void succeeded(FanOutRun<?, R> run, ItemWorker<?, R> worker, long index, R value) {
        put(index, value);
    }

    final void put(long index, @Nullable Object element) {
        long position = ordered ? index : completed.getAndIncrement();
        // Volatile, as is the read below: of a worker that puts and looks for the consumer, and the consumer that
        // registers and looks at the slot, one sees the other.
        slots.set(slot(position), element == null ? NULL : element);
        // Only the result that the consumer waits for wakes it, so each wait is ended by one worker. If what is read
        // here is older than that wait, the consumer still has to look at the slot.
        if (consumer != null && position == taken.get()) {
            wake();
        }
    }

    private int slot(long position) {
        return ((int) position & mask) << slotBits;
    }

    @Override
    void wake() {
        Thread thread = consumer;
        if (thread != null) {
            LockSupport.unpark(thread);
        }
    }

    /** The next result as it is in its slot, or null if it is not there. For the consumer. */
    @Nullable
    Object poll(FanOutRun<?, ?> run) {
        long position = taken.getPlain();
        int slot = slot(position);
        Object result = slots.getAcquire(slot); // acquire: with what the task did
        if (result == null || (releases && !slots.compareAndSet(slot, result, null))) {
            return null;
        }
        slots.setPlain(slot, null); // the next line publishes it
        taken.set(position + 1);
        run.source.wakeReader();
        return result;
    }

    /**
     * Waits for the next result, or until the call is stopped or over, or the thread is interrupted. For the consumer.
     */
    void await(FanOutRun<?, ?> run) {
        if (spin.sees(this::hasResult)) {
            return;
        }
        waitsSince = WaitText.now();
        consumer = Thread.currentThread();
        run.awaitWorkers(() -> hasResult() || run.state.isStopped() || run.state.isOver(), run);
        consumer = null;
    }

    @Override
    @Nullable
    String waits() {
        Thread waiting = consumer;
        return waiting == null
                ? null
                : "result " + (taken.get() + 1) + " of its stream" + WaitText.sole(waiting, waitsSince);
    }

    private boolean hasResult() {
        return slots.get(slot(taken.getPlain())) != null;
    }

    /** The element. */
    @SuppressWarnings({"unchecked", "NullAway"}) // what succeeded put there
    E unwrap(Object kept) {
        return kept == NULL ? null : (E) kept;
    }

    /** Of the call that is over; may be called again. */
    @Override
    void undelivered(FanOutRun<?, R> run) {
        for (int i = 0; i < slots.length(); i++) {
            Object kept = slots.getAndSet(i, null);
            if (kept != null) {
                run.releaseResult(resultOf(kept));
            }
        }
    }

    /** What the function returned, or something else if it returned nothing. */
    @Nullable
    Object resultOf(Object kept) {
        return kept;
    }
}
