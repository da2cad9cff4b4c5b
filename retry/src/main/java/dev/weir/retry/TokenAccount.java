package dev.weir.retry;

import dev.weir.core.internal.Checks;
import dev.weir.core.time.TimeSource;
import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.TimeUnit;

/**
 * The tokens of a budget, in one word:
 *
 * <pre>
 *   36 bits: milliseconds since the start when the time was last counted   |   28 bits: balance in units
 *
 *   add     balance := min(capacity, balance + n)                           nothing is written if it is full
 *   take    counts the time since; then balance := balance - n, or nothing is written if there is too little
 * </pre>
 *
 * <p>A unit is a thousandth of a token, so n tokens per second are exactly n units per millisecond. The milliseconds
 * wrap after two years; their difference is right as long as something is taken once in that time.
 *
 * <p>Invariant: 0 ≤ balance ≤ capacity, and the time in the word only goes on, so no time is counted twice.
 */
final class TokenAccount {
    static final int UNITS = 1000;
    static final int MAX_TOKENS = (1 << 18) - 1; // · 1000 is below 2^28

    private static final int BALANCE_BITS = 28;
    private static final long BALANCE_MASK = (1L << BALANCE_BITS) - 1;
    private static final long MILLIS_MASK = (1L << (64 - BALANCE_BITS)) - 1;

    /** A reading up to an hour older than the recorded one comes from a delayed thread, not from a wrap. */
    private static final long DELAYED_MILLIS = 3_600_000;

    private static final VarHandle WORD = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "word", VarHandle.class, TokenAccount.class, long.class);

    private final long capacity;
    private final int unitsPerMilli;
    private final TimeSource time;
    private final long originNanos;

    private volatile long word;

    TokenAccount(int capacityTokens, int tokensPerSecond, TimeSource time) {
        this.capacity = (long) atMost(Checks.positive(capacityTokens, "capacity"), "capacity") * UNITS;
        this.unitsPerMilli = atMost((int) Checks.notNegative(tokensPerSecond, "floorPerSecond"), "floorPerSecond");
        this.time = time;
        this.originNanos = unitsPerMilli == 0 ? 0 : time.nanoTime();
        this.word = capacity;
    }

    private static int atMost(int tokens, String name) {
        if (tokens > MAX_TOKENS) {
            throw new IllegalArgumentException(name + " must be at most " + MAX_TOKENS + ", but is " + tokens);
        }
        return tokens;
    }

    long capacity() {
        return capacity / UNITS;
    }

    long available() {
        long seen = word;
        return balance(seen, millisSince(seen, nowMillis()));
    }

    void add(long units) {
        while (true) {
            long seen = word;
            long balance = seen & BALANCE_MASK;
            if (balance == capacity) {
                return;
            }
            long more = Math.min(capacity, balance + units) - balance;
            if (WORD.compareAndSet(this, seen, seen + more)) {
                return;
            }
        }
    }

    boolean take(long units) {
        long now = nowMillis();
        while (true) {
            long seen = word;
            long passed = millisSince(seen, now);
            long balance = balance(seen, passed);
            if (balance < units) {
                return false;
            }
            long counted = ((seen >>> BALANCE_BITS) + passed) & MILLIS_MASK;
            if (WORD.compareAndSet(this, seen, (counted << BALANCE_BITS) | (balance - units))) {
                return true;
            }
        }
    }

    private long balance(long seen, long passed) {
        return Math.min(capacity, (seen & BALANCE_MASK) + passed * unitsPerMilli); // below 2^28 + 2^36 · 2^18
    }

    private long millisSince(long seen, long now) {
        long passed = (now - (seen >>> BALANCE_BITS)) & MILLIS_MASK;
        return passed > MILLIS_MASK - DELAYED_MILLIS ? 0 : passed;
    }

    private long nowMillis() {
        return unitsPerMilli == 0
                ? 0
                : TimeUnit.NANOSECONDS.toMillis(Math.max(0, time.nanoTime() - originNanos)) & MILLIS_MASK;
    }
}
