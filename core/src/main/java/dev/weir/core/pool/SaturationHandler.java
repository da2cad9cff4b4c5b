package dev.weir.core.pool;

import dev.weir.core.Deadline;
import dev.weir.core.internal.FlightEvents;
import dev.weir.core.internal.InterruptGuard;
import dev.weir.core.internal.Interrupts;
import dev.weir.core.pool.TaskQueue.Answer;
import dev.weir.core.pool.TaskQueue.Taken;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Does with a task that finds no room what the {@link Saturation} of the pool says. */
final class SaturationHandler {
    /** How a submission ended. */
    enum Admission {
        /** Accepted, or run. */
        DONE,
        SHUT_DOWN,
        SATURATED,
        EXPIRED,
        INTERRUPTED,
        /** A worker's task has submitted a task within a task within a task. */
        TOO_DEEP
    }

    /** How many tasks a worker runs within one another. */
    static final int MAX_DEPTH = 32;

    private static final FlightEvents<SaturationEvent> SATURATIONS = new FlightEvents<>(SaturationEvent::new);

    private final PoolState state;
    private final Backlog backlog;
    private final BlockedSubmitters submitters;
    private final Termination termination;
    private final PoolCounters counters;
    private final TaskRun runs;
    private final PoolEvents events;
    private final Saturation saturation;
    private final Function<Runnable, Answer> attempt;

    SaturationHandler(
            PoolState state,
            Backlog backlog,
            BlockedSubmitters submitters,
            Termination termination,
            PoolCounters counters,
            TaskRun runs,
            PoolEvents events,
            Saturation saturation,
            Function<Runnable, Answer> attempt) {
        this.state = state;
        this.backlog = backlog;
        this.submitters = submitters;
        this.termination = termination;
        this.counters = counters;
        this.runs = runs;
        this.events = events;
        this.saturation = saturation;
        this.attempt = attempt;
    }

    /**
     * Finds a place for a task that found none.
     *
     * @param deadline how long to wait, beside what the policy says
     */
    Admission accept(Runnable task, Deadline deadline) {
        SaturationEvent event = SATURATIONS.begun();
        Admission end = place(task, deadline);
        if (event != null) {
            event.end(state.name, saturation.kind, end);
        }
        return end;
    }

    private Admission place(Runnable task, Deadline deadline) {
        if (!state.saturated) {
            state.saturated = true;
            events.saturated();
            Answer answer = attempt.apply(task); // as a listener may have made room
            if (answer != Answer.FULL) {
                return answer == Answer.ACCEPTED ? Admission.DONE : Admission.SHUT_DOWN;
            }
        }
        return switch (saturation.kind) {
            case REJECT -> Admission.SATURATED;
            case DISCARD_OLDEST -> discardFor(task);
            case CALLER_RUNS -> runInCaller(task, deadline);
            case BLOCK -> {
                WorkerThread self = WorkerThread.of(state);
                yield self != null ? runWithin(self, task) : block(task, blockUntil(deadline), null);
            }
        };
    }

    private Deadline blockUntil(Deadline deadline) {
        return saturation.timeoutNanos == Long.MAX_VALUE
                ? deadline
                : Deadline.after(Duration.ofNanos(saturation.timeoutNanos), state.clocks.exact)
                        .earliest(deadline);
    }

    private Admission block(Runnable task, Deadline deadline, @Nullable BooleanSupplier givesUp) {
        return switch (submitters.await(task, deadline, givesUp)) {
            case ACCEPTED -> Admission.DONE;
            case CLOSED -> Admission.SHUT_DOWN;
            case INTERRUPTED -> Admission.INTERRUPTED;
            case EXPIRED -> Admission.EXPIRED;
            case GIVEN_UP -> Admission.SATURATED;
        };
    }

    private Admission runInCaller(Runnable task, Deadline deadline) {
        WorkerThread self = WorkerThread.of(state);
        if (self != null) {
            return runWithin(self, task);
        }
        while (state.isPaused()) { // no task begins in a pause, wherever
            Admission waited = block(task, deadline, () -> !state.isPaused());
            if (waited != Admission.SATURATED) {
                return waited;
            }
        }
        Interrupts.keptFrom(() -> run(task, new InterruptGuard()));
        return Admission.DONE;
    }

    /**
     * A worker that would have to wait for room in its own pool might wait for ever, and runs the task itself, within
     * the one that it has. The two share a thread and hence its interrupt status; each has its own interrupts.
     */
    private Admission runWithin(WorkerThread self, Runnable task) {
        if (self.depth >= MAX_DEPTH) {
            return Admission.TOO_DEEP;
        }
        InterruptGuard outer = self.guard;
        InterruptGuard inner = new InterruptGuard();
        boolean wasInterrupted = outer.isInterrupted();
        boolean wasStopped = state.has(PoolState.STOPPED);
        boolean pending = Thread.interrupted();
        self.guard = inner;
        self.depth++;
        try {
            run(task, inner);
        } finally {
            self.depth--;
            self.guard = outer;
            // An interrupt that came meanwhile and was not for the inner task is still to be seen by the outer one.
            if (pending
                    || (!wasInterrupted && outer.isInterrupted())
                    || (!wasStopped && state.has(PoolState.STOPPED))) {
                Thread.currentThread().interrupt();
            }
        }
        return Admission.DONE;
    }

    private void run(Runnable task, InterruptGuard guard) {
        counters.ranInCaller.incrementAndGet();
        runs.run(task, state.clocks.roughNanosOr(0), false, counters.inCaller(guard));
    }

    private Admission discardFor(Runnable task) {
        Taken taken = new Taken();
        termination.hold();
        try {
            while (true) {
                Runnable victim = backlog.pollVictim(taken) ? taken.element : null;
                if (victim != null) {
                    counters.discard(victim);
                }
                Answer answer = attempt.apply(task);
                if (answer != Answer.FULL) {
                    return answer == Answer.ACCEPTED ? Admission.DONE : Admission.SHUT_DOWN;
                }
                if (victim == null && !backlog.hasVictimIfFull()) { // else another submitter was quicker
                    return Admission.SATURATED;
                }
            }
        } finally {
            termination.release();
        }
    }
}
