package dev.weir.core.internal;

import java.time.Duration;
import java.util.List;
import java.util.Objects;

/** Argument checks that name the argument and its value, and conversions of durations that cannot overflow. */
public final class Checks {
    private Checks() {}

    /**
     * Returns the value if it is at least one.
     *
     * @param value the value
     * @param name the argument's name, for the message
     * @return the value
     * @throws IllegalArgumentException if the value is below one
     */
    public static int positive(int value, String name) {
        return (int) positive((long) value, name);
    }

    /**
     * Returns the value if it is at least one.
     *
     * @param value the value
     * @param name the argument's name, for the message
     * @return the value
     * @throws IllegalArgumentException if the value is below one
     */
    public static long positive(long value, String name) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " must be at least 1, but is " + value);
        }
        return value;
    }

    /**
     * Returns the value if it is not negative.
     *
     * @param value the value
     * @param name the argument's name, for the message
     * @return the value
     * @throws IllegalArgumentException if the value is negative
     */
    public static long notNegative(long value, String name) {
        if (value < 0) {
            throw new IllegalArgumentException(name + " must not be negative, but is " + value);
        }
        return value;
    }

    /**
     * Returns the duration if it is longer than zero.
     *
     * @param value the duration
     * @param name the argument's name, for the message
     * @return the duration
     * @throws IllegalArgumentException if the duration is zero or negative
     */
    public static Duration positive(Duration value, String name) {
        Objects.requireNonNull(value, name);
        if (value.isZero() || value.isNegative()) {
            throw new IllegalArgumentException(name + " must be positive, but is " + value);
        }
        return value;
    }

    /**
     * Returns the duration if it is not negative.
     *
     * @param value the duration
     * @param name the argument's name, for the message
     * @return the duration
     * @throws IllegalArgumentException if the duration is negative
     */
    public static Duration notNegative(Duration value, String name) {
        Objects.requireNonNull(value, name);
        if (value.isNegative()) {
            throw new IllegalArgumentException(name + " must not be negative, but is " + value);
        }
        return value;
    }

    /**
     * The duration in nanoseconds, or {@link Long#MAX_VALUE} or {@link Long#MIN_VALUE} if it is beyond their range
     * (about 292 years).
     *
     * @param duration the duration
     * @return the nanoseconds
     */
    public static long saturatedNanos(Duration duration) {
        try {
            return duration.toNanos();
        } catch (ArithmeticException beyondRange) {
            return duration.isNegative() ? Long.MIN_VALUE : Long.MAX_VALUE;
        }
    }

    /**
     * How far the readings of a clock may be behind the time: its resolution, unless that is a nanosecond, in which
     * nothing can be.
     *
     * @param resolution the resolution of the clock
     * @return the nanoseconds, {@link Long#MAX_VALUE} if there are more
     */
    public static long lagNanos(Duration resolution) {
        long nanos = saturatedNanos(resolution);
        return nanos <= 1 ? 0 : nanos;
    }

    /**
     * Returns a duration that must be longer than zero, in nanoseconds.
     *
     * @param value the duration
     * @param name the argument's name, for the message
     * @return the nanoseconds, {@link Long#MAX_VALUE} if there are more
     * @throws IllegalArgumentException if the duration is zero or negative
     */
    public static long positiveNanos(Duration value, String name) {
        return saturatedNanos(positive(value, name));
    }

    /**
     * Returns a duration that must not be negative, in nanoseconds.
     *
     * @param value the duration
     * @param name the argument's name, for the message
     * @return the nanoseconds, {@link Long#MAX_VALUE} if there are more
     * @throws IllegalArgumentException if the duration is negative
     */
    public static long notNegativeNanos(Duration value, String name) {
        return saturatedNanos(notNegative(value, name));
    }

    /**
     * Returns arguments of which none may be null, as a list.
     *
     * @param values the arguments
     * @param name the name of all of them, for the message
     * @param <T> their type
     * @return an immutable list
     */
    public static <T> List<T> noneNull(T[] values, String name) {
        Objects.requireNonNull(values, name);
        for (int i = 0; i < values.length; i++) {
            Objects.requireNonNull(values[i], name + "[" + i + "]");
        }
        return List.of(values);
    }

    /**
     * Adds two numbers that are not negative.
     *
     * @param a one number
     * @param b the other
     * @return their sum, or {@link Long#MAX_VALUE} if it is larger
     */
    public static long saturatedSum(long a, long b) {
        long sum = a + b;
        return sum < 0 ? Long.MAX_VALUE : sum;
    }
}
