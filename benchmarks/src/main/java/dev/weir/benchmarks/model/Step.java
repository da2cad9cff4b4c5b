package dev.weir.benchmarks.model;

import org.jspecify.annotations.Nullable;

/**
 * What a core does next.
 *
 * @param kind what
 * @param word on which word of memory, if it is an access
 * @param expected what a compare-and-set expects
 * @param value what is written or added, or the core that is woken
 * @param amount nanoseconds of work, or how many pauses
 */
public record Step(Kind kind, @Nullable Word word, long expected, long value, double amount) {
    enum Kind {
        WORK,
        PAUSE,
        READ,
        WRITE,
        ADD,
        CAS,
        PARK,
        UNPARK,
        DONE
    }

    private static final Step PARK = new Step(Kind.PARK, null, 0, 0, 0);
    private static final Step DONE = new Step(Kind.DONE, null, 0, 0, 0);

    /** Takes time and touches nothing that is shared. */
    static Step work(double nanos) {
        Costs.notNegative("work", nanos);
        return new Step(Kind.WORK, null, 0, 0, nanos);
    }

    static Step pause(int spins) {
        return new Step(Kind.PAUSE, null, 0, 0, spins);
    }

    /** Its result is the value. */
    static Step read(Word word) {
        return new Step(Kind.READ, word, 0, 0, 0);
    }

    /** A plain or release write, which holds nothing up but the next atomic operation. */
    static Step write(Word word, long value) {
        return new Step(Kind.WRITE, word, 0, value, 0);
    }

    /** An atomic addition. Its result is the value before. */
    static Step add(Word word, long delta) {
        return new Step(Kind.ADD, word, 0, delta, 0);
    }

    /** Its result is 1 or 0. */
    static Step cas(Word word, long expected, long value) {
        return new Step(Kind.CAS, word, expected, value, 0);
    }

    static Step park() {
        return PARK;
    }

    static Step unpark(int core) {
        return new Step(Kind.UNPARK, null, 0, core, 0);
    }

    /** An operation is over; takes no time. */
    static Step done() {
        return DONE;
    }

    Word its() {
        if (word == null) {
            throw new IllegalStateException(kind + " has no word");
        }
        return word;
    }
}
