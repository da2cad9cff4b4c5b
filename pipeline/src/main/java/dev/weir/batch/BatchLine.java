package dev.weir.batch;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.weir.batch.PendingItem.State;
import dev.weir.core.Outcome;
import dev.weir.core.internal.wait.PromptLock;
import org.jspecify.annotations.Nullable;

/**
 * The items that wait for a bulk call, first come, first served, and how many calls there are; all counts of a batcher.
 *
 * <pre>
 *          add            take                end
 *   NEW ---------&gt; WAITING -----&gt; SENT -------------------&gt; ENDED
 *                     |             |                         ^
 *                     |             +-- giveUp, cutSent ------+
 *                     +---------------- giveUp, cutWaiting ---+
 *
 *          reserve              take (a batch)           end            leave
 *   slot: free -----&gt; starting ---------------&gt; calling -----&gt; leaving -------&gt; gone
 *                         \-- take (none is due), notStarted --&gt; free
 * </pre>
 *
 * The thread that moves an item to ENDED, and no other, completes its future afterwards. An item is taken when its bulk
 * call is about to begin, and not before, so up to that moment its owner can leave. Nothing foreign runs under the
 * lock, and nothing is allocated there.
 */
final class BatchLine<I, O extends @Nullable Object> {
    /** The item was not taken in: the line is closed. */
    static final long CLOSED = -2;

    /** There is nothing to do now. */
    static final long IDLE = -1;

    /** A place was reserved: start a sender. Any larger number: set the timer, for that many nanoseconds. */
    static final long SEND = 0;

    private final PromptLock lock = new PromptLock();
    private final int maxItems;
    private final long maxWeight;
    private final int concurrency;

    @GuardedBy("lock")
    private final PendingItems<I, O> waiting = new PendingItems<>();

    /** How many of the senders have not taken their batch yet. */
    @GuardedBy("lock")
    private int starting;

    /** How many places for bulk calls are in use. */
    @GuardedBy("lock")
    private int senders;

    /** How many senders there are, those included that complete futures after their call. */
    @GuardedBy("lock")
    private int present;

    @GuardedBy("lock")
    private boolean timerIsSet;

    @GuardedBy("lock")
    private boolean closed;

    @GuardedBy("lock")
    private int inFlight;

    @GuardedBy("lock")
    private long submitted;

    @GuardedBy("lock")
    private long succeeded;

    @GuardedBy("lock")
    private long failed;

    @GuardedBy("lock")
    private long left;

    @GuardedBy("lock")
    private long abandoned;

    @GuardedBy("lock")
    private long cut;

    @GuardedBy("lock")
    private long rejected;

    @GuardedBy("lock")
    private long bulkCalls;

    BatchLine(int maxItems, long maxWeight, int concurrency) {
        this.maxItems = maxItems;
        this.maxWeight = maxWeight;
        this.concurrency = concurrency;
    }

    /** Takes an item in; {@link #CLOSED}, or what is to be done then. */
    long add(PendingItem<I, O> item, long now) {
        lock.lock();
        try {
            if (closed) {
                return CLOSED;
            }
            item.state = State.WAITING;
            waiting.add(item);
            submitted++;
            return next(now);
        } finally {
            lock.unlock();
        }
    }

    /** What is to be done now: {@link #IDLE}, {@link #SEND}, or to set the timer. */
    long look(long now) {
        lock.lock();
        try {
            return next(now);
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private long next(long now) {
        PendingItem<I, O> first = waiting.first();
        if (first == null || senders == concurrency) {
            return IDLE; // the end of a call looks again
        }
        // What the senders that start are going to take counts as gone.
        boolean full = waiting.size() / maxItems > starting || waiting.weight() / maxWeight > starting;
        if (full || (starting == 0 && isDue(first, now))) {
            starting++;
            senders++;
            present++;
            return SEND;
        }
        if (timerIsSet || starting > 0) {
            return IDLE; // the one that starts looks again
        }
        timerIsSet = true;
        return Math.max(1, first.dueNanos - now);
    }

    @GuardedBy("lock")
    private boolean isDue(PendingItem<I, O> item, long now) {
        return closed || now - item.dueNanos >= 0;
    }

    /** The timer cannot be set: what waits is due. */
    void timerFails(long now) {
        lock.lock();
        try {
            timerIsSet = false;
            PendingItem<I, O> first = waiting.first();
            if (first != null && first.dueNanos - now > 0) {
                first.dueNanos = now;
            }
        } finally {
            lock.unlock();
        }
    }

    /** The timer has run, or was not set. */
    void timerIsOver() {
        lock.lock();
        try {
            timerIsSet = false;
        } finally {
            lock.unlock();
        }
    }

    /** Has the caller set the timer, unless it is set. */
    boolean mustSetTimer() {
        lock.lock();
        try {
            boolean unset = !timerIsSet;
            timerIsSet = true;
            return unset;
        } finally {
            lock.unlock();
        }
    }

    /** When the first item is due; any time if there is none. */
    long firstDueNanos() {
        lock.lock();
        try {
            PendingItem<I, O> first = waiting.first();
            return first == null ? 0 : first.dueNanos;
        } finally {
            lock.unlock();
        }
    }

    /** Gives the sender that was reserved a batch, as a chain; false if none is due any more, and its place is free. */
    boolean take(Sender<I, O> sender, long now) {
        lock.lock();
        try {
            starting--;
            PendingItem<I, O> head = waiting.first();
            boolean full = waiting.size() >= maxItems || waiting.weight() >= maxWeight;
            if (head == null || !(full || isDue(head, now))) {
                senders--;
                return false;
            }
            waiting.take(sender, head, maxItems, maxWeight);
            inFlight += sender.count;
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Takes back the reservation of a sender that was not started. */
    void notStarted() {
        lock.lock();
        try {
            starting--;
            senders--;
            present--;
        } finally {
            lock.unlock();
        }
    }

    /** The bulk call is over: ends the items that nobody has ended before, which are the sender's to complete then. */
    void end(Sender<I, O> sender) {
        lock.lock();
        try {
            bulkCalls++;
            senders--;
            int i = 0;
            for (PendingItem<I, O> item = sender.first; item != null; item = item.next, i++) {
                Outcome<O> outcome = sender.outcome(i);
                if (item.state == State.SENT) {
                    item.state = State.ENDED;
                    item.outcome = outcome;
                    inFlight--;
                    if (outcome.isSuccess()) {
                        succeeded++;
                    } else {
                        failed++;
                    }
                } else if (!outcome.isSuccess()) {
                    sender.unheard(outcome);
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** A sender goes, which has completed what it had to. */
    void leave() {
        lock.lock();
        try {
            present--;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Ends an item for its owner; returns the state that it was in, which is {@link State#ENDED} if it was too late.
     */
    State giveUp(PendingItem<I, O> item) {
        lock.lock();
        try {
            State before = item.state;
            if (before == State.WAITING) {
                waiting.remove(item);
                left++;
            } else if (before == State.SENT) {
                inFlight--;
                abandoned++;
            }
            item.state = State.ENDED;
            return before;
        } finally {
            lock.unlock();
        }
    }

    // ---- the end

    /** Takes no more items in; those that wait are due. */
    void close() {
        lock.lock();
        try {
            closed = true;
        } finally {
            lock.unlock();
        }
    }

    /** Ends all items that wait, for the caller to complete; returns them as a chain through {@code previous}. */
    @Nullable
    PendingItem<I, O> cutWaiting(Outcome<O> outcome) {
        lock.lock();
        try {
            PendingItem<I, O> chain = waiting.takeAll();
            for (PendingItem<I, O> item = chain; item != null; item = item.previous) {
                item.state = State.ENDED;
                item.outcome = outcome;
                cut++;
            }
            return chain;
        } finally {
            lock.unlock();
        }
    }

    /** Ends the items of a sender that have not ended, for the caller to complete; adds them to its chain. */
    @Nullable
    PendingItem<I, O> cutSent(Sender<I, O> sender, Outcome<O> outcome, @Nullable PendingItem<I, O> chain) {
        PendingItem<I, O> all = chain;
        lock.lock();
        try {
            // Up to its end, the sender leaves its own chain as it is; afterwards no item of it is in this state.
            for (PendingItem<I, O> item = sender.first; item != null; item = item.next) {
                if (item.state == State.SENT) {
                    item.state = State.ENDED;
                    item.outcome = outcome;
                    item.previous = all;
                    all = item;
                    inFlight--;
                    cut++;
                }
            }
            return all;
        } finally {
            lock.unlock();
        }
    }

    /** Counts an item that is not taken in. */
    void rejected() {
        lock.lock();
        try {
            submitted++;
            rejected++;
        } finally {
            lock.unlock();
        }
    }

    boolean isClosed() {
        lock.lock();
        try {
            return closed;
        } finally {
            lock.unlock();
        }
    }

    /** Whether it is closed, nothing waits, and no sender is left. */
    boolean isEnded() {
        lock.lock();
        try {
            return closed && waiting.size() == 0 && present == 0;
        } finally {
            lock.unlock();
        }
    }

    BatcherMetrics metrics(int blockedCallers) {
        lock.lock();
        try {
            return new BatcherMetrics(
                    submitted,
                    succeeded,
                    failed,
                    left,
                    abandoned,
                    cut,
                    rejected,
                    waiting.size(),
                    inFlight,
                    bulkCalls,
                    senders - starting,
                    blockedCallers);
        } finally {
            lock.unlock();
        }
    }
}
