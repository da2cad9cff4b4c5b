package dev.weir.benchmarks.model;

/**
 * Weir's parts, each as the accesses of one operation to words that threads share, in the order in which the code does
 * them. Words that are only read stay in each core's cache and are left out; so are those that one thread alone uses.
 */
public final class Parts {
    /** The longest pause of a limiter after a lost compare-and-set, in spins. */
    private static final int MAX_PAUSE = 64;

    private Parts() {}

    /**
     * {@code TokenBucket.tryAcquire} that admits: reads the level, changes it by compare-and-set, and stays away for a
     * moment that doubles if another was faster.
     *
     * @param before nanoseconds before the level is read, mostly for the clock
     * @param within nanoseconds between the read and the compare-and-set
     * @return the part
     */
    public static Part limiter(double before, double within) {
        return stripedLimiter(0, before, within, 0);
    }

    /**
     * {@code StripedTokenBucket.tryAcquire} that admits: a core that has nothing in advance does what those of a
     * {@link #limiter} do, and takes so much that it needs nothing shared for many operations.
     *
     * @param own nanoseconds of an operation that needs nothing shared
     * @param before nanoseconds before the level is read, mostly for the clock
     * @param within nanoseconds between the read and the compare-and-set
     * @param inAdvance how many operations need nothing shared after one that does
     * @return the part
     */
    public static Part stripedLimiter(double own, double before, double within, int inAdvance) {
        return (first, cores) -> {
            Word level = new Word(0);
            return Loop.each(first, cores, core -> new Loop() {
                private long seen;
                private int pause;
                private int left = (core - first) * inAdvance / cores; // as it is after a while

                @Override
                Step at(int place, long result) {
                    return switch (place) {
                        case 0 -> {
                            pause = 1;
                            yield left-- > 0 ? then(5, Step.work(own)) : then(1, Step.work(before));
                        }
                        case 1 -> then(2, Step.read(level));
                        case 2 -> {
                            seen = result;
                            yield then(3, Step.work(within));
                        }
                        case 3 -> then(4, Step.cas(level, seen, seen + 1));
                        case 4 -> result == 1 ? won() : lost();
                        default -> then(0, Step.done());
                    };
                }

                private Step won() {
                    left = inAdvance;
                    return then(0, Step.done());
                }

                private Step lost() {
                    int spins = pause;
                    pause = Math.min(MAX_PAUSE, 2 * pause);
                    return then(1, Step.pause(spins));
                }
            });
        };
    }

    /**
     * A bounded {@code Channel} from which each core receives an element after each that it has sent.
     *
     * @param work nanoseconds of a send and a receive besides their accesses
     * @param capacity the number of slots
     * @return the part; an operation is a send and a receive
     */
    public static Part channel(double work, int capacity) {
        return (first, cores) -> {
            Ring ring = new Ring(capacity);
            return Loop.each(first, cores, core -> new RingLoop(ring, work / 2, work / 2, true, true));
        };
    }

    /**
     * {@code WorkerPool.execute} and the workers, half of the cores for each; a single core does both in turns. A
     * submitter reads the counts of the workers before and after it offers a task, and a worker that finds no task
     * writes them; nobody parks.
     *
     * @param submitWork nanoseconds of a submission besides its accesses
     * @param runWork nanoseconds of a worker for a task besides its accesses
     * @param capacity the number of slots of the queue
     * @return the part; an operation is a task
     */
    public static Part pool(double submitWork, double runWork, int capacity) {
        return (first, cores) -> {
            Ring ring = new Ring(capacity);
            return Loop.each(
                    first,
                    cores,
                    core -> new RingLoop(
                            ring,
                            submitWork,
                            runWork,
                            cores == 1 || (core - first) % 2 == 0,
                            cores == 1 || (core - first) % 2 == 1));
        };
    }

    /** The words of an {@code MpmcRing}: its ends far from each other, its slots two to a line. */
    private static final class Ring {
        private static final int SLOTS_OF_A_LINE = 2;

        final Word head = new Word(0);
        final Word tail = new Word(0);

        /** How many workers search; read by submitters. */
        final Word counts = new Word(0);

        final Word[] slots;

        Ring(int capacity) {
            if (capacity < 1) {
                throw new IllegalArgumentException("capacity must be positive, but is " + capacity);
            }
            slots = new Word[capacity];
            Line line = new Line();
            for (int slot = 0; slot < capacity; slot++) {
                line = slot % SLOTS_OF_A_LINE == 0 ? new Line() : line;
                slots[slot] = new Word(line, 2L * slot);
            }
        }

        Word slot(long position) {
            return slots[(int) (position % slots.length)];
        }
    }

    /** Sends, or receives, or both in turns. */
    private static final class RingLoop extends Loop {
        private final Ring ring;
        private final double sendWork;
        private final double receiveWork;
        private final boolean sends;
        private final boolean receives;
        private long position;
        private boolean searches;

        RingLoop(Ring ring, double sendWork, double receiveWork, boolean sends, boolean receives) {
            this.ring = ring;
            this.sendWork = sendWork;
            this.receiveWork = receiveWork;
            this.sends = sends;
            this.receives = receives;
        }

        @Override
        Step at(int place, long result) {
            return switch (place) {
                case 0 -> sends ? then(1, Step.work(sendWork)) : then(10, Step.work(receiveWork));
                case 1 -> then(2, Step.read(ring.counts));
                case 2 -> then(3, Step.read(ring.tail));
                case 3 -> {
                    position = result;
                    yield then(4, Step.read(ring.slot(position)));
                }
                case 4 ->
                    result == 2 * position
                            ? then(5, Step.cas(ring.tail, position, position + 1))
                            : then(7, Step.read(ring.head)); // full, or the element of the lap before goes out
                case 5 ->
                    result == 1
                            ? then(6, Step.write(ring.slot(position), 2 * position + 1))
                            : then(3, Step.read(ring.tail));
                case 6 -> receives ? then(10, Step.work(receiveWork)) : then(0, Step.read(ring.counts));
                case 7 -> then(2, Step.pause(1));
                case 10 -> then(11, Step.read(ring.head));
                case 11 -> {
                    position = result;
                    yield then(12, Step.read(ring.slot(position)));
                }
                case 12 ->
                    result == 2 * position + 1
                            ? then(13, Step.cas(ring.head, position, position + 1))
                            : then(15, Step.read(ring.tail));
                case 13 ->
                    result == 1
                            ? then(14, Step.write(ring.slot(position), 2 * (position + ring.slots.length)))
                            : then(15, Step.read(ring.tail));
                case 14 -> searches ? found() : then(0, Step.done());
                case 15 -> result == position && !searches && !sends ? search() : then(10, Step.pause(1));
                default -> throw new IllegalStateException("no place " + place);
            };
        }

        private Step search() {
            searches = true;
            return then(10, Step.add(ring.counts, 1));
        }

        private Step found() {
            searches = false;
            return then(14, Step.add(ring.counts, -1));
        }
    }
}
