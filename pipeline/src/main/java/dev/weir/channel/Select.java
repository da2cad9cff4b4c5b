package dev.weir.channel;

import dev.weir.channel.Clause.Done;
import dev.weir.core.internal.Checks;
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
 * <p><b>Choice.</b> If several clauses are ready, each has the same chance. The result is what the function of the
 * chosen clause returns; it is called by the selecting thread after the element was sent or received, and what it throws
 * goes to the caller. The other clauses have had no effect.
 *
 * <p><b>Full channels.</b> A send is ready if there is room, or if the channel {@linkplain WhenFull#DROP_OLDEST drops
 * its oldest element}; otherwise it waits, whatever the channel's {@link WhenFull} says.
 *
 * <p><b>The end.</b> A clause whose channel is closed (for a receive: and empty) takes no part. When none is left, or as
 * soon as one of those channels has {@linkplain Channel#fail failed}, a select throws {@link ChannelClosedException}.
 *
 * <p><b>Threads.</b> Clauses are added by one thread. After that any number of threads may select, as often as they
 * like. Interruption, fairness and memory effects are those of {@link Channel#send} and {@link Channel#receive}: an
 * interrupted or timed-out select has done nothing.
 *
 * @param <R> the type of the result
 */
public final class Select<R> {
    private static final Comparator<Clause<?, ?>> ORDER =
            Comparator.comparingInt(clause -> System.identityHashCode(clause.buffer));

    private final List<Clause<?, R>> clauses = new ArrayList<>();

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
     * Waits until a clause is ready, and does it.
     *
     * @return the result of the clause's function
     * @throws InterruptedException if the thread is interrupted on entry or while it waits; nothing was done
     * @throws ChannelClosedException if no clause can ever be ready
     * @throws IllegalStateException if there are no clauses
     */
    public R select() throws InterruptedException {
        Done<R> done = select(BlockingOperations.FOREVER);
        return Objects.requireNonNull(done).result();
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
        Done<R> done = select(Math.max(0, Checks.saturatedNanos(timeout)));
        return done == null ? Optional.empty() : Optional.ofNullable(done.result());
    }

    private @Nullable Done<R> select(long nanos) throws InterruptedException {
        BlockingOperations.throwIfInterrupted();
        Done<R> done = attempt();
        if (done != null) {
            return done;
        }
        BlockingOperations<?> waits = clauses.get(0).channel.waits;
        long start = waits.start(nanos);
        int more = waits.yields.most();
        while (done == null) {
            if (waits.left(start, nanos) == 0) {
                return null;
            }
            if (more > 0) {
                more = waits.yields.once(more);
                BlockingOperations.throwIfInterrupted();
                done = attempt();
            } else {
                done = await(waits, start, nanos);
            }
        }
        return done;
    }

    /**
     * Waits in the lists of all channels at once, until something happens in one of them, and then looks at all. A
     * hand-off may have made the choice by then; if not, it is made here, so that none does any more. The lists are left
     * only after the look: the signal that this thread was woken by is its own until then, and is passed on if the look
     * has found something else.
     */
    private @Nullable Done<R> await(BlockingOperations<?> waits, long start, long nanos) throws InterruptedException {
        SelectLatch choice = new SelectLatch();
        List<Listing<?, R>> listings = new ArrayList<>(clauses.size());
        Done<R> done = null;
        try {
            if (enterAll(choice, listings)) {
                while (!choice.isMade()
                        && listings.stream().noneMatch(Listing::isSignalled)
                        && waits.parkOnce(start, nanos)) {}
            }
            if (choice.make() && !Thread.currentThread().isInterrupted()) {
                done = attempt();
            }
        } catch (Throwable broken) { // a channel has failed, or the clock is broken
            done = leave(listings);
            if (done == null) {
                throw broken;
            }
            BlockingOperations.log(broken);
            return done;
        }
        Done<R> byHandoff = leave(listings);
        if (byHandoff != null) {
            return byHandoff;
        }
        if (done == null) {
            BlockingOperations.throwIfInterrupted();
        }
        return done;
    }

    /** Leaves all lists; what was done if a hand-off has chosen one of them. */
    private static <R> @Nullable Done<R> leave(List<Listing<?, R>> listings) {
        Done<R> done = null;
        for (Listing<?, R> listing : listings) {
            Done<R> byHandoff = listing.leave();
            done = byHandoff == null ? done : byHandoff;
        }
        return done;
    }

    /** In one order for all selects, so that of two that could hand off to each other one comes second and sees it. */
    private boolean enterAll(SelectLatch choice, List<Listing<?, R>> listings) {
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

    private record Listing<T, R>(Clause<T, R> clause, ChannelWaiter waiter) {
        boolean isSignalled() {
            return waiter.signalled;
        }

        @Nullable
        Done<R> leave() {
            return clause.leave(waiter);
        }
    }

    /** Tries all clauses, in random order. */
    private @Nullable Done<R> attempt() {
        int count = clauses.size();
        if (count == 0) {
            throw new IllegalStateException("a select needs at least one clause");
        }
        int[] order = new int[count];
        for (int i = 0; i < count; i++) { // shuffled while it is filled
            int j = ThreadLocalRandom.current().nextInt(i + 1);
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
}
