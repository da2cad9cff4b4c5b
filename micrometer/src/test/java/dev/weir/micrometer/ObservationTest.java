package dev.weir.micrometer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.core.pool.WorkerPool;
import dev.weir.retry.Backoff;
import dev.weir.retry.Retry;
import dev.weir.retry.RetryPolicy;
import io.micrometer.context.ContextRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** Observations around attempts and tasks are Micrometer's own: what docs/micrometer.md says of them is so. */
class ObservationTest {
    private final ObservationRegistry observations = ObservationRegistry.create();
    private final List<String> stopped = new CopyOnWriteArrayList<>();

    ObservationTest() {
        observations.observationConfig().observationHandler(new ObservationHandler<Observation.Context>() {
            @Override
            public boolean supportsContext(Observation.Context context) {
                return true;
            }

            @Override
            public void onStop(Observation.Context context) {
                stopped.add(context.getName() + " " + context.getLowCardinalityKeyValues() + " in "
                        + (context.getParentObservation() == null
                                ? "nothing"
                                : context.getParentObservation()
                                        .getContextView()
                                        .getName())
                        + (context.getError() == null
                                ? ""
                                : ": " + context.getError().getMessage()));
            }
        });
    }

    @Test
    void each_attempt_is_one_in_that_of_the_caller() throws Exception {
        int[] failures = {1};
        Retry retry = Retry.of(RetryPolicy.builder()
                .maxAttempts(2)
                .backoff(Backoff.fixed(Duration.ZERO))
                .build());
        Observation.createNotStarted("payment", observations).observeChecked(() -> {
            return MicrometerSnippets.attempts(retry, observations, () -> {
                if (failures[0]-- > 0) {
                    throw new IOException("busy");
                }
                return "paid";
            });
        });
        assertEquals(
                List.of(
                        "payment.attempt [keyValue(attempt=1)] in payment: busy",
                        "payment.attempt [keyValue(attempt=2)] in payment",
                        "payment [] in nothing"),
                stopped);
    }

    @Test
    void a_task_is_one_in_that_of_its_submitter() throws Exception {
        ContextRegistry contexts =
                new ContextRegistry().registerThreadLocalAccessor(new ObservationThreadLocalAccessor(observations));
        try (WorkerPool pool = WorkerPool.builder("orders")
                .context(SnapshotCarrier.of(contexts))
                .build()) {
            Observation.createNotStarted("request", observations)
                    .observeChecked(() -> MicrometerSnippets.tasks(pool, observations, () -> "done")
                            .get());
        }
        assertEquals(List.of("order [] in request", "request [] in nothing"), stopped);
    }
}
