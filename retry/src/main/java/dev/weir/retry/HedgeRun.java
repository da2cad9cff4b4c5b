package dev.weir.retry;

import dev.weir.core.Deadline;
import dev.weir.core.ThrowingRunnable;
import dev.weir.core.ThrowingSupplier;
import dev.weir.core.internal.Callbacks;
import dev.weir.core.internal.Contexts;
import dev.weir.core.internal.Suppressed;
import dev.weir.core.internal.wait.PromptLock;
import dev.weir.core.internal.wait.WaitText;
import dev.weir.core.internal.wait.Waiter;
import dev.weir.core.scope.TaskScope;
import dev.weir.core.scope.TaskScopeBuilder;
import dev.weir.core.time.TimeSource;
import dev.weir.core.time.TimeSource.ScheduledTask;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One blocking call whose attempts run in threads of their own: a call of a {@link Hedge}, or an attempt with a time
 * limit, which is a call that is never hedged. The attempts are tasks of a {@link TaskScope}, which carries the
 * context, interrupts an attempt only while it runs, and joins them all. The caller forks them, and waits between two
 * forks.
 *
 * <pre>
 *   RACING --a success, a final failure, the limit, an interrupt of the caller--&gt; STOPPED --join--&gt; over
 *       \--no attempt runs: all have failed-------------------------------------------join--------/
 * </pre>
 *
 * @param <T> the type of the result
 * @param <X> the type of the checked exception
 */
final class HedgeRun<T extends @Nullable Object, X extends Throwable> {
    private static final Logger LOG = LoggerFactory.getLogger(Hedge.class);

    private static final TaskScopeBuilder ON_VIRTUAL_THREADS =
            TaskScope.builder().named("weir-attempt");
    private static final TaskScopeBuilder ON_PLATFORM_THREADS = ON_VIRTUAL_THREADS.on(AttemptThreads.executor());

    private final TimeSource time;
    private final HedgeDelay delay;
    private final HedgeReport report;
    private final @Nullable RetryBudget budget;
    private final @Nullable RetryScope retryScope;
    private final long maxNanos;
    private final Contexts contexts;
    private final ThrowingSupplier<? extends T, X> task;
    private final Waiter caller = new Waiter();

    // The caller's own.
    private final List<HedgedAttempt> attempts = new ArrayList<>(2);
    private int startsLeft;

    /** Guards what follows; never held while foreign code runs. */
    private final PromptLock lock = new PromptLock();

    private int running;
    private boolean begun;
    private boolean beginAwaited;
    private boolean stopped;

    /** Whether the timer of the limit has fired. */
    private boolean expired;

    /** Whether the time limit was what stopped the call. */
    private boolean late;

    private final HedgeFailures failures = new HedgeFailures();

    private @Nullable HedgedAttempt winner;

    private HedgeRun(
            TimeSource time,
            HedgeDelay delay,
            HedgeReport report,
            int maxAttempts,
            @Nullable RetryBudget budget,
            @Nullable RetryScope retryScope,
            long maxNanos,
            Contexts contexts,
            ThrowingSupplier<? extends T, X> task) {
        this.time = time;
        this.contexts = contexts;
        this.delay = delay;
        this.report = report;
        this.startsLeft = maxAttempts;
        this.budget = budget;
        this.retryScope = retryScope;
        this.maxNanos = maxNanos;
        this.task = task;
    }

    /** A call of a hedge, with a time limit that may be {@link RunLimit#UNLIMITED}. */
    static <T extends @Nullable Object, X extends Throwable> HedgeRun<T, X> hedged(
            Hedge hedge,
            @Nullable RetryBudget budget,
            @Nullable RetryScope retryScope,
            long maxNanos,
            ThrowingSupplier<? extends T, X> task) {
        return new HedgeRun<>(
                hedge.time,
                hedge.delay,
                hedge.report,
                hedge.maxAttempts,
                budget,
                retryScope,
                maxNanos,
                hedge.contexts,
                task);
    }

    /** One attempt with a time limit. */
    static <T extends @Nullable Object, X extends Throwable> HedgeRun<T, X> limited(
            TimeSource time, long maxNanos, Contexts contexts, ThrowingSupplier<? extends T, X> task) {
        return new HedgeRun<>(time, HedgeDelay.NEVER, HedgeReport.NONE, 1, null, null, maxNanos, contexts, task);
    }

    /** Makes the attempts; when this returns or throws, none runs. */
    @SuppressWarnings({"unchecked", "NullAway"}) // a failure is the task's; the winner's value is, too, null included
    T join() throws X, InterruptedException {
        long startNanos = delay.isMeasured() ? time.nanoTime() : 0;
        boolean interrupted = false;
        @Nullable Throwable broken = null;
        try (TaskScope.JoinAll scope = scope().joinAll()) {
            @Nullable ScheduledTask timer = null;
            try {
                timer = timer(scope);
                race(scope);
                // by the clock, the budget or the JVM: the attempts must be joined all the same
            } catch (Throwable thrown) {
                broken = thrown;
            }
            stop(false);
            scope.cancel();
            if (timer != null) {
                timer.cancel();
            }
            try {
                scope.join();
            } catch (InterruptedException interrupt) {
                interrupted = true;
            }
        }
        giveBack();
        HedgedAttempt first = winner;
        for (HedgedAttempt attempt : attempts) {
            if (attempt.returned && attempt != first) {
                report.lost(attempt.value);
            }
        }
        if (first != null) {
            if (delay.isMeasured() && failures.isEmpty()) { // and not because the first attempt failed
                delay.record(first.endNanos - startNanos);
            }
            if (interrupted) {
                Thread.currentThread().interrupt(); // it came too late to undo anything, so it is for the next wait
            }
            report.won(first.number);
            return first.value;
        }
        throw (X) outcome(interrupted, broken);
    }

    /** In threads of the caller's kind: a call from a platform thread does not wait for a free carrier. */
    private TaskScopeBuilder scope() {
        TaskScopeBuilder builder = Thread.currentThread().isVirtual() ? ON_VIRTUAL_THREADS : ON_PLATFORM_THREADS;
        return contexts == Contexts.byDefault() ? builder : builder.context(contexts.carriers());
    }

    /**
     * What ends the limit for a virtual caller, which may not get a carrier in time to do that itself: attempts that
     * compute may be what keeps the carriers busy. A caller on a platform thread does it as it wakes.
     */
    private @Nullable ScheduledTask timer(TaskScope<Throwable> scope) {
        if (maxNanos == RunLimit.UNLIMITED || !Thread.currentThread().isVirtual()) {
            return null;
        }
        return time.schedule(() -> expire(scope), Duration.ofNanos(maxNanos));
    }

    /** Starts attempts, and returns when the call is decided, out of time, or interrupted. */
    private void race(TaskScope<Throwable> scope) {
        Deadline limit = maxNanos == RunLimit.UNLIMITED ? Deadline.never() : after(maxNanos);
        start(scope, 0);
        Deadline nextHedge = nextHedge();
        while (true) {
            caller.clearSignal(); // before the look: an attempt changes the state first, and signals then
            if (isDecided()) {
                return;
            }
            Waiter.End end = caller.await(this, limit.earliest(nextHedge));
            if (end == Waiter.End.INTERRUPTED) {
                return; // the status is left to the scope's join
            }
            if (end == Waiter.End.EXPIRED && limit.isExpired()) {
                awaitFirstBegin();
                stop(true);
                return;
            }
            if (end == Waiter.End.EXPIRED) {
                hedge(scope);
                nextHedge = nextHedge();
            }
        }
    }

    /** An attempt whose time is over before its thread runs begins all the same, and finds itself interrupted. */
    private void awaitFirstBegin() {
        while (!isBegun(true) && caller.await(this, Deadline.never()) == Waiter.End.SIGNALLED) {
            caller.clearSignal();
        }
    }

    /** What thread dumps show as waited for. */
    @Override
    public String toString() {
        return (report.name == null
                        ? "Retry: the end of an attempt with a time limit, "
                        : "Hedge " + report.name + ": the first result of " + attempts.size() + " attempts, ")
                + WaitText.of(caller);
    }

    private boolean isBegun(boolean awaited) {
        lock.lock();
        try {
            beginAwaited |= awaited;
            return begun;
        } finally {
            lock.unlock();
        }
    }

    /** The limit is over, and the caller may find no carrier. The first attempt stops itself if it has not begun. */
    private void expire(TaskScope<Throwable> scope) {
        boolean stops;
        lock.lock();
        try {
            expired = true;
            stops = begun;
            stopByLimit(stops);
        } finally {
            lock.unlock();
        }
        if (stops) {
            scope.cancel();
        }
    }

    /** Requires the lock. */
    private void stopByLimit(boolean stops) {
        late |= stops && !stopped;
        stopped |= stops;
    }

    private Deadline nextHedge() {
        return startsLeft == 0 ? Deadline.never() : after(delay.nanos());
    }

    private Deadline after(long nanos) {
        return Deadline.after(Duration.ofNanos(nanos), time);
    }

    private void hedge(TaskScope<Throwable> scope) {
        if (retryScope != null && retryScope.isShutdown()) {
            startsLeft = 0; // what runs, runs on
            return;
        }
        long units = budget == null ? 0 : budget.take(null);
        if (units < 0) {
            startsLeft = 0; // what runs, runs on
            return;
        }
        try {
            start(scope, units);
        } catch (Throwable noThread) {
            startsLeft = 0;
            Callbacks.error(LOG, "a hedge could not be started; the call goes on without", noThread);
        }
    }

    /** Starts an attempt that has been paid for. */
    private void start(TaskScope<Throwable> scope, long paid) {
        HedgedAttempt attempt = new HedgedAttempt(scope, attempts.size() + 1, paid);
        attempts.add(attempt);
        change(1);
        try {
            scope.fork(attempt);
        } catch (Throwable notStarted) {
            change(-1);
            throw notStarted;
        }
        startsLeft--;
        report.made(attempt.number);
    }

    private void change(int more) {
        lock.lock();
        try {
            running += more;
        } finally {
            lock.unlock();
        }
    }

    private boolean isDecided() {
        lock.lock();
        try {
            return stopped || running == 0;
        } finally {
            lock.unlock();
        }
    }

    private void stop(boolean byLimit) {
        lock.lock();
        try {
            stopByLimit(byLimit);
            stopped = true;
        } finally {
            lock.unlock();
        }
    }

    // What follows is for the caller once all is joined.

    /** Gives back what was paid for attempts that were not made. The first that was made is free, whichever it is. */
    private void giveBack() {
        if (budget == null) {
            return;
        }
        boolean free = false;
        for (HedgedAttempt attempt : attempts) {
            if (!attempt.made || !free) {
                budget.giveBack(attempt.paid);
            }
            free |= attempt.made;
        }
    }

    private Throwable outcome(boolean interrupted, @Nullable Throwable broken) {
        if (interrupted) {
            return failures.interrupted(broken);
        }
        if (broken != null) {
            return failures.beside(broken);
        }
        return late ? failures.late(maxNanos) : failures.outcome();
    }

    /** An attempt, in its own thread. */
    private final class HedgedAttempt implements ThrowingRunnable<RuntimeException> {
        private final TaskScope<Throwable> scope;
        private final int number;
        private final long paid;

        /** Whether the task was called; guarded by the lock. */
        private boolean made;

        // Published by the lock.
        private boolean returned;
        private @Nullable T value;
        private long endNanos;

        HedgedAttempt(TaskScope<Throwable> scope, int number, long paid) {
            this.scope = scope;
            this.number = number;
            this.paid = paid;
        }

        @Override
        public void run() {
            if (!begin()) {
                return;
            }
            @Nullable Throwable thrown = null;
            try {
                value = task.get();
                returned = true;
                if (delay.isMeasured()) {
                    endNanos = time.nanoTime(); // now, and not when the losers have ended, too
                }
            } catch (Throwable failed) {
                thrown = failed;
            }
            boolean unheard = end(thrown, thrown != null && FailureRules.endsCall(thrown));
            if (unheard) {
                AttemptStage.logError(thrown);
            }
        }

        private boolean begin() {
            boolean awaited;
            boolean tooLate;
            lock.lock();
            try {
                made = !stopped;
                begun = true;
                awaited = beginAwaited;
                tooLate = expired && made;
                stopByLimit(tooLate);
            } finally {
                lock.unlock();
            }
            if (tooLate) {
                scope.cancel(); // which interrupts this thread
            }
            if (awaited) {
                caller.signal();
            }
            return made;
        }

        /**
         * Notes how the attempt ended, and returns whether its failure is lost, as the call has a winner. The caller is
         * woken to stop the others. If there are none, the scope wakes it when this attempt has left its thread: woken
         * before, it would only wait for that once more.
         */
        private boolean end(@Nullable Throwable thrown, boolean ends) {
            boolean others;
            boolean unheard;
            lock.lock();
            try {
                unheard = note(thrown, ends);
                others = running > 0;
            } finally {
                lock.unlock();
            }
            if (others) {
                caller.signal();
            } else {
                caller.markSignalled();
            }
            return unheard;
        }

        /** Requires the lock. */
        private boolean note(@Nullable Throwable thrown, boolean ends) {
            running--;
            if (thrown == null) {
                if (!stopped) {
                    winner = this;
                    stopped = true;
                }
            } else if (stopped && thrown instanceof InterruptedException && !Suppressed.hidesMore(thrown)) {
                failures.noteInterrupt(thrown);
            } else if (winner == null) { // the failure of a loser is none of the call
                boolean endsCall = ends && !stopped;
                failures.note(thrown, endsCall);
                stopped |= endsCall;
            }
            return winner != null;
        }
    }
}
