package dev.weir.benchmarks.model;

import java.util.ArrayDeque;

/** The counters beside which parts are seen. Each takes the work that a core does between two operations. */
public final class Counters {
    /** How often a thread that did not get a lock tries again before it parks, as the JDK's locks do. */
    private static final int TRIES = 3;

    private Counters() {}

    /**
     * An {@code AtomicLong} that all increment.
     *
     * @param work nanoseconds between two operations
     * @return the part
     */
    public static Part atomic(double work) {
        return (first, cores) -> {
            Word word = new Word(0);
            return Loop.each(first, cores, core -> incrementing(word, work));
        };
    }

    /**
     * A {@code LongAdder} in which each core has found a cell of its own.
     *
     * @param work nanoseconds between two operations
     * @return the part
     */
    public static Part striped(double work) {
        return (first, cores) -> Loop.each(first, cores, core -> incrementing(new Word(0), work));
    }

    private static Program incrementing(Word word, double work) {
        return new Loop() {
            @Override
            Step at(int place, long result) {
                return switch (place) {
                    case 0 -> then(1, Step.work(work));
                    case 1 -> then(2, Step.add(word, 1));
                    default -> then(0, Step.done());
                };
            }
        };
    }

    /**
     * A word that all read, and change by compare-and-set, again at once if another was faster.
     *
     * @param work nanoseconds between two operations
     * @return the part
     */
    public static Part casLoop(double work) {
        return (first, cores) -> {
            Word word = new Word(0);
            return Loop.each(first, cores, core -> new Loop() {
                @Override
                Step at(int place, long result) {
                    return switch (place) {
                        case 0 -> then(1, Step.work(work));
                        case 1 -> then(2, Step.read(word));
                        case 2 -> then(3, Step.cas(word, result, result + 1));
                        default -> result == 1 ? then(0, Step.done()) : then(2, Step.read(word));
                    };
                }
            });
        };
    }

    /**
     * A counter under a lock, for which a core spins.
     *
     * @param work nanoseconds between two operations
     * @return the part
     */
    public static Part spinLock(double work) {
        return (first, cores) -> {
            Word lock = new Word(0);
            Word counter = new Word(0);
            return Loop.each(first, cores, core -> new Loop() {
                @Override
                Step at(int place, long result) {
                    return switch (place) {
                        case 0 -> then(1, Step.work(work));
                        case 1 -> then(2, Step.read(lock));
                        case 2 -> result == 0 ? then(3, Step.cas(lock, 0, 1)) : then(1, Step.pause(1));
                        case 3 -> result == 1 ? then(4, Step.read(counter)) : then(1, Step.pause(1));
                        case 4 -> then(5, Step.write(counter, result + 1));
                        case 5 -> then(6, Step.add(lock, -1));
                        default -> then(0, Step.done());
                    };
                }
            });
        };
    }

    /**
     * A counter under a {@code ReentrantLock} that is not fair: a thread that runs may take the lock before the one
     * that was woken for it. One that does not get it tries a few times and parks; the holder wakes the first.
     *
     * @param work nanoseconds between two operations
     * @return the part
     */
    public static Part parkingLock(double work) {
        return (first, cores) -> {
            Lock lock = new Lock();
            return Loop.each(first, cores, core -> new Locking(lock, core, work));
        };
    }

    /**
     * Operations that consist of two of a part's.
     *
     * @param part the part
     * @return another one
     */
    public static Part twice(Part part) {
        return (first, cores) ->
                part.programs(first, cores).stream().map(Counters::twice).toList();
    }

    private static Program twice(Program program) {
        return new Program() {
            private boolean isHalf;

            @Override
            public Step next(long result) {
                Step step = program.next(result);
                if (step.kind() == Step.Kind.DONE) {
                    isHalf = !isHalf;
                    return isHalf ? program.next(0) : step;
                }
                return step;
            }
        };
    }

    private static final class Lock {
        final Word state = new Word(0);
        final Word counter = new Word(0);

        // No part of the memory that is modelled: what the line of the state says to those that have it.
        final ArrayDeque<Integer> parked = new ArrayDeque<>();
        boolean hasSignalled;
    }

    private static final class Locking extends Loop {
        private final Lock lock;
        private final int core;
        private final double work;
        private int tries;

        Locking(Lock lock, int core, double work) {
            this.lock = lock;
            this.core = core;
            this.work = work;
        }

        @Override
        Step at(int place, long result) {
            return switch (place) {
                case 0 -> {
                    tries = 0;
                    yield then(1, Step.work(work));
                }
                case 1 -> then(2, Step.cas(lock.state, 0, 1));
                case 2 -> result == 1 ? entered() : again();
                case 3 -> then(4, Step.write(lock.counter, result + 1));
                case 4 -> then(5, Step.add(lock.state, -1));
                case 5 -> signalled();
                case 6 -> woken();
                default -> then(0, Step.done());
            };
        }

        private Step entered() {
            if (lock.parked.remove(core)) {
                lock.hasSignalled = false;
            }
            return then(3, Step.read(lock.counter));
        }

        private Step again() {
            tries++;
            if (tries < TRIES) {
                return then(1, Step.pause(1));
            }
            if (lock.state.value == 0) { // the last look, with the word in hand
                return then(2, Step.cas(lock.state, 0, 1));
            }
            if (!lock.parked.contains(core)) {
                lock.parked.addLast(core);
            }
            return then(6, Step.park());
        }

        private Step woken() {
            lock.hasSignalled = false;
            tries = 0;
            return then(2, Step.cas(lock.state, 0, 1));
        }

        private Step signalled() {
            Integer first = lock.parked.peekFirst();
            if (first == null || lock.hasSignalled) {
                return then(0, Step.done());
            }
            lock.hasSignalled = true;
            return then(7, Step.unpark(first));
        }
    }
}
