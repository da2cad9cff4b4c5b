package dev.weir.ratelimit;

import org.jspecify.annotations.Nullable;

/**
 * How much of each estimate that is not settled may still come back, oldest first. Guarded by a lock of its owner.
 *
 * <p>What was taken is not there to come back once it has grown again: a bucket that became full after a permit was
 * taken would have been full without that, too, and to give the permit back later would put two permits in place of
 * one. So all estimates together may give back at most what the bucket has lacked of being full at each moment since
 * they were taken. Its owner reports what it lacks whenever it is about to take or has given back, which are the
 * moments when that is least; and what is too much is dropped from the oldest ones.
 */
final class OpenEstimates {
    /** An estimate, in the list as long as anything of it may come back. */
    static final class Entry {
        private long units;
        private @Nullable Entry older;
        private @Nullable Entry newer;
        private long sinceNanos;

        long permits() {
            return units;
        }

        long sinceNanos() {
            return sinceNanos;
        }
    }

    /** An estimate that is in no list, in permits. */
    static Entry alone(long permits, long sinceNanos) {
        Entry entry = new Entry();
        entry.units = permits;
        entry.sinceNanos = sinceNanos;
        return entry;
    }

    private @Nullable Entry oldest;
    private @Nullable Entry newest;
    private long total;

    Entry add(long units) {
        Entry entry = new Entry();
        if (units == 0) {
            return entry; // nothing of it may come back
        }
        entry.units = units;
        total += units;
        entry.older = newest;
        if (newest == null) {
            oldest = entry;
        } else {
            newest.newer = entry;
        }
        newest = entry;
        return entry;
    }

    /** What the bucket lacks of being full. */
    void lacks(long units) {
        for (Entry entry = oldest; total > units && entry != null; entry = oldest) {
            long dropped = Math.min(entry.units, total - units);
            entry.units -= dropped;
            total -= dropped;
            if (entry.units > 0) {
                return;
            }
            remove(entry);
        }
    }

    /** Takes an estimate out, and returns how much of it may come back. */
    long settle(Entry entry) {
        long units = entry.units;
        if (units > 0) {
            remove(entry);
            entry.units = 0;
            total -= units;
        }
        return units;
    }

    private void remove(Entry entry) {
        Entry older = entry.older;
        Entry newer = entry.newer;
        if (older == null) {
            oldest = newer;
        } else {
            older.newer = newer;
        }
        if (newer == null) {
            newest = older;
        } else {
            newer.older = older;
        }
        entry.older = null;
        entry.newer = null;
    }

    /** The units are others now: rounded down, so that nothing comes back twice. */
    void rescale(int fromShift, int toShift) {
        long sum = 0;
        Entry newer;
        for (Entry entry = oldest; entry != null; entry = newer) {
            newer = entry.newer;
            long units = entry.units;
            long rescaled = toShift > fromShift ? shiftedUp(units, toShift - fromShift) : units >> (fromShift - toShift);
            entry.units = Math.min(rescaled, Long.MAX_VALUE - sum); // no bucket lacks that much
            sum += entry.units;
            if (entry.units == 0) {
                remove(entry);
            }
        }
        total = sum;
    }

    private static long shiftedUp(long units, int bits) {
        return units > RateMath.MOST_DEBT >> bits ? RateMath.MOST_DEBT : units << bits;
    }
}
