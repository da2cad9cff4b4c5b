package dev.weir.retry;

import dev.weir.core.ThrowingSupplier;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * One call of a {@link Hedge}. Attempts run on virtual threads of their own; the caller starts them, waits, and returns
 * when none runs any more. The first attempt that succeeds while the call is not stopped stops it and is the winner. The
 * threads are interrupted under the lock and only while their attempt runs, and serve nothing else.
 *
 * @param <T> the type of the result
 * @param <X> the type of the checked exception
 */
final class HedgeRun<T extends @Nullable Object, X extends Throwable> {
    private static final Logger LOG = LoggerFactory.getLogger(Hedge.class);

    private final TimeSource time;
    private final HedgeDelay delay;
    private final @Nullable RetryBudget budget;
    private final long maxNanos;
    private final ThrowingSupplier<? extends T, X> task;
    private final Thread caller = Thread.currentThread();
    private final @Nullable Map<String, String> loggingContext = MDC.getCopyOfContextMap();
    private final long delayNanos;

    // The caller's own.
    private int startsLeft;
    private long lastStartNanos;
    private boolean interrupted;
    private boolean late;
    private @Nullable Throwable broken;

    /** Guards what follows; never held while foreign code runs. */
    private final ReentrantLock lock = new ReentrantLock();

    private final List<Runner> running = new ArrayList<>(2);
    private final List<Throwable> failures = new ArrayList<>(2);
    private boolean stopped;
    private boolean begun;

    /** What the attempt had paid that was the first to be made; does not change once the call is stopped. */
    private long paidByFirst;

    private boolean won;
    private boolean wonByTime;
    private long wonNanos;
    private @Nullable T value;

    HedgeRun(Hedge hedge, @Nullable RetryBudget budget, long maxNanos, ThrowingSupplier<? extends T, X> task) {
        this.time = hedge.time;
        this.delay = hedge.delay;
        this.delayNanos = hedge.delay.nanos();
        this.startsLeft = hedge.maxAttempts;
        this.budget = budget;
        this.maxNanos = maxNanos;
        this.task = task;
    }

    @SuppressWarnings({"unchecked", "NullAway"}) // a failure is the task's; the winner's value is, too, null included
    T join() throws X, InterruptedException {
        long begun = time.nanoTime();
        start(begun, 0);
        while (true) {
            boolean over;
            lock.lock();
            try {
                if (running.isEmpty()) {
                    break;
                }
                over = stopped;
            } finally {
                lock.unlock();
            }
            // Between this look and a park no lock is taken: to wait for one would use up a wakeup that came since.
            try {
                awaitAndHedge(begun, over);
            } catch (Throwable thrown) { // by the clock or the budget: the attempts must be joined all the same
                broken = thrown;
                stop();
            }
        }
        if (won) {
            if (delay.isMeasured() && wonByTime) {
                delay.record(wonNanos - begun);
            }
            if (interrupted) {
                caller.interrupt(); // it came too late to undo anything, so it is for whoever waits next
            }
            return value;
        }
        Throwable failure = outcome();
        for (Throwable other : failures) {
            RetryDecisions.suppress(failure, other);
        }
        throw (X) failure;
    }

    private Throwable outcome() {
        if (interrupted) {
            InterruptedException interrupt = new InterruptedException();
            RetryDecisions.suppress(interrupt, broken);
            return interrupt;
        }
        if (broken != null) {
            return broken;
        }
        if (late) {
            return new AttemptTimeoutException(
                    new TimeoutException("was not done within " + Duration.ofNanos(maxNanos)));
        }
        return failures.remove(0);
    }

    /** One round: stops, hedges, or waits, whichever it is time for. */
    private void awaitAndHedge(long begun, boolean over) {
        if (Thread.interrupted()) {
            interrupted = true;
            stop();
            return;
        }
        if (over) {
            LockSupport.park(this);
            return;
        }
        long now = maxNanos == Nanos.UNLIMITED && startsLeft == 0 ? begun : time.nanoTime();
        long left = maxNanos == Nanos.UNLIMITED ? Nanos.UNLIMITED : maxNanos - (now - begun);
        long untilHedge = startsLeft == 0 ? Nanos.UNLIMITED : delayNanos - (now - lastStartNanos);
        if (left <= 0) {
            late = true;
            stop();
        } else if (untilHedge <= 0) {
            hedge(now);
        } else if (Math.min(left, untilHedge) == Nanos.UNLIMITED) {
            LockSupport.park(this);
        } else {
            time.parkNanos(this, Math.min(left, untilHedge));
        }
    }

    private void hedge(long now) {
        long units = budget == null ? 0 : budget.take(null);
        if (units < 0) {
            startsLeft = 0; // what runs, runs on
            return;
        }
        boolean started = false;
        try {
            started = start(now, units);
        } catch (Throwable noThread) {
            LOG.error("a hedge could not be started; the call goes on without", noThread);
            startsLeft = 0;
        } finally {
            if (!started && budget != null) {
                budget.giveBack(units);
            }
        }
    }

    /** Starts an attempt that has been paid for, unless the call is over already. */
    private boolean start(long now, long paid) {
        Runner runner = new Runner(paid);
        lock.lock();
        try {
            if (stopped) {
                return false;
            }
            running.add(runner);
        } finally {
            lock.unlock();
        }
        boolean started = false;
        try {
            runner.thread.start();
            started = true;
        } finally {
            if (!started) {
                remove(runner);
            }
        }
        startsLeft--;
        lastStartNanos = now;
        return true;
    }

    private void remove(Runner runner) {
        lock.lock();
        try {
            running.remove(runner);
        } finally {
            lock.unlock();
        }
    }

    /** Whether an attempt that was started is made. */
    private boolean isMade(long paid) {
        lock.lock();
        try {
            if (!stopped && !begun) {
                begun = true;
                paidByFirst = paid;
            }
            return !stopped;
        } finally {
            lock.unlock();
        }
    }

    private void stop() {
        lock.lock();
        try {
            stopped = true;
            for (Runner runner : running) {
                runner.thread.interrupt();
            }
        } finally {
            lock.unlock();
        }
    }

    /** An attempt. */
    private final class Runner implements Runnable {
        final Thread thread = Thread.ofVirtual().name("weir-hedge").unstarted(this);
        private final long paid;

        Runner(long paid) {
            this.paid = paid;
        }

        @Override
        public void run() {
            @Nullable T result = null;
            @Nullable Throwable failure = null;
            boolean made = false;
            long endNanos = 0;
            try {
                made = isMade(paid);
                if (made) {
                    if (loggingContext != null) {
                        MDC.setContextMap(loggingContext);
                    }
                    result = task.get();
                    if (delay.isMeasured()) {
                        endNanos = time.nanoTime(); // now, and not when the losers have ended, too
                    }
                } else if (budget != null) {
                    // One attempt is free: the first that is made, which need not be the first that was started.
                    budget.giveBack(paid == 0 ? paidByFirst : paid);
                }
            } catch (Throwable thrown) {
                failure = thrown;
            }
            if (finish(made, result, failure, endNanos)) {
                LOG.error("an attempt that another one had overtaken ended in an error", failure);
            }
            LockSupport.unpark(caller);
        }

        /** Tells the call, and says whether an error would get lost, as the call has a winner. */
        private boolean finish(boolean made, @Nullable T result, @Nullable Throwable failure, long endNanos) {
            lock.lock();
            try {
                running.remove(this);
                if (failure != null && FailureRules.isNeverRetried(failure) && !stopped) {
                    failures.add(0, failure); // what ends the call is what the caller gets
                    stop();
                } else if (failure != null) {
                    if (!(stopped && failure instanceof InterruptedException)) { // which is no news of a loser
                        failures.add(failure);
                    }
                } else if (made && !stopped) {
                    won = true;
                    wonByTime = failures.isEmpty(); // and not because the first attempt failed
                    wonNanos = endNanos;
                    value = result;
                    stop();
                }
                return won && failure instanceof Error;
            } finally {
                lock.unlock();
            }
        }
    }
}
