package dev.weir.ratelimit;

import java.math.BigInteger;
import java.time.Clock;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Counts the ends of the periods of a wall clock, in its zone, on an axis of its own: each end that passes is one
 * period later there. So the permits of a period come with its end, whatever happened meanwhile to the monotonic clock,
 * which stands still while the machine is suspended, or to the zone's offset.
 *
 * <p>A wall clock that goes back gives nothing for the periods that it repeats, and then counts from where it is. One
 * that is set back by less than a period, across an end that was counted, is waited for.
 */
final class WallPeriods {
    private static final BigInteger SECOND = BigInteger.valueOf(1_000_000_000);

    /**
     * The period that the clock was seen in, since 1970 by local time; its start on our axis; and when that was seen.
     */
    private record Seen(long index, long startNanos, long epochSecond) {}

    private final Clock wall;
    private final long periodNanos;
    private final AtomicReference<Seen> seen;

    WallPeriods(Clock wall, long periodNanos, long startNanos) {
        this.wall = wall;
        this.periodNanos = periodNanos;
        ZonedDateTime now = ZonedDateTime.now(wall);
        this.seen = new AtomicReference<>(new Seen(index(now), startNanos, now.toEpochSecond()));
    }

    /** The start of the present period on our axis. */
    long startNanos() {
        while (true) {
            Seen last = seen.get(); // before the clock: one that is behind it has gone back, and is not a stale reading
            ZonedDateTime now = ZonedDateTime.now(wall);
            long index = index(now);
            long passed = index - last.index;
            boolean awaited = passed == -1 && now.toEpochSecond() < last.epochSecond;
            if (passed == 0 || awaited) {
                return last.startNanos;
            }
            long start = passed > 0 ? last.startNanos + passed * periodNanos : last.startNanos;
            if (seen.compareAndSet(last, new Seen(index, start, now.toEpochSecond()))) {
                return start;
            }
        }
    }

    /** How long until that number of periods has ended, the present one included; by the wall clock as it goes now. */
    long nanosUntilEnd(long periods) {
        ZonedDateTime now = ZonedDateTime.now(wall);
        long toEnd =
                periodNanos - position(now).mod(BigInteger.valueOf(periodNanos)).longValueExact();
        if (periods - 1 > (WaitingLine.FOR_EVER - toEnd) / periodNanos) {
            return WaitingLine.FOR_EVER;
        }
        long local = (periods - 1) * periodNanos + toEnd;
        ZonedDateTime end = now.toLocalDateTime().plusNanos(local).atZone(now.getZone());
        return Math.max(1, Duration.between(now, end).toNanos()); // a change of summer time is between them, at times
    }

    private long index(ZonedDateTime now) {
        BigInteger position = position(now);
        BigInteger period = BigInteger.valueOf(periodNanos);
        return position.subtract(position.mod(period)).divide(period).longValue(); // it may wrap
    }

    /** The nanoseconds since 1970 by local time, which may be more than fit into a long. */
    private static BigInteger position(ZonedDateTime now) {
        return BigInteger.valueOf(now.toEpochSecond() + now.getOffset().getTotalSeconds())
                .multiply(SECOND)
                .add(BigInteger.valueOf(now.getNano()));
    }
}
