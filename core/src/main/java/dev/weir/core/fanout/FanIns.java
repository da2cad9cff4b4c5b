package dev.weir.core.fanout;

import dev.weir.core.Outcome;
import dev.weir.core.internal.Suppressed;
import dev.weir.core.internal.wait.PromptLock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The fan-ins that the caller reads when all is over. */
final class FanIns {
    private FanIns() {}

    /** Keeps nothing. */
    static final class Nothing<R extends @Nullable Object> extends FanIn<R> {
        @Override
        void succeeded(FanOutRun<?, R> run, ItemWorker<?, R> worker, long index, R value) {}
    }

    /** Keeps each value at the number of its item. */
    static final class Values<R extends @Nullable Object> extends FanIn<R> {
        private final Slots slots;

        Values(int expected) {
            slots = new Slots(expected);
        }

        @Override
        void reserve(long count) {
            slots.reserve(count);
        }

        @Override
        void succeeded(FanOutRun<?, R> run, ItemWorker<?, R> worker, long index, R value) {
            slots.set(index, value);
        }

        @Override
        void undelivered(FanOutRun<?, R> run) {
            slots.forEach(run::releaseResult);
        }

        @SuppressWarnings("unchecked") // a slot has what the function returned
        List<R> list(long count) {
            return (List<R>) Collections.unmodifiableList(Arrays.asList(slots.toArray(Math.toIntExact(count))));
        }
    }

    /** Keeps how each item ended. */
    static final class Outcomes<R extends @Nullable Object> extends FanIn<R> {
        private final int expected;
        private final boolean onlyFirst;
        private final Slots slots;
        private final AtomicLong first = new AtomicLong(-1);

        /**
         * Creates a fan-in.
         *
         * @param expected how many items there will be, or -1
         * @param onlyFirst whether the first outcome stops the call
         */
        Outcomes(int expected, boolean onlyFirst) {
            this.expected = expected;
            this.onlyFirst = onlyFirst;
            this.slots = new Slots(expected);
        }

        @Override
        void reserve(long count) {
            slots.reserve(count);
        }

        @Override
        void succeeded(FanOutRun<?, R> run, ItemWorker<?, R> worker, long index, R value) {
            completed(run, index, Outcome.success(value));
        }

        @Override
        void failed(FanOutRun<?, R> run, long index, Throwable failure, boolean expired) {
            completed(run, index, expired ? Outcome.cancelled(true, failure) : Outcome.failure(failure));
        }

        private void completed(FanOutRun<?, R> run, long index, Outcome<R> outcome) {
            slots.set(index, outcome);
            if (onlyFirst && first.compareAndSet(-1, index)) {
                run.stop(Stop.satisfied("another item completed first"));
            }
        }

        @Override
        void cancelled(FanOutRun<?, R> run, long index) {
            Stop why = run.end.why();
            if (why != null) { // it is, or nothing would have been cancelled
                slots.set(index, Outcome.cancelled(true, why.cause()));
            }
        }

        @Override
        void undelivered(FanOutRun<?, R> run) {
            slots.forEach(kept -> {
                if (kept instanceof Outcome.Success<?>(Object value)) {
                    run.releaseResult(value);
                }
            });
        }

        /** The number of the first item that completed, or -1. */
        long first() {
            return first.get();
        }

        /**
         * The outcomes, with those of the items that were not begun.
         *
         * @param read how many items were read
         * @param why why not all of them were begun, if so
         */
        @SuppressWarnings("unchecked") // a slot has an outcome of the function
        List<Outcome<R>> list(long read, @Nullable Stop why) {
            int count = Math.toIntExact(why == null ? read : Math.max(read, expected));
            @Nullable Object[] all = slots.toArray(count);
            if (why != null) {
                for (int i = 0; i < count; i++) {
                    if (all[i] == null) {
                        all[i] = Outcome.cancelled(false, why.cause());
                    }
                }
            }
            return (List<Outcome<R>>) (List<?>) Collections.unmodifiableList(Arrays.asList(all));
        }
    }

    /** Adds the values up, for each worker by itself. */
    static final class Partials<R extends @Nullable Object, A> extends FanIn<R> {
        private final Supplier<? extends A> start;
        private final BiConsumer<? super A, ? super R> add;

        Partials(Supplier<? extends A> start, BiConsumer<? super A, ? super R> add) {
            this.start = start;
            this.add = add;
        }

        @Override
        @SuppressWarnings("unchecked") // put there below
        void succeeded(FanOutRun<?, R> run, ItemWorker<?, R> worker, long index, R value) {
            A partial = (A) worker.partial;
            if (partial == null) {
                partial = start.get();
                worker.partial = partial;
            }
            add.accept(partial, value);
        }

        @SuppressWarnings("unchecked") // as above
        List<A> partials(WorkerList<?, R> workers) {
            List<A> partials = new ArrayList<>();
            for (int i = 0; i < workers.size(); i++) {
                A partial = (A) workers.get(i).partial;
                if (partial != null) {
                    partials.add(partial);
                }
            }
            return partials;
        }
    }

    /** Keeps the wanted number of values, and the failures until then. */
    static final class Quorum<R extends @Nullable Object> extends FanIn<R> {
        private final int wanted;
        private final PromptLock lock = new PromptLock();
        private final List<R> values = new ArrayList<>();
        private final Suppressed failures = new Suppressed();

        /** How many items there are, as far as that is certain; {@link Long#MAX_VALUE} before. */
        private long items;

        /**
         * Creates a fan-in.
         *
         * @param wanted how many values
         * @param items how many items there are, or -1 if that is not certain
         */
        Quorum(int wanted, int items) {
            this.wanted = wanted;
            this.items = items < 0 ? Long.MAX_VALUE : items;
        }

        @Override
        void exhausted(FanOutRun<?, R> run, long count) {
            lock.lock();
            try {
                items = count;
            } finally {
                lock.unlock();
            }
            stopIfUnreachable(run);
        }

        @Override
        void succeeded(FanOutRun<?, R> run, ItemWorker<?, R> worker, long index, R value) {
            boolean tooLate;
            boolean reached;
            lock.lock();
            try {
                tooLate = values.size() == wanted;
                if (!tooLate) {
                    values.add(value);
                }
                reached = values.size() == wanted;
            } finally {
                lock.unlock();
            }
            if (tooLate) {
                run.releaseLate(worker, value);
            } else if (reached) {
                run.stop(Stop.satisfied("others were first"));
            }
        }

        @Override
        void undelivered(FanOutRun<?, R> run) {
            values.forEach(run::releaseResult);
        }

        @Override
        void failed(FanOutRun<?, R> run, long index, Throwable failure, boolean expired) {
            if (failure instanceof Error) {
                super.failed(run, index, failure, expired); // not a lost race, but something wrong
                return;
            }
            lock.lock();
            try {
                if (values.size() == wanted) {
                    return;
                }
                failures.add(expired ? Stop.cancellation(failure) : failure);
            } finally {
                lock.unlock();
            }
            stopIfUnreachable(run);
        }

        private void stopIfUnreachable(FanOutRun<?, R> run) {
            Throwable first;
            lock.lock();
            try {
                first = failures.first();
                if (first == null || failures.count() <= items - wanted) {
                    return;
                }
            } finally {
                lock.unlock();
            }
            run.stop(new Stop(Stop.Kind.UNREACHABLE, first));
        }

        /** Throws why there are fewer values than wanted, after the call is over. */
        @SuppressWarnings("unchecked") // the only checked exceptions that get here are the function's
        <X extends Throwable> void throwIfNotReached(FanOutRun<?, R> run) throws X, InterruptedException {
            run.end.alsoFailed(failures);
            run.<X>throwIfFailed(false);
            if (values.size() == wanted) {
                return;
            }
            run.releaseResults();
            Throwable first = failures.first();
            if (first == null) {
                throw new NoSuchElementException(
                        run.settings.name + " needs " + wanted + " results of " + values.size() + " items");
            }
            throw (X) run.end.withOthers(first);
        }

        List<R> values() {
            return Collections.unmodifiableList(values);
        }
    }
}
