package dev.weir.core.pool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** As long as there is a task that can give way, none is rejected. */
@Timeout(60)
class DiscardOldestTest extends PoolFixture {
    private static final int SUBMITTERS = 3;
    private static final int TASKS = 5_000;

    static Stream<Arguments> pools() {
        return Stream.of(
                arguments(one().queueCapacity(1), TaskOptions.none()),
                arguments(one().queueCapacity(2).priorities(Duration.ofSeconds(1)), TaskOptions.none()));
    }

    @ParameterizedTest
    @MethodSource("pools")
    void no_submitter_is_rejected_because_another_one_was_quicker(WorkerPoolBuilder builder, TaskOptions options)
            throws Exception {
        WorkerPool pool = pool(builder.saturation(Saturation.discardOldest()));
        occupy(pool);
        List<FutureTask<Void>> submitters = new ArrayList<>();
        for (int i = 0; i < SUBMITTERS; i++) {
            submitters.add(start(() -> {
                for (int n = 0; n < TASKS; n++) {
                    pool.submit(() -> {}, options);
                }
                return null;
            }));
        }
        for (FutureTask<Void> submitter : submitters) {
            submitter.get();
        }
        assertEquals(0, pool.metrics().rejected());
        assertEquals(SUBMITTERS * TASKS + 1, pool.metrics().submitted());
    }
}
