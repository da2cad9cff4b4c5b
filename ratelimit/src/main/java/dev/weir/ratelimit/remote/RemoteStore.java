package dev.weir.ratelimit.remote;

import dev.weir.core.internal.Callbacks;
import dev.weir.core.internal.Threads;
import dev.weir.core.time.TimeSource;
import dev.weir.core.time.TimeSource.ScheduledTask;
import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.remote.RemoteBuckets.Bucket;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A store as limiters of one process see it: every call to it has a time-out, the first that fails begins an outage,
 * and one probe at a time ends it. The timer drives the probes, for as long as somebody uses the limiters.
 */
final class RemoteStore {
    /** How long after the end of a probe, or the beginning of an outage, the next probe is sent. */
    static final Duration PROBE_INTERVAL = Duration.ofMillis(100);

    /** How often at most a bucket is reported that cannot be used. */
    private static final long REPORT_INTERVAL_NANOS = 1_000_000_000;

    private static final Logger LOG = LoggerFactory.getLogger(RemoteRateLimiter.class);

    final RemoteBuckets buckets;
    final TimeSource time;
    final long timeoutNanos;
    final OutagePolicy policy;
    final @Nullable Lease lease;

    /** Whether limiters are garbage when nobody uses them. */
    final boolean ofKeys;

    final Availability availability = new Availability();
    final LongAdder answeredByPolicy = new LongAdder();
    final LongAdder refundedLate = new LongAdder();
    private final LongAdder trips = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final @Nullable RemoteRateLimiterListener listener;
    private final StoreEvents events = new StoreEvents();

    /** When a bucket was last reported that cannot be used; of the thread that reports. */
    private volatile @Nullable Long brokenReported;

    /** The limiters that are answered by a local share. */
    private final Set<Flight> sharing = ConcurrentHashMap.newKeySet();

    RemoteStore(
            RemoteBuckets buckets,
            TimeSource time,
            Duration timeout,
            OutagePolicy policy,
            @Nullable Lease lease,
            boolean ofKeys,
            @Nullable RemoteRateLimiterListener listener) {
        this.buckets = buckets;
        this.time = time;
        this.timeoutNanos = timeout.toNanos();
        this.policy = policy;
        this.lease = lease;
        this.ofKeys = ofKeys;
        this.listener = listener;
    }

    /** Refuses a rate that the store cannot keep to. */
    void checkRate(Rate rate) {
        Objects.requireNonNull(rate, "rate");
        buckets.checkRate(lease == null ? rate : lease.inStore(rate));
    }

    /** Sends a call, whose end is notified once: by the thread that has the answer, or by the timer. */
    <A> void send(
            Bucket bucket, Supplier<? extends CompletionStage<? extends A>> call, long nanosLeft, Trip.End<A> end) {
        trips.increment();
        long epoch = availability.epoch();
        Sent<A> sent = new Sent<>(bucket, epoch, end);
        Trip<A> trip = new Trip<>(sent);
        try {
            sent.timer = time.schedule(
                    () -> trip.timedOut(
                            new TimeoutException("the store did not answer within " + Duration.ofNanos(timeoutNanos))),
                    Duration.ofNanos(Math.max(0, nanosLeft)));
            CompletionStage<? extends A> stage = call.get();
            stage.whenComplete(trip);
        } catch (Throwable failure) { // of the store's client, or of the clock
            trip.accept(null, failure);
        }
    }

    /** Does what follows for the store from the end of a call, and has the rest done before. */
    private final class Sent<A> implements Trip.End<A> {
        private final Bucket bucket;
        private final long epoch;
        private final Trip.End<A> end;
        private volatile @Nullable ScheduledTask timer;

        Sent(Bucket bucket, long epoch, Trip.End<A> end) {
            this.bucket = bucket;
            this.epoch = epoch;
            this.end = end;
        }

        void cancelTimer() {
            ScheduledTask its = timer;
            if (its != null) {
                its.cancel();
            }
        }

        @Override
        public void answered(A answer) {
            cancelTimer();
            guarded(() -> end.answered(answer));
        }

        @Override
        public void failed(Throwable cause) {
            cancelTimer();
            failed.increment();
            boolean outage = isOutage(cause);
            boolean begins = outage && availability.failed(epoch); // before the callers are answered
            long now = time.nanoTime();
            if (outage) {
                guarded(() -> end.failed(cause));
            } else {
                guarded(() -> end.unusable(cause));
                events.add(() -> reportBroken(bucket, cause));
            }
            if (begins) {
                probeLater(epoch + 1, now, bucket);
                events.add(() -> notifyUnavailable(cause));
            }
        }

        @Override
        public void late(A answer) {
            guarded(() -> end.late(answer));
        }
    }

    private boolean isOutage(Throwable cause) {
        try {
            return buckets.isOutage(cause);
        } catch (Throwable failure) {
            return true;
        }
    }

    /** The store's client would keep what is thrown to itself. */
    private static void guarded(Runnable end) {
        try {
            end.run();
        } catch (Throwable failure) {
            Callbacks.error(LOG, "the end of a call to the store failed", failure);
        }
    }

    // ---- the probe

    /** Sends a probe later, unless nobody uses the limiters any more. */
    private void probeLater(long epoch, long beganNanos, Bucket bucket) {
        WeakReference<RemoteStore> weak = new WeakReference<>(this);
        try {
            time.schedule(
                    () -> {
                        RemoteStore store = weak.get();
                        if (store != null) {
                            offTheTimer(() -> store.probe(epoch, beganNanos, bucket));
                        }
                    },
                    PROBE_INTERVAL);
        } catch (RuntimeException | Error broken) { // of the clock: nothing else would end the outage
            Callbacks.error(LOG, "a TimeSource threw, and so an outage is taken for over", broken);
            recovered(epoch, beganNanos);
        }
    }

    private void probe(long epoch, long beganNanos, Bucket bucket) {
        send(bucket, () -> buckets.probe(bucket), timeoutNanos, new Trip.End<Object>() {
            @Override
            public void answered(Object answer) {
                recovered(epoch, beganNanos);
            }

            @Override
            public void failed(Throwable cause) {
                probeLater(epoch, beganNanos, bucket);
            }

            @Override
            public void unusable(Throwable cause) {
                recovered(epoch, beganNanos);
            }

            @Override
            public void late(Object answer) {
                // another probe is on its way
            }
        });
    }

    private void recovered(long epoch, long beganNanos) {
        if (!availability.answered(epoch)) {
            return;
        }
        for (Flight flight : List.copyOf(sharing)) {
            sharing.remove(flight); // before it settles: what is shared afterwards is of another outage
            flight.recovered();
        }
        Duration after = Duration.ofNanos(Math.max(0, time.nanoTime() - beganNanos));
        events.add(() -> notifyRecovered(after));
    }

    /** Has the bucket notified when the store is available again. */
    void shares(Flight flight) {
        sharing.add(flight);
    }

    /** Runs what calls the store's client: not on the timer's thread, which only does quick acts of ours. */
    static void offTheTimer(Runnable task) {
        if (Threads.isTimer()) {
            try {
                Threads.virtual("weir-remote", task).start();
                return;
            } catch (Throwable noThread) {
                // on this one, then: it is not lost
            }
        }
        task.run();
    }

    // ---- reports

    private void notifyUnavailable(Throwable cause) {
        Callbacks.error(LOG, "the store of permits is unavailable, so {} answers", policy, cause);
        RemoteRateLimiterListener its = listener;
        if (its != null) {
            Callbacks.run(LOG, "a listener of an unavailable store", () -> its.onUnavailable(cause));
        }
    }

    /** Not for each of many calls. */
    private void reportBroken(Bucket bucket, Throwable cause) {
        long now = time.nanoTime();
        Long last = brokenReported;
        if (last == null || now - last >= REPORT_INTERVAL_NANOS) {
            brokenReported = now;
            Callbacks.error(LOG, "the bucket {} cannot be used, so {} answers", bucket.key(), policy, cause);
        }
    }

    private void notifyRecovered(Duration after) {
        RemoteRateLimiterListener its = listener;
        if (its != null) {
            Callbacks.run(LOG, "a listener of a recovered store", () -> its.onRecovered(after));
        }
    }

    RemoteMetrics metrics() {
        return new RemoteMetrics(
                trips.sum(), failed.sum(), answeredByPolicy.sum(), refundedLate.sum(), availability.isUnavailable());
    }
}
