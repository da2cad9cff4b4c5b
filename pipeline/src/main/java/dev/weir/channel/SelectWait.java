package dev.weir.channel;

import dev.weir.channel.Clause.Done;
import dev.weir.core.Deadline;
import dev.weir.core.internal.wait.WaitText;
import dev.weir.core.internal.wait.Waiter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One wait of a select in the lists of all of its channels, until something happens in one of them. A rendezvous may
 * make the decision meanwhile. All that it needs is made before it enters the first list: what fails afterwards, for
 * want of memory too, leaves every list.
 */
final class SelectWait<R> {
    private static final Comparator<Listing<?>> ORDER =
            Comparator.comparingInt(listing -> System.identityHashCode(listing.clause.buffer));

    /** A clause, and where it waits. */
    private static final class Listing<R> {
        final Clause<?, R> clause;

        /** Null unless it is in the list of its channel. */
        @Nullable
        ChannelWaiter waiter;

        /** Whether it could have been done when it was about to wait. */
        boolean wasReady;

        Listing(Clause<?, R> clause) {
            this.clause = clause;
        }
    }

    private final SelectLatch choice = new SelectLatch();
    private final List<Listing<R>> listings = new ArrayList<>();
    private final List<Listing<R>> inOrder;
    private boolean signalled;

    private final Thread thread = Thread.currentThread();

    /** When the wait began; the thread's own, and read racily by what describes it. */
    private int waitsSince;

    SelectWait(List<Clause<?, R>> clauses) {
        for (Clause<?, R> clause : clauses) {
            listings.add(new Listing<>(clause));
        }
        // One for all selects, so that of two that could meet in a rendezvous one comes second and sees it.
        inOrder = listings.stream().sorted(ORDER).toList();
    }

    /** Enters the lists and waits; {@code SIGNALLED} also if there is no need to. */
    Waiter.End await(Deadline deadline, int inVain) {
        if (!enterAll(inVain)) {
            return Waiter.End.SIGNALLED;
        }
        waitsSince = WaitText.now();
        return Waiter.await(this::isDecidedOrSignalled, this, deadline);
    }

    /** What thread dumps show as waited for. */
    @Override
    public String toString() {
        return listings.stream()
                .map(listing -> listing.clause.what())
                .collect(Collectors.joining(", or ", "Select: ", WaitText.sole(thread, waitsSince)));
    }

    private boolean enterAll(int inVain) {
        boolean waits = false;
        for (int i = 0; i < inOrder.size(); i++) {
            Listing<R> listing = inOrder.get(i);
            Clause<?, R> clause = listing.clause;
            listing.waiter = clause.enter(clause.limit().position(inVain), choice);
            if (listing.waiter != null) {
                waits = true;
            } else if (!clause.isOver() || clause.buffer.failure() != null) {
                listing.wasReady = true;
                return false; // for another look, which may find it ready, or that it has failed
            }
        }
        return waits;
    }

    private boolean isDecidedOrSignalled() {
        return choice.isMade() || isSignalled();
    }

    /** Whether one of the lists had woken this when it left. */
    boolean wasSignalled() {
        return signalled;
    }

    private boolean isSignalled() {
        for (int i = 0; i < listings.size(); i++) {
            ChannelWaiter waiter = listings.get(i).waiter;
            if (waiter != null && waiter.isSignalled()) {
                return true;
            }
        }
        return false;
    }

    /** Makes the decision, so that no rendezvous does any more; false if one has. */
    boolean decide() {
        return choice.make();
    }

    /** Whether it is the turn of a clause whose channel has waiters that nobody may overtake. */
    boolean isTurnOf(int clause) {
        Listing<R> listing = listings.get(clause);
        return listing.wasReady || (listing.waiter != null && listing.waiter.isSignalled());
    }

    /**
     * Leaves all lists; notes what was done if a rendezvous has decided for one of them. Only after the select has
     * looked: the signal that woke it is its own until then, and is passed on if the look has found something else.
     */
    void leaveAll(Done<R> done) {
        signalled = isSignalled();
        for (int i = 0; i < listings.size(); i++) {
            Listing<R> listing = listings.get(i);
            ChannelWaiter waiter = listing.waiter;
            if (waiter != null) {
                listing.waiter = null;
                boolean unused = listing.clause.leave(waiter, done);
            }
        }
    }
}
