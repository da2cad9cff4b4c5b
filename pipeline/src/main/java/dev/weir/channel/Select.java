package dev.weir.channel;

import dev.weir.channel.Clause.Done;
import dev.weir.core.Deadline;
import dev.weir.core.internal.Interrupts;
import dev.weir.core.internal.wait.Waiter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Waits for one of several sends and receives, and does exactly one of them.
 *
 * {@snippet file="dev/weir/channel/ChannelSnippets.java" region="select"}
 *
 * <p><b>Choice.</b> If several clauses are ready, each has the same chance, unless the select is {@link #inOrder}. The
 * result is what the function of the chosen clause returns; it is called by the selecting thread after the element was
 * sent or received, and what it throws goes to the caller. The other clauses have had no effect.
 *
 * <p><b>Full channels.</b> A send is ready if there is room, or if the channel {@linkplain WhenFull#DROP_OLDEST drops
 * its oldest element}; otherwise it waits, whatever the channel's {@link WhenFull} says.
 *
 * <p><b>The end.</b> A clause whose channel is closed (for a receive: and empty) takes no part. When none is left, or
 * as soon as one of those channels has {@linkplain Channel#fail failed}, a select throws
 * {@link ChannelClosedException}.
 *
 * <p><b>Thread-safety.</b> A select is set up by one thread. After that any number of threads may select, as often as
 * they like. <b>Blocking.</b> {@link #select} and {@link #trySelect(Duration)} wait until a clause is ready.
 * <b>Interruption.</b> Ends the wait; an interrupted or timed-out select has done nothing. <b>Fairness.</b> Among ready
 * clauses as said above; among threads that of {@link Channel#send} and {@link Channel#receive}. <b>Memory effects.</b>
 * Those of the send or receive that was done.
 *
 * @param <R> the type of the result
 */
public final class Select<R> {
    private static final Comparator<Clause<?, ?>> ORDER =
            Comparator.comparingInt(clause -> System.identityHashCode(clause.buffer));

    private final List<Clause<?, R>> clauses = new ArrayList<>();
    private boolean inOrder;

    /** A select without clauses yet. */
    public Select() {}

    /**
     * Adds a receive.
     *
     * @param <T> the type of the element
     * @param channel where from
     * @param then what to do with the element
     * @return this
     */
    public <T> Select<R> receive(Channel<T> channel, Function<? super T, ? extends R> then) {
        clauses.add(new Clause.Receive<>(channel, then));
        return this;
    }

    /**
     * Adds a send.
     *
     * @param <T> the type of the element
     * @param channel where to
     * @param element the element
     * @param then what to do after it was sent
     * @return this
     */
    public <T> Select<R> send(Channel<T> channel, T element, Supplier<? extends R> then) {
        clauses.add(new Clause.Send<>(channel, element, then));
        return this;
    }

    /**
     * Prefers clauses in the order in which they are added: of several that are ready, the first is done. A clause
     * behind one that is always ready never is.
     *
     * {@snippet file="dev/weir/channel/ChannelSnippets.java" region="priority"}
     *
     * @return this
     */
    public Select<R> inOrder() {
        inOrder = true;
        return this;
    }

    /**
     * Waits until a clause is ready, and does it.
     *
     * @return the result of the clause's function
     * @throws InterruptedException if the thread is interrupted on entry or while it waits; nothing was done
     * @throws ChannelClosedException if no clause can ever be ready
     * @throws IllegalStateException if there are no clauses
     */
    public R select() throws InterruptedException {
        Interrupts.throwIfInterrupted();
        Done<R> done = attempt();
        return (done != null ? done : Objects.requireNonNull(select(Deadline.never()))).result();
    }

    /**
     * Does a clause that is ready, if there is one, without waiting.
     *
     * @return the result of the clause's function, or empty if none is ready (or the result is null)
     * @throws ChannelClosedException if no clause can ever be ready
     * @throws IllegalStateException if there are no clauses
     */
    public Optional<R> trySelect() {
        Done<R> done = attempt();
        return done == null ? Optional.empty() : Optional.ofNullable(done.result());
    }

    /**
     * Waits until a clause is ready, for at most the timeout, and does it.
     *
     * @param timeout how long to wait, on the clock of the first clause's channel; zero or less does not wait
     * @return the result of the clause's function, or empty if none was ready in time (or the result is null)
     * @throws InterruptedException if the thread is interrupted on entry or while it waits; nothing was done
     * @throws ChannelClosedException if no clause can ever be ready
     * @throws IllegalStateException if there are no clauses
     */
    public Optional<R> trySelect(Duration timeout) throws InterruptedException {
        Objects.requireNonNull(timeout, "timeout");
        Interrupts.throwIfInterrupted();
        Done<R> done = attempt();
        if (done == null && timeout.isPositive()) {
            done = select(clauses.get(0).channel.waits.after(timeout));
        }
        return done == null ? Optional.empty() : Optional.ofNullable(done.result());
    }

    /** Null at the deadline. */
    private @Nullable Done<R> select(Deadline deadline) throws InterruptedException {
        BlockingOperations<?> waits = clauses.get(0).channel.waits;
        int yieldsLeft = waits.yields.most();
        while (!deadline.isExpired()) {
            Done<R> done;
            if (yieldsLeft > 0) {
                yieldsLeft = waits.yields.once(yieldsLeft);
                done = Thread.currentThread().isInterrupted() ? null : attempt();
            } else {
                Wait wait = new Wait();
                done = wait.await(waits, deadline);
                if (wait.end == Waiter.End.EXPIRED) {
                    return done;
                }
            }
            if (done != null) {
                return done;
            }
            Interrupts.throwIfInterrupted();
        }
        return null;
    }

    /**
     * Waits in the lists of all channels at once, until something happens in one of them, and then looks at all. A
     * rendezvous may have made the decision by then; if not, it is made here, so that none does any more. The lists are
     * left only after the look: the signal that this thread was woken by is its own until then, and is passed on if the
     * look has found something else.
     */
    private final class Wait {
        private final SelectLatch choice = new SelectLatch();
        private final List<Listing<?, R>> listings = new ArrayList<>(clauses.size());
        Waiter.End end = Waiter.End.SIGNALLED;

        @Nullable
        Done<R> await(BlockingOperations<?> waits, Deadline deadline) {
            Done<R> done = null;
            try {
                if (enterAll()) {
                    end = Waiter.await(this::isDecidedOrSignalled, waits, deadline);
                }
                if (choice.make() && end != Waiter.End.INTERRUPTED) {
                    done = attempt();
                }
            } catch (Throwable failure) { // a channel has failed, or the JVM
                Done<R> byRendezvous = leaveAll();
                if (byRendezvous == null) {
                    throw failure;
                }
                return BlockingOperations.keep(byRendezvous, failure);
            }
            Done<R> byRendezvous = leaveAll();
            return byRendezvous == null ? done : byRendezvous;
        }

        /**
         * In one order for all selects, so that of two that could meet in a rendezvous one comes second and sees it.
         */
        private boolean enterAll() {
            for (Clause<?, R> clause : clauses.stream().sorted(ORDER).toList()) {
                ChannelWaiter waiter = clause.enter(choice);
                if (waiter != null) {
                    listings.add(new Listing<>(clause, waiter));
                } else if (!clause.isOver() || clause.buffer.failure() != null) {
                    return false; // for another look, which may find it ready, or that it has failed
                }
            }
            return !listings.isEmpty();
        }

        private boolean isDecidedOrSignalled() {
            if (choice.isMade()) {
                return true;
            }
            for (Listing<?, R> listing : listings) {
                if (listing.waiter.isSignalled()) {
                    return true;
                }
            }
            return false;
        }

        /** Leaves all lists; what was done if a rendezvous has decided for one of them. */
        private @Nullable Done<R> leaveAll() {
            Done<R> done = null;
            for (Listing<?, R> listing : listings) {
                Done<R> byRendezvous = listing.leave();
                done = byRendezvous == null ? done : byRendezvous;
            }
            return done;
        }
    }

    private record Listing<T, R>(Clause<T, R> clause, ChannelWaiter waiter) {
        @Nullable
        Done<R> leave() {
            return clause.leave(waiter);
        }
    }

    /** Tries all clauses, in random order unless they have one. */
    private @Nullable Done<R> attempt() {
        int count = clauses.size();
        if (count == 0) {
            throw new IllegalStateException("a select needs at least one clause");
        }
        int[] order = new int[count];
        for (int i = 0; i < count; i++) { // shuffled while it is filled
            int j = inOrder ? i : ThreadLocalRandom.current().nextInt(i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        for (int index : order) {
            Done<R> done = clauses.get(index).attempt();
            if (done != null) {
                return done;
            }
        }
        throwIfOver();
        return null;
    }

    private void throwIfOver() {
        int over = 0;
        for (Clause<?, R> clause : clauses) {
            if (clause.isOver()) {
                over++;
                Throwable failure = clause.buffer.failure();
                if (failure != null) {
                    throw new ChannelClosedException(failure);
                }
            }
        }
        if (over == clauses.size()) {
            throw new ChannelClosedException(null);
        }
    }

    /**
     * How many clauses there are.
     *
     * @return for instance {@code Select[2 clauses]}
     */
    @Override
    public String toString() {
        return "Select[" + clauses.size() + " clauses]";
    }
}
