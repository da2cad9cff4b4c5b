package dev.weir.core.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.context.ContextCarrier;
import dev.weir.core.context.ContextCarrier.Captured;
import dev.weir.core.context.ContextCarrier.Restore;
import dev.weir.core.context.ContextCarrier.Surrounding;
import dev.weir.testkit.Allocations;
import dev.weir.testkit.CapturedLog;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.MDC;

class ContextsTest {
    private static final ThreadLocal<String> LOCAL = new ThreadLocal<>();
    private static final ContextCarrier CARRIER = ContextCarrier.of(LOCAL);

    private final List<String> events = new ArrayList<>();

    @AfterEach
    void clean() {
        LOCAL.remove();
        MDC.clear();
    }

    private static Contexts with(ContextCarrier... carriers) {
        return Contexts.of(List.of(carriers));
    }

    // ---- what nothing costs

    @Test
    void where_nothing_is_carried_nothing_is_allocated() {
        assertAllocatesNothing(Contexts.byDefault());
        assertAllocatesNothing(with());
        assertAllocatesNothing(with(ContextCarrier.mdc(), CARRIER));
    }

    private static void assertAllocatesNothing(Contexts contexts) {
        long least = Allocations.leastOf(() -> {
            for (int i = 0; i < 1_000; i++) {
                Contexts.Snapshot snapshot = contexts.capture();
                Contexts.Installed installed = snapshot.install();
                installed.renew();
                installed.restore();
                contexts.leaveNothing();
            }
        });
        assertEquals(0, least, "bytes of a thousand captures that have nothing, with " + contexts);
    }

    @Test
    void where_there_is_nothing_each_capture_and_install_is_the_same_object() {
        Contexts contexts = with(CARRIER);
        assertSame(contexts.capture(), contexts.capture());
        assertSame(contexts.capture().install(), contexts.capture().install());
    }

    // ---- install and put back

    @Test
    void what_work_leaves_is_gone_although_nothing_was_carried() {
        Contexts contexts = with(CARRIER);
        Contexts.Installed installed = contexts.capture().install();
        LOCAL.set("left");
        installed.renew();
        assertNull(LOCAL.get());
        LOCAL.set("left");
        installed.restore();
        assertNull(LOCAL.get());
    }

    @Test
    void a_thread_has_its_own_back_after_work_of_a_submitter_without() {
        Contexts contexts = with(CARRIER);
        Contexts.Snapshot nothing = contexts.capture();
        LOCAL.set("own");
        Contexts.Installed installed = nothing.install();
        assertNull(LOCAL.get());
        LOCAL.set("left");
        installed.renew();
        assertNull(LOCAL.get());
        installed.restore();
        assertEquals("own", LOCAL.get());
    }

    @Test
    void a_carrier_may_hide_in_its_own_way() {
        ContextCarrier scopes = new ContextCarrier() {
            @Override
            public Captured capture() {
                return "on".equals(LOCAL.get()) ? () -> () -> events.add("never") : null;
            }

            @Override
            public Restore hide() {
                events.add("hide");
                return () -> events.add("show");
            }
        };
        Contexts.Snapshot nothing = with(scopes).capture();
        LOCAL.set("on");
        nothing.install().restore();
        assertEquals(List.of("hide", "show"), events);
    }

    @Test
    void several_install_in_order_and_put_back_in_the_opposite_one() {
        Contexts contexts = with(noting("a"), noting("b"));
        contexts.capture().install().restore();
        assertEquals(List.of("+a", "+b", "-b", "-a"), events);
    }

    private ContextCarrier noting(String name) {
        return () -> () -> {
            events.add("+" + name);
            return () -> events.add("-" + name);
        };
    }

    @Test
    void one_that_fails_to_install_has_the_others_put_back() {
        ContextCarrier broken = () -> () -> {
            throw new IllegalStateException("broken");
        };
        Contexts.Snapshot snapshot = with(noting("a"), broken).capture();
        assertThrows(IllegalStateException.class, snapshot::install);
        assertEquals(List.of("+a", "-a"), events);
    }

    @Test
    void work_that_must_be_done_is_done_without_a_context_that_fails() throws Exception {
        ContextCarrier broken = () -> () -> {
            throw new IllegalStateException("broken");
        };
        ContextCarrier brokenAround = () -> (Surrounding) work -> {
            throw new IllegalStateException("broken around");
        };
        List<String> log = CapturedLog.during(ContextCarrier.class, () -> {
            with(broken).capture().runSurely(() -> events.add("ran"));
            with(brokenAround).capture().runSurely(() -> events.add("ran, too"));
        });
        assertEquals(List.of("ran", "ran, too"), events);
        assertEquals(2, log.size(), log::toString);
    }

    // ---- what surrounds

    private ContextCarrier around(String name) {
        return () -> (Surrounding) work -> {
            events.add("+" + name);
            work.run();
            events.add("-" + name);
        };
    }

    @Test
    void contexts_that_surround_are_around_the_work_one_in_the_other_within_all_that_are_installed() throws Exception {
        Contexts contexts = with(around("a"), noting("x"), around("b"), noting("y"));
        String result = contexts.capture().call(() -> {
            events.add("work");
            return "result";
        });
        assertEquals("result", result);
        assertEquals(List.of("+x", "+y", "+a", "+b", "work", "-b", "-a", "-y", "-x"), events);
    }

    @Test
    void what_the_work_throws_goes_through_them() {
        IOException failure = new IOException("planned");
        assertSame(
                failure,
                assertThrows(
                        IOException.class,
                        () -> with(around("a")).capture().call(() -> {
                            throw failure;
                        })));
        assertEquals(List.of("+a", "-a"), events);
    }

    @Test
    void one_that_fails_before_the_work_fails_it() {
        ContextCarrier broken = () -> (Surrounding) work -> {
            throw new IllegalStateException("broken");
        };
        AtomicInteger runs = new AtomicInteger();
        var thrown = assertThrows(
                IllegalStateException.class, () -> with(broken).capture().call(runs::incrementAndGet));
        assertEquals("broken", thrown.getMessage());
        assertEquals(0, runs.get());
    }

    @Test
    void one_that_fails_after_the_work_is_logged_and_the_result_stands() throws Exception {
        ContextCarrier broken = () -> (Surrounding) work -> {
            work.run();
            throw new IllegalStateException("broken");
        };
        List<String> log = CapturedLog.during(
                ContextCarrier.class,
                () -> assertEquals("result", with(broken).capture().call(() -> "result")));
        assertEquals(1, log.size(), log::toString);
        assertTrue(log.getFirst().contains("after the work"), log::toString);
    }

    @Test
    void one_that_does_not_run_the_work_is_reported_and_one_that_runs_it_twice_too() throws Exception {
        ContextCarrier forgetful = () -> (Surrounding) work -> {};
        ContextCarrier eager = () -> (Surrounding) work -> {
            work.run();
            work.run();
        };
        AtomicInteger runs = new AtomicInteger();
        assertThrows(
                IllegalStateException.class, () -> with(forgetful).capture().call(runs::incrementAndGet));
        assertEquals(0, runs.get());
        List<String> log = CapturedLog.during(
                ContextCarrier.class,
                () -> assertEquals(1, with(eager).capture().call(runs::incrementAndGet)));
        assertEquals(1, runs.get());
        assertEquals(1, log.size(), log::toString);
        assertFalse(log.isEmpty());
    }
}
