package dev.weir.core.pool;

import static dev.weir.testkit.Eventually.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
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

    static Stream<Arguments> sortedPools() {
        return Stream.of(
                arguments("priorities", one().priorities(Duration.ofSeconds(1))),
                arguments("tenants", one().fairShares(Map.of())));
    }

    /** When each discard looked through the queue, these took minutes. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("sortedPools")
    void a_discard_costs_the_same_however_many_tasks_wait(String name, WorkerPoolBuilder builder) {
        int capacity = 100_000;
        WorkerPool pool = pool(builder.queueCapacity(capacity).saturation(Saturation.discardOldest()));
        occupy(pool);
        for (int i = 0; i < 2 * capacity; i++) {
            pool.execute(() -> {}, TaskOptions.none().priority(i % 7).tenant("tenant " + i));
        }
        assertEquals(capacity, pool.metrics().discarded());
    }

    @Test
    void the_oldest_of_the_lowest_priority_gives_way_also_after_others_were_taken() {
        WorkerPool pool =
                pool(one().priorities(Duration.ofHours(1)).queueCapacity(4).saturation(Saturation.discardOldest()));
        occupy(pool);
        List<String> ran = Collections.synchronizedList(new ArrayList<>());
        List<String> names = List.of("b2", "a1", "c1", "d3", "e2", "f1", "g9");
        for (String task : names) {
            pool.execute(() -> ran.add(task), TaskOptions.none().priority(task.charAt(1) - '0'));
        }
        gate.countDown();
        await().until(() -> ran.size() == 4);
        assertEquals(List.of("g9", "d3", "b2", "e2"), ran);
    }
}
