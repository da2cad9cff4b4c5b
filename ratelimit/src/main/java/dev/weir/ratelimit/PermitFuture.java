package dev.weir.ratelimit;

import static dev.weir.ratelimit.WaitingLine.FOR_EVER;

import dev.weir.core.internal.wait.WaiterClass;
import dev.weir.core.time.TimeSource;
import dev.weir.core.time.TimeSource.ScheduledTask;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The future of {@code acquireAsync}. Its outcome is that of its ticket, from the moment on at which the ticket is
 * settled; dependents run a moment later, in the virtual thread that completes it. So a thread that asks or waits needs
 * no carrier, and no dependent runs on the timer's thread.
 */
@SuppressWarnings("VoidUsed") // the type of a future without a value
final class PermitFuture extends WaitingFuture {
    final AsyncTicket ticket;

    /** Ends a thread's wait after a time on the system's clock. */
    private static final class TimeLimit implements Runnable, BooleanSupplier {
        private final Thread thread;
        private volatile boolean over;

        TimeLimit(Thread thread) {
            this.thread = thread;
        }

        @Override
        public void run() {
            over = true;
            LockSupport.unpark(thread);
        }

        @Override
        public boolean getAsBoolean() {
            return over;
        }
    }

    PermitFuture(WaitingLine line, long permits, WaiterClass its) {
        this.ticket = new AsyncTicket(line, permits, its, this);
    }

    /** This future, once it has its place in the line: it is completed when the permits are granted. */
    CompletableFuture<@Nullable Void> entered() {
        try {
            ticket.enter();
        } catch (RejectedExecutionException refused) {
            return CompletableFuture.failedFuture(refused);
        }
        return this;
    }

    /** Completes the future as the ticket was settled, which runs its dependents. */
    void finish(boolean admitted) {
        finish(admitted ? null : ticket.refusal());
    }

    @Override
    boolean giveUp() {
        return ticket.giveUp();
    }

    // ---- its outcome

    private boolean isGranted() {
        return ticket.state == Ticket.State.DELIVERED;
    }

    private boolean isRefused() {
        return ticket.state == Ticket.State.REFUSED;
    }

    @Override
    public boolean isDone() {
        return super.isDone() || isGranted() || isRefused();
    }

    @Override
    public boolean isCompletedExceptionally() {
        return super.isDone() ? super.isCompletedExceptionally() : isRefused();
    }

    @Override
    public @Nullable Void get() throws InterruptedException, ExecutionException {
        if (!isDone()) {
            ticket.await(FOR_EVER, true, PermitFuture::never);
        }
        return outcome();
    }

    /** The time-out is one of the system's clock, and the wait one on the limiter's. */
    @Override
    public @Nullable Void get(long timeout, TimeUnit unit)
            throws InterruptedException, ExecutionException, TimeoutException {
        if (!isDone() && !awaitFor(unit.toNanos(timeout))) {
            throw new TimeoutException();
        }
        return outcome();
    }

    private boolean awaitFor(long nanos) throws InterruptedException {
        if (nanos <= 0) {
            return ticket.await(0, true, PermitFuture::never);
        }
        TimeLimit limit = new TimeLimit(Thread.currentThread());
        ScheduledTask timer = TimeSource.system().schedule(limit, Duration.ofNanos(nanos));
        try {
            return ticket.await(FOR_EVER, true, limit);
        } finally {
            timer.cancel();
        }
    }

    private @Nullable Void outcome() throws InterruptedException, ExecutionException {
        if (super.isDone() || !(isGranted() || isRefused())) {
            return super.get(); // the thread that gave up is about to complete it, or has
        }
        if (isRefused()) {
            throw new ExecutionException(ticket.refusal());
        }
        return null;
    }

    @Override
    public @Nullable Void join() {
        try {
            if (!isDone()) {
                ticket.await(FOR_EVER, false, PermitFuture::never);
            }
        } catch (InterruptedException impossible) {
            throw new AssertionError(impossible);
        }
        if (!super.isDone() && isRefused()) {
            throw new CompletionException(ticket.refusal());
        }
        return isGranted() ? null : super.join();
    }

    @Override
    public @Nullable Void getNow(@Nullable Void valueIfAbsent) {
        return isDone() ? join() : valueIfAbsent;
    }

    @Override
    public @Nullable Void resultNow() {
        return !super.isDone() && isGranted() ? null : super.resultNow();
    }

    @Override
    public Throwable exceptionNow() {
        return !super.isDone() && isRefused() ? ticket.refusal() : super.exceptionNow();
    }

    @Override
    public State state() {
        if (super.isDone() || !isDone()) {
            return super.state();
        }
        return isGranted() ? State.SUCCESS : State.FAILED;
    }

    private static boolean never() {
        return false;
    }
}
