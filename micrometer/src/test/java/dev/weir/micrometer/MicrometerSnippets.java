package dev.weir.micrometer;

import dev.weir.core.context.ContextCarrier;
import dev.weir.core.pool.WorkerPool;
import dev.weir.pipeline.RunningPipeline;
import dev.weir.ratelimit.RateLimiter;
import dev.weir.retry.Retry;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;

/** The code of this package's documentation and of docs/micrometer.md. */
final class MicrometerSnippets {
    private MicrometerSnippets() {}

    static void carrier() {
        // @start region="carrier"
        ContextCarrier.setDefaults(ContextCarrier.mdc(), SnapshotCarrier.ofProcess()); // once, at the start
        // @end
    }

    static WeirMeters meters(
            MeterRegistry registry, WorkerPool orders, RateLimiter api, Retry payments, RunningPipeline loading) {
        // @start region="meters"
        WeirMeters meters = new WeirMeters().add(orders).add(api).add(payments);
        meters.bindTo(registry);

        meters.add(loading); // its meters are there at once
        meters.remove(api); // so are those of a part that is garbage
        // @end
        return meters;
    }

    static void onePart(MeterRegistry registry, WorkerPool orders) {
        // @start region="one"
        new WeirMeters().add(orders, Tag.of("region", "north")).bindTo(registry);
        // @end
    }

    static String attempts(Retry payments, ObservationRegistry observations, Callable<String> bank) throws Exception {
        // @start region="attempts"
        String receipt =
                payments.callWithAttempt(attempt -> Observation.createNotStarted("payment.attempt", observations)
                        .lowCardinalityKeyValue("attempt", String.valueOf(attempt.number()))
                        .observeChecked(bank::call));
        // @end
        return receipt;
    }

    static Future<String> tasks(WorkerPool orders, ObservationRegistry observations, Callable<String> order) {
        // @start region="tasks"
        Future<String> done = orders.submit(
                () -> Observation.createNotStarted("order", observations).observeChecked(order::call));
        // @end
        return done;
    }
}
