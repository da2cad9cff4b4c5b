package dev.weir.core.time;

import dev.weir.core.internal.Checks;
import dev.weir.core.internal.Threads;
import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/**
 * A clock that a background thread, the ticker, copies into a field.
 *
 * <pre>
 *   STOPPED --first reading, starts the ticker------------------------&gt; ticking
 *   ticking --IDLE_TICKS without a reading, the ticker ends-----------&gt; STOPPED
 * </pre>
 *
 * <p>Both transitions are made under the lock of this object, so there is one ticker at most and one writer of
 * {@code now} at a time. A reader on the fast path reads {@code now} and marks {@code used}, and writes only the first
 * time after the ticker cleared the mark, so the line stays shared.
 */
final class CoarseTimeSource implements TimeSource {
    /** Between two ticks. With the wake-up latency of an idle machine, well below the stated resolution. */
    static final int TICK_MICROS = 500;

    static final Duration RESOLUTION = Duration.ofMillis(1);

    private static final int IDLE_TICKS = 2_000;
    private static final long STOPPED = Long.MIN_VALUE;
    private static final VarHandle USED = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "used", VarHandle.class, CoarseTimeSource.class, boolean.class);

    /** The one of {@link TimeSource#coarse()}, made when it is first asked for. */
    private static final class Shared {
        static final CoarseTimeSource INSTANCE =
                new CoarseTimeSource(System::nanoTime, TimeUnit.MICROSECONDS.toNanos(TICK_MICROS), IDLE_TICKS);
    }

    private final LongSupplier clock;
    private final long tickNanos;
    private final int idleTicks;

    // Volatile: a reading must not precede one that another thread has taken and published.
    private volatile long now = STOPPED;

    @SuppressWarnings("unused") // through USED
    private boolean used;

    CoarseTimeSource(LongSupplier clock, long tickNanos, int idleTicks) {
        this.clock = clock;
        this.tickNanos = tickNanos;
        this.idleTicks = idleTicks;
    }

    static CoarseTimeSource shared() {
        return Shared.INSTANCE;
    }

    @Override
    public long nanoTime() {
        long reading = now;
        if (reading == STOPPED) {
            reading = startTicking();
        }
        // Opaque: a lost mark only costs a restart of the ticker, but the compiler must not hoist it out of a loop.
        if (!(boolean) USED.getOpaque(this)) {
            USED.setOpaque(this, true);
        }
        return reading;
    }

    private synchronized long startTicking() {
        long reading = now;
        if (reading == STOPPED) {
            reading = readClock();
            Thread ticker = Threads.daemon("weir-coarse-clock", this::tick);
            now = reading; // before the ticker writes: a later write of ours would take the time back
            boolean started = false;
            try {
                ticker.start();
                started = true;
            } finally {
                if (!started) {
                    now = STOPPED;
                }
            }
        }
        return reading;
    }

    private void tick() {
        for (int idle = 0; ; ) {
            LockSupport.parkNanos(this, tickNanos);
            idle = (boolean) USED.getOpaque(this) ? 0 : idle + 1;
            USED.setOpaque(this, false);
            if (idle < idleTicks) {
                now = readClock();
            } else if (stopIfUnused()) {
                return;
            }
        }
    }

    private synchronized boolean stopIfUnused() {
        if ((boolean) USED.getOpaque(this)) {
            return false;
        }
        now = STOPPED;
        return true;
    }

    private long readClock() {
        long reading = clock.getAsLong();
        return reading == STOPPED ? STOPPED - 1 : reading; // a nanosecond earlier, also across the wrap
    }

    @Override
    public Duration resolution() {
        return RESOLUTION;
    }

    @Override
    public void parkNanos(Object blocker, long nanos) {
        Objects.requireNonNull(blocker, "blocker");
        if (nanos > 0) {
            LockSupport.parkNanos(blocker, withResolution(nanos));
        }
    }

    /** Never early, neither by this clock, whose first reading may be old, nor by the one that it reads. */
    @Override
    public void sleepNanos(long nanos) throws InterruptedException {
        sleepNanos(this, nanos);
    }

    @Override
    public void sleepNanos(Object blocker, long nanos) throws InterruptedException {
        Objects.requireNonNull(blocker, "blocker");
        long start = readClock();
        SleepLoop.sleep(this, blocker, nanos);
        for (long left = nanos - (readClock() - start); left > 0; left = nanos - (readClock() - start)) {
            SleepLoop.sleep(this, blocker, left);
        }
    }

    @Override
    public ScheduledTask schedule(Runnable task, Duration delay) {
        Objects.requireNonNull(delay, "delay");
        long nanos = Math.max(0, Checks.saturatedNanos(delay));
        return SystemTimeSource.INSTANCE.schedule(task, Duration.ofNanos(withResolution(nanos)));
    }

    /** A wait on the system's clock after which this one, too, is past the wait in ordinary circumstances. */
    private static long withResolution(long nanos) {
        long longer = nanos + RESOLUTION.toNanos();
        return longer < 0 ? Long.MAX_VALUE : longer;
    }

    @Override
    public String toString() {
        return "TimeSource.coarse()";
    }
}
