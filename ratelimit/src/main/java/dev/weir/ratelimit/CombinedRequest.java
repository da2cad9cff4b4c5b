package dev.weir.ratelimit;

import static dev.weir.ratelimit.WaitingLine.FOR_EVER;

import dev.weir.core.Deadline;
import dev.weir.core.internal.Checks;
import dev.weir.core.internal.Contexts;
import dev.weir.core.internal.Interrupts;
import dev.weir.core.internal.wait.Waiter;
import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A request of a {@link CombinedLimiter} without a thread: of a future or a reservation. It stands in the line of one
 * limit at a time, and holds nothing of the others meanwhile.
 *
 * <pre>
 *   TAKING --a limit refuses, and all is refunded--&gt; STANDING in its line
 *   STANDING --that limit grants--&gt; TAKING of the others --all admit--&gt; GRANTED
 *   TAKING, STANDING --given up--------------&gt; LEFT: nothing is taken
 *   TAKING, STANDING --a limit fails---------&gt; REFUSED: nothing is taken
 *   GRANTED --cancelled, a reservation-------&gt; RETURNED: permits given back
 * </pre>
 *
 * Each step is an object of its own, and the thread that replaces it, and no other, does what follows. A thread that
 * takes and finds its step replaced by LEFT gives back what it has taken; one that leaves a line gives back what that
 * limit has granted meanwhile.
 */
final class CombinedRequest implements Place {
    private enum Kind {
        TAKING,
        STANDING,
        GRANTED,
        LEFT,
        REFUSED,
        RETURNED
    }

    /** A step; with what it stands in, or why it is refused. */
    private static final class Step {
        final Kind kind;
        final int limit;
        final @Nullable CompletableFuture<?> place;
        final @Nullable Throwable failure;

        Step(Kind kind, int limit, @Nullable CompletableFuture<?> place, @Nullable Throwable failure) {
            this.kind = kind;
            this.limit = limit;
            this.place = place;
            this.failure = failure;
        }

        static Step of(Kind kind) {
            return new Step(kind, -1, null, null);
        }

        boolean isSettled() {
            return kind != Kind.TAKING && kind != Kind.STANDING;
        }

        /** Whether a thread is about to take this step further. */
        boolean isMoving() {
            return kind == Kind.TAKING || (place != null && place.isDone());
        }
    }

    private static final VarHandle STEP = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "step", VarHandle.class, CombinedRequest.class, Step.class);
    private static final Duration LONGEST_PARK = Duration.ofHours(1);

    private final CombinedLimiter limiter;
    private final long[] permits;
    private final int refusedBy;
    private final long sinceNanos;
    private final @Nullable CombinedFuture future;
    private volatile Step step = Step.of(Kind.TAKING);

    /** The threads that await it. */
    private final Set<Thread> awaiting = ConcurrentHashMap.newKeySet(1);

    /** Dropped at the end: one who keeps the request keeps nobody's context. */
    private volatile Contexts.@Nullable Snapshot context;

    /** A request that a limit has refused. */
    CombinedRequest(CombinedLimiter limiter, long[] permits, int refusedBy, @Nullable CombinedFuture future) {
        this.limiter = limiter;
        this.permits = permits;
        this.refusedBy = refusedBy;
        this.future = future;
        this.context = Contexts.byDefault().capture();
        this.sinceNanos = limiter.counts.waitBegins();
    }

    /** Stands in the line of the limit that has refused. */
    @Override
    public void enter() {
        goOn(step, refusedBy);
        Throwable failure = step.failure;
        if (failure != null && future == null) {
            throw CombinedLimiter.refusal(failure);
        }
    }

    // ---- from line to line; limits are foreign code, and so nothing is held here

    /** A limit has granted, or failed. */
    private void resume(Step standing) {
        Contexts.Snapshot callers = context;
        Step taking = Step.of(Kind.TAKING);
        if (callers != null && replace(standing, taking)) {
            callers.runSurely(() -> goOnAfter(standing, taking));
        }
    }

    private void goOnAfter(Step standing, Step taking) {
        int refusing;
        try {
            refusing = takeRest(standing);
        } catch (RuntimeException | Error failure) {
            refuse(taking, failure);
            return;
        }
        goOn(taking, refusing);
    }

    /** Stands in the line of the limit that refuses, for as long as one does. */
    private void goOn(Step first, int firstRefusing) {
        Step taking = first;
        int refusing = firstRefusing;
        try {
            while (refusing >= 0) {
                CompletableFuture<?> place = limiter.limits().get(refusing).acquireAsync(permits[refusing]);
                Step standing = new Step(Kind.STANDING, refusing, place, null);
                if (!replace(taking, standing)) { // given up meanwhile
                    leave(standing);
                    return;
                }
                if (!place.isDone()) {
                    CompletableFuture<?> unused = place.whenComplete((nothing, failure) -> resume(standing));
                    return;
                }
                taking = Step.of(Kind.TAKING);
                if (!replace(standing, taking)) {
                    return;
                }
                refusing = takeRest(standing);
            }
        } catch (RuntimeException | Error failure) {
            refuse(taking, failure);
            return;
        }
        grant(taking);
    }

    /** Takes of all but the limit that has granted. The index of the one that refuses, or -1. */
    private int takeRest(Step standing) {
        try {
            Objects.requireNonNull(standing.place).join(); // it is done
        } catch (CompletionException failed) {
            throw CombinedLimiter.refusal(failed.getCause() == null ? failed : failed.getCause());
        }
        return limiter.all.takeFrom(permits, standing.limit);
    }

    private boolean replace(Step from, Step to) {
        boolean replaced = STEP.compareAndSet(this, from, to);
        if (replaced) {
            awaiting.forEach(LockSupport::unpark);
        }
        return replaced;
    }

    /** Gives a place up, or the permits back if they are granted. */
    private void leave(Step standing) {
        CompletableFuture<?> place = standing.place;
        if (place != null && !place.cancel(false) && !place.isCompletedExceptionally()) {
            limiter.limits().get(standing.limit).refund(permits[standing.limit]);
        }
    }

    // ---- its end

    private void grant(Step taking) {
        if (!replace(taking, Step.of(Kind.GRANTED))) {
            limiter.all.refund(permits);
            return;
        }
        context = null;
        limiter.counts.waitEnds(true, permits, sinceNanos);
        if (future != null) {
            future.finish(null);
        }
    }

    private void refuse(Step taking, Throwable failure) {
        if (replace(taking, new Step(Kind.REFUSED, -1, null, failure))) {
            context = null;
            limiter.counts.waitEnds(false, permits, sinceNanos);
            if (future != null) {
                future.finish(failure);
            }
        }
    }

    /** Gives the place up; false if it is too late for that. */
    boolean giveUp() {
        Step present = step;
        while (!present.isSettled()) {
            if (replace(present, Step.of(Kind.LEFT))) {
                context = null;
                limiter.counts.waitEnds(false, permits, sinceNanos);
                leave(present);
                return true;
            }
            present = step;
        }
        return false;
    }

    @Override
    public boolean cancel() {
        if (giveUp()) {
            return true;
        }
        Step present = step;
        if (present.kind != Kind.GRANTED || !replace(present, Step.of(Kind.RETURNED))) {
            return false;
        }
        limiter.all.refund(permits);
        return true;
    }

    // ---- what a reservation asks

    /** Why it is refused, if it is. */
    @Nullable
    Throwable failure() {
        return step.failure;
    }

    @Override
    public boolean isGranted() {
        return step.kind == Kind.GRANTED;
    }

    @Override
    public boolean isCancelled() {
        Kind now = step.kind;
        return now == Kind.LEFT || now == Kind.RETURNED;
    }

    /** As of the limit that is the last to admit it. */
    @Override
    public long delayNanos() {
        Step present = step;
        if (present.isSettled()) {
            return 0;
        }
        long delay = 0;
        for (int i = 0; i < permits.length; i++) {
            delay = Math.max(delay, i == present.limit ? delayIn(present) : delayWithout(i));
        }
        return delay;
    }

    private long delayIn(Step standing) {
        if (standing.place instanceof PermitFuture ours) {
            return ours.ticket.delayNanos();
        }
        return standing.place instanceof CombinedFuture several
                ? several.request.delayNanos()
                : delayWithout(standing.limit);
    }

    private long delayWithout(int limit) {
        return Checks.saturatedNanos(
                limiter.limits().get(limit).peek(permits[limit]).retryAfter());
    }

    @Override
    public void await(long timeoutNanos) throws InterruptedException {
        Interrupts.throwIfInterrupted();
        if (timeoutNanos > 0 && !step.isSettled()) {
            Thread thread = Thread.currentThread();
            awaiting.add(thread); // and only then looks whether it is settled
            try {
                Deadline deadline = timeoutNanos == FOR_EVER
                        ? Deadline.never()
                        : Deadline.after(Duration.ofNanos(timeoutNanos), limiter.time);
                Waiter.End end = Waiter.await(() -> step.isSettled(), this, deadline);
                // What was granted in time counts, though its thread may not have run yet.
                while (end == Waiter.End.EXPIRED && step.isMoving()) {
                    end = Waiter.await(() -> !step.isMoving(), this, Deadline.after(LONGEST_PARK));
                }
                if (end == Waiter.End.INTERRUPTED) {
                    Interrupts.throwIfInterrupted();
                }
            } finally {
                awaiting.remove(thread);
            }
        }
        Throwable failure = step.failure;
        if (failure != null) {
            throw CombinedLimiter.refusal(failure);
        }
    }
}
