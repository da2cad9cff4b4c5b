package dev.weir.ratelimit;

/**
 * Additive increase and multiplicative decrease (Chiu and Jain, 1989): the arithmetic of {@link AdaptiveRate}, without
 * state and without time.
 *
 * @param least the lowest value
 * @param most the highest value
 * @param step by how much it rises
 * @param factor to which part it falls
 */
record Aimd(long least, long most, long step, double factor) {
    Aimd {
        if (least < 1 || least > most) {
            throw new IllegalArgumentException(
                    "least must be at least 1 and at most the most of " + most + ", but is " + least);
        }
        if (step < 1) {
            throw new IllegalArgumentException("step must be at least 1, but is " + step);
        }
        if (!(factor > 0 && factor < 1)) {
            throw new IllegalArgumentException("factor must be above 0 and below 1, but is " + factor);
        }
    }

    long raised(long value) {
        return value >= most - step ? most : Math.max(least, value + step); // most - step does not overflow
    }

    long lowered(long value) {
        return Math.clamp((long) ((double) value * factor), least, most);
    }

    // Whether that number of successes in a time with that number of possible ones says that the value may be too low.
    static boolean isUsed(long successes, double possible) {
        return 2.0 * (double) successes >= possible;
    }
}
