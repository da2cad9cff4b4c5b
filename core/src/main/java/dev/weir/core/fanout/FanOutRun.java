package dev.weir.core.fanout;

import dev.weir.core.Outcome;
import dev.weir.core.ThrowingFunction;
import dev.weir.core.time.TimeSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * One call of a {@link FanOut}.
 *
 * <p>Workers pull from the source under {@code reading}, and tell what they did under {@code lock}. A worker is
 * interrupted only under {@code lock}, and only while it is {@code busy} with the source or an item; it ends being busy
 * under the same lock and then clears its interrupt status. So no interrupt of ours reaches anything else.
 *
 * <p>The caller is woken when the call is over: nobody is busy, and the source is exhausted or the call was stopped. A
 * worker that has been handed to the executor but has not begun is not waited for: it will find the call over.
 */
final class FanOutRun<T extends @Nullable Object, R extends @Nullable Object> {
    enum Keep {
        VALUES,
        OUTCOMES,
        NOTHING
    }

    private static final Logger LOG = LoggerFactory.getLogger(FanOut.class);
    private static final long WARN_AFTER_NANOS = 10_000_000_000L;
    private static final int MOST_SUPPRESSED = 10;

    private final FanOut<T> plan;
    private final ThrowingFunction<? super T, ? extends R, ?> function;
    private final Keep keep;
    private final Iterator<? extends T> items;
    private final Executor executor;
    private final Thread caller = Thread.currentThread();
    private final @Nullable Map<String, String> loggingContext = MDC.getCopyOfContextMap();

    /** Held while the source is read, which may block; taken before {@link #lock}. */
    private final ReentrantLock reading = new ReentrantLock();

    /** Guards all that follows; never held while foreign code runs. */
    private final ReentrantLock lock = new ReentrantLock();

    private final List<@Nullable Object> slots = new ArrayList<>();
    private final Set<Worker> busy = new HashSet<>();
    private final List<Throwable> alsoFailed = new ArrayList<>();
    private int failedBeyond;
    private int claimed;
    private int workers;
    private boolean growing = true;
    private boolean exhausted;
    private @Nullable Throwable stopCause;

    FanOutRun(FanOut<T> plan, ThrowingFunction<? super T, ? extends R, ?> function, Keep keep) {
        this.plan = plan;
        this.function = Objects.requireNonNull(function, "function");
        this.keep = keep;
        this.items = plan.source.iterator();
        Executor chosen = plan.executor;
        this.executor = chosen != null
                ? chosen
                : task -> Thread.ofVirtual().name(plan.name).start(task);
    }

    /** Runs all of it, and throws what ended it early, once nobody is busy any more. */
    @SuppressWarnings("unchecked") // the only checked exceptions that get here are the function's
    <X extends Throwable> void join() throws X, InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        workers = 1;
        executor.execute(new Worker());
        boolean interrupted = awaitEnd();
        Throwable cause = stopCause;
        if (interrupted) {
            InterruptedException interrupt = new InterruptedException();
            if (cause != null && !(cause instanceof InterruptedException)) {
                interrupt.addSuppressed(cause);
            }
            throw interrupt;
        }
        if (cause == null || (keep == Keep.OUTCOMES && cause instanceof TimeoutException)) {
            return;
        }
        if (cause instanceof TimeoutException && timedOut) {
            CancellationException cancellation = new CancellationException(cause.getMessage());
            cancellation.initCause(cause);
            cause = cancellation;
        }
        attachOthers(cause);
        throw (X) cause;
    }

    /** Whether {@link #stopCause} is a timeout of ours, and not one that the function threw. */
    private boolean timedOut;

    private boolean awaitEnd() {
        boolean interrupted = false;
        boolean warned = false;
        long stoppedAt = 0;
        while (true) {
            boolean stopped;
            lock.lock();
            try {
                if (isOver()) {
                    return interrupted;
                }
                stopped = stopCause != null;
            } finally {
                lock.unlock();
            }
            // Between this look and the park no lock is taken: to wait for one would use up a wakeup that came since.
            if (Thread.interrupted()) {
                interrupted = true;
                stop(new InterruptedException(), false);
            } else if (stopped) {
                stoppedAt = stoppedAt == 0 ? TimeSource.system().nanoTime() : stoppedAt;
                warned = awaitRunning(stoppedAt, warned);
            } else if (plan.deadline.isExpired()) {
                stop(new TimeoutException(plan.name + " was not done at its deadline"), true);
            } else {
                plan.deadline.parkUntilExpired(this);
            }
        }
    }

    /** Parks, but looks up once to tell whom the call waits for; by the real clock, for it is about real threads. */
    private boolean awaitRunning(long since, boolean warned) {
        TimeSource time = TimeSource.system();
        long patience = WARN_AFTER_NANOS - (time.nanoTime() - since);
        if (warned) {
            LockSupport.park(this);
        } else if (patience > 0) {
            time.parkNanos(this, patience);
        } else {
            warn();
            return true;
        }
        return warned;
    }

    /** Requires the lock. */
    private boolean isOver() {
        return busy.isEmpty() && (exhausted || stopCause != null);
    }

    private boolean isStopped() {
        lock.lock();
        try {
            return stopCause != null;
        } finally {
            lock.unlock();
        }
    }

    private void warn() {
        lock.lock();
        try {
            for (Worker worker : busy) {
                LOG.warn("{} waits for a task that ignores its interrupt, in {}", plan.name, worker.thread);
            }
        } finally {
            lock.unlock();
        }
    }

    private void stop(Throwable cause, boolean ours) {
        lock.lock();
        try {
            if (stopCause != null) {
                return;
            }
            stopCause = cause;
            timedOut = ours;
            for (Worker worker : busy) {
                worker.interrupt();
            }
        } finally {
            lock.unlock();
        }
    }

    private void attachOthers(Throwable cause) {
        if (cause.getSuppressed().length > 0) {
            return; // it has a history, or is shared between calls: let it not grow
        }
        cause.addSuppressed(new FanOutTrace("in " + plan.name + ", called from", true));
        for (Throwable other : alsoFailed) {
            if (other != cause) {
                cause.addSuppressed(other);
            }
        }
        if (failedBeyond > 0) {
            cause.addSuppressed(new FanOutTrace(failedBeyond + " more failures", false));
        }
    }

    @SuppressWarnings("unchecked") // a slot has what the function returned
    List<R> values() {
        return (List<R>) (List<?>) slots;
    }

    @SuppressWarnings("unchecked") // a slot has the outcome of the function
    List<Outcome<R>> outcomes(int all) {
        for (int i = slots.size(); i < all; i++) {
            slots.add(Outcome.cancelled(false, Objects.requireNonNull(stopCause)));
        }
        return (List<Outcome<R>>) (List<?>) slots;
    }

    /** Pulls items until there are no more. */
    private final class Worker implements Runnable {
        private @Nullable Thread thread;

        // Of the item that it is busy with; guarded by the lock.
        private int index;
        private boolean expired;

        @Override
        public void run() {
            thread = Thread.currentThread();
            Map<String, String> before = MDC.getCopyOfContextMap();
            setLoggingContext(loggingContext);
            try {
                while (begin()) {
                    Claim<T> claim = claim();
                    if (claim == null) {
                        return;
                    }
                    perform(claim);
                }
            } finally {
                setLoggingContext(before);
            }
        }

        private void setLoggingContext(@Nullable Map<String, String> context) {
            if (context == null) {
                MDC.clear();
            } else {
                MDC.setContextMap(context);
            }
        }

        private boolean begin() {
            lock.lock();
            try {
                if (stopCause != null || exhausted) {
                    return false;
                }
                busy.add(this);
                return true;
            } finally {
                lock.unlock();
            }
        }

        /** The next item, or null when there is none, and then this worker is no longer busy. */
        private @Nullable Claim<T> claim() {
            reading.lock();
            try {
                if (isStopped() || !items.hasNext()) {
                    return over(null);
                }
                T item = items.next();
                lock.lock();
                try {
                    if (stopCause != null) {
                        return over(null);
                    }
                    index = claimed++;
                    if (keep != Keep.NOTHING) {
                        slots.add(null);
                    }
                } finally {
                    lock.unlock();
                }
                return new Claim<>(item);
            } catch (Throwable failure) {
                return over(failure);
            } finally {
                reading.unlock();
            }
        }

        private @Nullable Claim<T> over(@Nullable Throwable failure) {
            lock.lock();
            try {
                exhausted = true;
                rest();
            } finally {
                lock.unlock();
            }
            if (failure != null) {
                fail(failure);
            }
            wakeCallerIfOver();
            return null;
        }

        private void perform(Claim<T> claim) {
            startAnother();
            TimeSource.@Nullable ScheduledTask timer = startTimer();
            R value = null;
            Throwable failure = null;
            try {
                value = function.apply(claim.item());
            } catch (Throwable thrown) {
                failure = thrown;
            }
            if (timer != null) {
                timer.cancel();
            }
            finish(value, failure);
            wakeCallerIfOver();
        }

        private TimeSource.@Nullable ScheduledTask startTimer() {
            if (plan.timeoutEach == null) {
                return null;
            }
            int timed = index;
            return plan.time.schedule(() -> expire(timed), plan.timeoutEach);
        }

        private void expire(int timed) {
            lock.lock();
            try {
                if (index == timed && busy.contains(this)) {
                    expired = true;
                    interrupt();
                }
            } finally {
                lock.unlock();
            }
        }

        /** Requires the lock. */
        private void interrupt() {
            if (thread != null) {
                thread.interrupt();
            }
        }

        /** Requires the lock: an interrupt that we sent has arrived, and another one will not be sent. */
        private void rest() {
            busy.remove(this);
            Thread.interrupted();
        }

        private void finish(@Nullable R value, @Nullable Throwable failure) {
            Throwable stopping = null;
            boolean ours = false;
            lock.lock();
            try {
                rest();
                Throwable cancel = expired
                        ? new TimeoutException("item " + index + " took longer than " + plan.timeoutEach)
                        : stopCause != null && failure instanceof InterruptedException ? stopCause : null;
                expired = false;
                switch (keep) {
                    case OUTCOMES -> slots.set(index, outcome(value, failure, cancel));
                    case VALUES -> slots.set(index, value);
                    case NOTHING -> {}
                }
                if (keep != Keep.OUTCOMES) {
                    ours = cancel != null;
                    stopping = ours ? cancel : failure;
                    if (stopCause != null && stopping != null && stopping != stopCause) {
                        remember(stopping);
                    }
                }
            } finally {
                lock.unlock();
            }
            if (stopping != null) {
                stop(stopping, ours);
            }
        }

        private Outcome<R> outcome(@Nullable R value, @Nullable Throwable failure, @Nullable Throwable cancel) {
            if (cancel != null) {
                return Outcome.cancelled(true, cancel);
            }
            return failure == null ? success(value) : Outcome.failure(failure);
        }

        @SuppressWarnings("NullAway") // without a failure the value is what the function returned, null included
        private Outcome<R> success(@Nullable R value) {
            return Outcome.success(value);
        }

        /** A failure that is not an item's. */
        private void fail(Throwable failure) {
            lock.lock();
            try {
                if (stopCause != null && !(failure instanceof InterruptedException)) {
                    remember(failure);
                }
            } finally {
                lock.unlock();
            }
            stop(failure, false);
        }

        /** Requires the lock. */
        private void remember(Throwable failure) {
            if (alsoFailed.size() < MOST_SUPPRESSED) {
                alsoFailed.add(failure);
            } else {
                failedBeyond++;
            }
        }

        private void wakeCallerIfOver() {
            boolean wake;
            lock.lock();
            try {
                wake = isOver() || stopCause != null;
            } finally {
                lock.unlock();
            }
            if (wake) {
                LockSupport.unpark(caller);
            }
        }

        private void startAnother() {
            lock.lock();
            try {
                if (!growing || workers >= plan.concurrency || exhausted || stopCause != null) {
                    return;
                }
                workers++;
            } finally {
                lock.unlock();
            }
            try {
                executor.execute(new Worker());
            } catch (RejectedExecutionException fewerMustDo) {
                lock.lock();
                try {
                    growing = false;
                } finally {
                    lock.unlock();
                }
            }
        }
    }

    /** An item that was read: a wrapper, for the item may be null. */
    private record Claim<T extends @Nullable Object>(T item) {}
}
