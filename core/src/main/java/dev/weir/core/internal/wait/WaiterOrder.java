package dev.weir.core.internal.wait;

import dev.weir.core.internal.Checks;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;

/**
 * In which order the waiters of a line are served: as they come, by priority, or by the shares of tenants. Immutable.
 *
 * <p>But for the first, an order sees the waiters in groups: those of one priority, or of one tenant. Within a group
 * they are served as they come, and the group whose first waiter has the least <em>rank</em> is served next. So to come,
 * to be served and to leave costs O(log n) in the number of groups in which somebody waits.
 *
 * <p><b>Priorities</b>, with ageing: a waiter of priority p ranks like one of priority 0 that came p times the ageing
 * earlier. The rank never changes, and a waiter is overtaken only by what comes within a bounded time after it.
 *
 * <p><b>Fair shares</b>: self-clocked fair queueing (Golestani, 1994). A group has a start in virtual time, and the rank
 * of its first waiter is when that would have got what it waits for if the group had its share all the time:
 *
 * <pre>
 *   somebody waits in a group for the first time:  start = now
 *   rank of the first waiter                       = start + cost / weight
 *   it is served:                                  now   = max(now, rank), start = rank
 *   it leaves:                                     the next is the first, from the same start
 * </pre>
 *
 * A start is never after now. So nothing is to be remembered of a group in which nobody waits, and one that leaves costs
 * its tenant nothing.
 */
public abstract sealed class WaiterOrder {
    private static final Duration MAX_AGEING = Duration.ofDays(1);
    private static final int MAX_WEIGHT = 1_000;

    private static final WaiterOrder FIRST_COME = new FirstCome();

    private WaiterOrder() {}

    /**
     * First come, first served.
     *
     * @return the order
     */
    public static WaiterOrder firstCome() {
        return FIRST_COME;
    }

    /**
     * By priority, and by the time that a waiter has waited.
     *
     * @param ageing how long a waiter has to wait to overtake one that is a level higher and comes then
     * @return the order
     * @throws IllegalArgumentException if {@code ageing} is not positive or above a day
     */
    public static WaiterOrder priorities(Duration ageing) {
        Checks.positive(ageing, "ageing");
        if (ageing.compareTo(MAX_AGEING) > 0) {
            throw new IllegalArgumentException("ageing must be at most a day, but is " + ageing);
        }
        return new Priorities(ageing.toNanos());
    }

    /**
     * In proportion to the weights of tenants, while several have somebody waiting.
     *
     * @param weights the weights, from 1 to 1,000; that of others is 1
     * @return the order
     * @throws IllegalArgumentException if a weight is out of range
     */
    public static WaiterOrder fairShares(Map<String, Integer> weights) {
        Objects.requireNonNull(weights, "weights");
        weights.forEach((tenant, weight) -> {
            if (weight < 1 || weight > MAX_WEIGHT) {
                throw new IllegalArgumentException(
                        "the weight of " + tenant + " must be from 1 to " + MAX_WEIGHT + ", but is " + weight);
            }
        });
        return new FairShares(Map.copyOf(weights));
    }

    /**
     * Whether the class of a waiter makes a difference.
     *
     * @return false if it is first come, first served
     */
    public boolean looksAtClasses() {
        return true;
    }

    /**
     * Makes a line.
     *
     * @param <W> the type of its waiters
     * @return a new line in which nobody waits
     */
    public <W extends Waiter> WaiterLine<W> newLine() {
        return new GroupedLine<>(this);
    }

    /** What waiters of one group have in common. */
    abstract Object groupOf(WaiterClass its);

    /** What {@link #rank} needs to know of a group. */
    abstract long factorOf(WaiterClass its);

    /** The rank of a group's first waiter; the least is served next. Ranks are compared by their difference. */
    abstract long rank(Waiter first, long factor, long start);

    private static final class FirstCome extends WaiterOrder {
        @Override
        public boolean looksAtClasses() {
            return false;
        }

        @Override
        public <W extends Waiter> WaiterLine<W> newLine() {
            return new WaiterQueue<>();
        }

        @Override
        Object groupOf(WaiterClass its) {
            return this;
        }

        @Override
        long factorOf(WaiterClass its) {
            return 0;
        }

        @Override
        long rank(Waiter first, long factor, long start) {
            return start;
        }

        @Override
        public String toString() {
            return "first come, first served";
        }
    }

    private static final class Priorities extends WaiterOrder {
        private final long ageingNanos;

        Priorities(long ageingNanos) {
            this.ageingNanos = ageingNanos;
        }

        @Override
        Object groupOf(WaiterClass its) {
            return its.priority();
        }

        /** By how much earlier a waiter seems to have come. */
        @Override
        long factorOf(WaiterClass its) {
            return its.priority() * ageingNanos;
        }

        @Override
        long rank(Waiter first, long factor, long start) {
            return first.sinceNanos() - factor;
        }

        @Override
        public String toString() {
            return "priorities with an ageing of " + Duration.ofNanos(ageingNanos);
        }
    }

    private static final class FairShares extends WaiterOrder {
        /** A permit in virtual time, by weight 1: rounding by weights is below a thousandth of a share. */
        private static final int SCALE = 20;

        /** A request for more counts as this: else the virtual time would run over. */
        private static final long MOST_COST = 1L << 42;

        private final Map<String, Integer> weights;

        FairShares(Map<String, Integer> weights) {
            this.weights = weights;
        }

        @Override
        Object groupOf(WaiterClass its) {
            return its.tenant();
        }

        /** The weight. */
        @Override
        long factorOf(WaiterClass its) {
            return weights.getOrDefault(its.tenant(), 1);
        }

        @Override
        long rank(Waiter first, long factor, long start) {
            return start + (Math.min(first.cost(), MOST_COST) << SCALE) / factor;
        }

        @Override
        public String toString() {
            return "fair shares";
        }
    }
}
