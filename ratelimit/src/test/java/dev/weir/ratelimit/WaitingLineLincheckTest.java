package dev.weir.ratelimit;

import static org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt.forClasses;

import dev.weir.core.internal.Contexts;
import dev.weir.core.internal.Name;
import dev.weir.core.internal.StackRoom;
import dev.weir.core.internal.metrics.Tally;
import dev.weir.core.internal.wait.WaiterClass;
import dev.weir.core.internal.wait.WaiterOrder;
import dev.weir.core.time.TimeSource;
import dev.weir.testkit.ModelChecking;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.Test;

/**
 * Every interleaving of requests that come into a line of shares, are granted, and leave it is one of some order of the
 * same calls. The permits are a plain number here, as the arithmetic of buckets has a test of its own.
 */
public class WaitingLineLincheckTest {
    private final Level level = new Level();
    private final WaitingLine line = level.line;
    private final Ticket large = new PlainTicket(2, "a");
    private final Ticket small = new PlainTicket(1, "b");

    public WaitingLineLincheckTest() {
        line.join(large, WaitingLine.FOR_EVER);
        line.join(small, WaitingLine.FOR_EVER);
    }

    @Operation
    public boolean another() {
        return line.join(new PlainTicket(1, "a"), WaitingLine.FOR_EVER);
    }

    @Operation
    public boolean cancelLarge() {
        return line.leave(large);
    }

    @Operation
    public boolean cancelSmall() {
        return line.leave(small);
    }

    @Operation
    public String states() {
        return line.locked(() -> large.state + " and " + small.state);
    }

    @Operation
    public void refund() {
        line.refund(1);
    }

    @Operation
    public void pause() {
        line.pause(1);
    }

    @Operation
    public void resume() {
        line.resume();
    }

    @Test
    void requests_of_all_tenants_are_linearizable() {
        new ModelCheckingOptions()
                .iterations(ModelChecking.iterations(10))
                .invocationsPerIteration(100)
                .threads(2)
                .actorsPerThread(3)
                .addGuarantee(forClasses(StackRoom.class.getName()).allMethods().ignore())
                .check(getClass());
    }

    /** A number of permits, from which nothing comes by itself. */
    private static final class Level extends PermitSource {
        final AtomicLong permits = new AtomicLong(1);
        final WaitingLine line;

        Level() {
            TimeSource clock = new StandingClock();
            LimiterSettings settings = new LimiterSettings(
                    Name.of("limiter", "line"),
                    new Tally(),
                    clock,
                    10,
                    WaiterOrder.fairShares(Map.of("a", 2)),
                    0,
                    Contexts.byDefault(),
                    null);
            line = new WaitingLine(this, settings, new LineCounts());
        }

        @Override
        boolean take(long wanted, long now) {
            return permits.getAndUpdate(left -> left < wanted ? left : left - wanted) >= wanted;
        }

        @Override
        long nanosUntil(long wanted) {
            return permits.get() < wanted ? WaitingLine.FOR_EVER : 0;
        }

        @Override
        long largest() {
            return 4;
        }

        @Override
        void giveBack(long back) {
            permits.addAndGet(back);
        }

        @Override
        void grantDue() {
            line.grantDue();
        }
    }

    private static final class PlainTicket extends Ticket {
        PlainTicket(long permits, String tenant) {
            super(permits, WaiterClass.NONE.withTenant(tenant), 0, null);
        }

        @Override
        void ended() {
            // nobody waits for it
        }
    }

    /** A clock that stands still: its timers are never due. */
    private static final class StandingClock implements TimeSource {
        @Override
        public long nanoTime() {
            return 0;
        }

        @Override
        public void parkNanos(Object blocker, long nanos) {
            throw new AssertionError("nobody parks");
        }

        @Override
        public ScheduledTask schedule(Runnable task, Duration delay) {
            return () -> true;
        }
    }
}
