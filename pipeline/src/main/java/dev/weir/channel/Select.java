package dev.weir.channel;

import dev.weir.channel.Clause.Done;
import dev.weir.core.Deadline;
import dev.weir.core.internal.Interrupts;
import dev.weir.core.internal.wait.Waiter;
import java.time.Duration;
import java.util.ArrayList;
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
        Done<R> done = new Done<>();
        if (!attempt(done, true, null)) {
            select(done, Deadline.never());
        }
        return done.result();
    }

    /**
     * Does a clause that is ready, if there is one, without waiting.
     *
     * @return the result of the clause's function, or empty if none is ready (or the result is null)
     * @throws ChannelClosedException if no clause can ever be ready
     * @throws IllegalStateException if there are no clauses
     */
    public Optional<R> trySelect() {
        Done<R> done = new Done<>();
        return attempt(done, false, null) ? Optional.ofNullable(done.result()) : Optional.empty();
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
        boolean waits = timeout.isPositive();
        Done<R> done = new Done<>();
        if (!attempt(done, waits, null) && waits) {
            select(done, clauses.get(0).channel.waits.after(timeout));
        }
        return done.isDone() ? Optional.ofNullable(done.result()) : Optional.empty();
    }

    /** Waits until a clause was done, or the deadline has passed. */
    private void select(Done<R> done, Deadline deadline) throws InterruptedException {
        BlockingOperations<?> waits = clauses.get(0).channel.waits;
        int yieldsLeft = waits.yields.most();
        int inVain = 0;
        try {
            while (!deadline.isExpired()) {
                if (yieldsLeft > 0 && !mustQueue(inVain)) {
                    yieldsLeft = waits.yields.once(yieldsLeft);
                    if (!Thread.currentThread().isInterrupted()) {
                        attempt(done, true, null);
                    }
                } else {
                    SelectWait<R> wait = new SelectWait<>(clauses);
                    if (await(wait, done, deadline, inVain) == Waiter.End.EXPIRED) {
                        return;
                    }
                    inVain = wait.wasSignalled() ? woken(inVain) : inVain;
                }
                if (done.isDone()) {
                    return;
                }
                Interrupts.throwIfInterrupted();
            }
            attempt(done, false, null); // one that queues behind another may not have looked yet
        } finally {
            for (int i = 0; i < clauses.size(); i++) {
                clauses.get(i).limit().left(inVain);
            }
        }
    }

    /** Waits once, looks, and leaves all lists, whatever happens; what a rendezvous has done is not undone. */
    private Waiter.End await(SelectWait<R> wait, Done<R> done, Deadline deadline, int inVain) {
        try {
            Waiter.End end = wait.await(deadline, inVain);
            if (wait.decide() && end != Waiter.End.INTERRUPTED) {
                attempt(done, inVain == 0 && end != Waiter.End.EXPIRED, wait);
            }
            wait.leaveAll(done);
            return end;
        } catch (Throwable failure) { // a channel has failed, or the JVM
            wait.leaveAll(done);
            if (!done.isDone()) {
                throw failure;
            }
            return BlockingOperations.keep(Waiter.End.SIGNALLED, failure);
        }
    }

    private boolean mustQueue(int inVain) {
        for (int i = 0; i < clauses.size(); i++) {
            if (clauses.get(i).limit().mustQueue(inVain)) {
                return true;
            }
        }
        return false;
    }

    private int woken(int inVain) {
        for (int i = 0; i < clauses.size(); i++) {
            int unused = clauses.get(i).limit().woken(inVain);
        }
        return inVain + 1;
    }

    /**
     * Tries all clauses, in random order unless they have one.
     *
     * @param queues whether to pass over a clause whose channel has waiters that nobody may overtake, unless it is its
     *     turn in the wait
     */
    private boolean attempt(Done<R> done, boolean queues, @Nullable SelectWait<R> wait) {
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
            Clause<?, R> clause = clauses.get(index);
            boolean passesOver = queues && clause.limit().isReached() && (wait == null || !wait.isTurnOf(index));
            if (!passesOver && clause.attempt(done)) {
                return true;
            }
        }
        throwIfOver();
        return false;
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
