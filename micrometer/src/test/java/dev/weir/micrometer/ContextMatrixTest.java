package dev.weir.micrometer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.weir.core.scope.TimeLimit;
import dev.weir.core.time.ManualTimeSource;
import dev.weir.retry.Backoff;
import dev.weir.retry.Retry;
import dev.weir.retry.RetryPolicy;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Each part with each carrier, called with and without a value, to each ending: the work has what its caller had, and
 * caller and workers have afterwards what they had before. The rows are in {@link Parts}.
 */
class ContextMatrixTest {
    private static final Duration LIMIT = Duration.ofSeconds(1);

    @TestFactory
    Stream<DynamicTest> work_has_its_callers_context_and_leaves_nothing() {
        return Parts.all()
                .flatMap(part -> Arrays.stream(CarrierKind.values())
                        .map(kind -> dynamicTest(part.name() + " × " + kind, () -> cell(part, kind))));
    }

    private static void cell(Parts.Row row, CarrierKind kind) throws Exception {
        try (Parts.Part part = row.factory().make(kind.carrier)) {
            for (Ending ending : row.endings()) {
                for (String value : new String[] {"alice", null, "bob", null}) {
                    String cell = row.name() + ", " + kind + ", " + ending + ", " + value;
                    check(cell, part, kind, ending, value);
                }
            }
        }
        assertNull(kind.value());
    }

    private static void check(String cell, Parts.Part part, CarrierKind kind, Ending ending, @Nullable String value)
            throws Exception {
        Probe probe = new Probe(kind, ending, Thread.currentThread());
        if (ending == Ending.CANCEL) {
            cancel(cell, part, kind, value);
            return;
        }
        String after = kind.withOrWithout(value, () -> {
            end(cell, part, kind, ending, probe);
            return kind.value();
        });
        assertEquals(value, after, () -> "in the caller afterwards: " + cell);
        assertSeen(cell, probe, value);
    }

    private static void end(String cell, Parts.Part part, CarrierKind kind, Ending ending, Probe probe)
            throws Exception {
        switch (ending) {
            case SUCCESS -> part.call(probe::get);
            case FAILURE -> assertThrows(Exception.class, () -> part.call(probe::get), cell);
            case TIMEOUT -> {
                ManualTimeSource time = new ManualTimeSource();
                Thread.ofVirtual().start(() -> {
                    awaitBegin(probe);
                    time.advance(LIMIT);
                });
                TimeLimit limit = TimeLimit.of(LIMIT, time).context(kind.carrier);
                assertThrows(TimeoutException.class, () -> limit.call(() -> part.call(probe::get)), cell);
            }
            case RETRY ->
                Retry.of(RetryPolicy.builder()
                                .backoff(Backoff.none())
                                .retryNested()
                                .context(kind.carrier)
                                .build())
                        .call(() -> part.call(probe::get));
            case CANCEL -> throw new AssertionError(cell);
        }
    }

    private static void awaitBegin(Probe probe) {
        try {
            assertTrue(probe.begun.await(60, TimeUnit.SECONDS));
        } catch (InterruptedException interrupt) {
            throw new AssertionError(interrupt);
        }
    }

    /** In a thread of its own, which is interrupted. */
    private static void cancel(String cell, Parts.Part part, CarrierKind kind, @Nullable String value)
            throws Exception {
        AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        AtomicReference<@Nullable Probe> probe = new AtomicReference<>();
        AtomicReference<@Nullable String> after = new AtomicReference<>();
        Thread caller = Thread.ofVirtual().unstarted(() -> {
            Probe mine = new Probe(kind, Ending.CANCEL, Thread.currentThread());
            probe.set(mine);
            try {
                kind.withOrWithout(value, () -> {
                    try {
                        return part.call(mine::get);
                    } finally {
                        after.set(kind.value());
                    }
                });
            } catch (Throwable thrown) {
                failure.set(thrown);
            }
        });
        caller.start();
        while (probe.get() == null && caller.isAlive()) {
            Thread.onSpinWait();
        }
        Probe begun = probe.get();
        assertTrue(begun != null && begun.begun.await(60, TimeUnit.SECONDS), () -> cell + ": " + failure.get());
        caller.interrupt();
        assertTrue(caller.join(Duration.ofSeconds(60)), () -> "ends when it is cancelled: " + cell);
        assertTrue(failure.get() != null, () -> "throws when it is cancelled: " + cell);
        assertEquals(value, after.get(), () -> "in the caller afterwards: " + cell);
        assertSeen(cell, begun, value);
    }

    private static void assertSeen(String cell, Probe probe, @Nullable String value) {
        assertFalse(probe.seen.isEmpty(), () -> "the work ran: " + cell);
        assertEquals(Set.of(String.valueOf(value)), Set.copyOf(probe.seen), () -> "in the work: " + cell);
    }
}
