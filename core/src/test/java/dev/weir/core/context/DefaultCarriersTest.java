package dev.weir.core.context;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.weir.core.fanout.FanOut;
import dev.weir.core.pool.WorkerPool;
import dev.weir.core.scope.TaskScope;
import dev.weir.core.scope.TimeLimit;
import dev.weir.core.scope.Timeouts;
import dev.weir.core.sync.KeyedExecutor;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.MDC;

/** Parts that are given no carriers ask for the defaults of the process when work is handed in. */
class DefaultCarriersTest {
    private static final ThreadLocal<String> TENANT = ContextSnippets.TENANT;
    private static final Duration LONG = Duration.ofMinutes(1);

    @AfterEach
    void putBack() {
        ContextCarrier.setDefaults(ContextCarrier.mdc());
        TENANT.remove();
        MDC.clear();
    }

    private static String seen() {
        return TENANT.get() + " " + MDC.get("user");
    }

    @Test
    void the_default_is_the_mdc_and_is_replaced_as_a_whole() {
        assertEquals(List.of(ContextCarrier.mdc()), ContextCarrier.defaults());
        ContextCarrier.setDefaults();
        assertEquals(List.of(), ContextCarrier.defaults());
        ContextSnippets.defaults();
        assertEquals(2, ContextCarrier.defaults().size());
    }

    @Test
    void null_is_refused_and_changes_nothing() {
        assertThrows(NullPointerException.class, () -> ContextCarrier.setDefaults((ContextCarrier[]) null));
        assertThrows(NullPointerException.class, () -> ContextCarrier.setDefaults(ContextCarrier.mdc(), null));
        assertEquals(List.of(ContextCarrier.mdc()), ContextCarrier.defaults());
    }

    @Test
    void parts_that_were_built_before_carry_what_was_set_later() throws Exception {
        try (WorkerPool pool = WorkerPool.builder("early").maxWorkers(1).build()) {
            KeyedExecutor<String> keyed = KeyedExecutor.over(pool);
            FanOut<Integer> fanOut = FanOut.over(List.of(1));
            TimeLimit limit = TimeLimit.of(LONG);
            ContextCarrier.setDefaults(ContextCarrier.of(TENANT));
            TENANT.set("acme");
            MDC.put("user", "alice");

            Callable<String> work = DefaultCarriersTest::seen;
            assertEquals("acme null", pool.submit(work).get());
            assertEquals("acme null", keyed.submit("key", work).get());
            assertEquals(List.of("acme null"), fanOut.map(i -> seen()));
            assertEquals("acme null", limit.call(DefaultCarriersTest::seen));
            assertEquals("acme null", Timeouts.call(LONG, DefaultCarriersTest::seen));
            assertEquals("acme null", TaskScope.shield(DefaultCarriersTest::seen));
            try (TaskScope.JoinAll scope = TaskScope.joinAll()) {
                var task = scope.fork(DefaultCarriersTest::seen);
                scope.join();
                assertEquals("acme null", task.get());
            }
        }
    }

    @Test
    void work_that_was_handed_in_before_keeps_what_it_has() throws Exception {
        try (WorkerPool pool = WorkerPool.builder("paused").maxWorkers(1).build()) {
            pool.pause();
            MDC.put("user", "alice");
            Future<String> before = pool.submit(DefaultCarriersTest::seen);
            ContextCarrier.setDefaults();
            Future<String> after = pool.submit(DefaultCarriersTest::seen);
            pool.resume();
            assertEquals("null alice", before.get());
            assertEquals("null null", after.get());
        }
    }

    @Test
    void a_part_with_carriers_of_its_own_does_not_ask() throws Exception {
        ContextCarrier.setDefaults(ContextCarrier.of(TENANT));
        TENANT.set("acme");
        MDC.put("user", "alice");
        try (WorkerPool pool = WorkerPool.builder("own")
                .maxWorkers(1)
                .context(ContextCarrier.mdc())
                .build()) {
            assertEquals("null alice", pool.submit(DefaultCarriersTest::seen).get());
        }
        assertEquals(List.of("null null"), FanOut.over(List.of(1)).context().map(i -> seen()));
    }
}
