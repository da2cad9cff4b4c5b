package dev.weir.pipeline;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;

class StopCauseTest {
    private final StopCause stop = new StopCause();

    private static Throwable[] suppressed(RuntimeException failure) {
        Throwable[] exceptions = failure.getSuppressed();
        for (int i = 0; i < exceptions.length; i++) {
            exceptions[i] = exceptions[i].getCause();
        }
        return exceptions;
    }

    private RuntimeException failure() {
        RuntimeException failure = stop.failure();
        assertNotNull(failure);
        return failure;
    }

    @Test
    void the_first_failure_stops_and_later_ones_are_attached() {
        Throwable first = new IOException("first");
        Throwable second = new IOException("second");
        assertTrue(stop.fail("work", 1, first));
        assertFalse(stop.fail("work", 2, second));
        stop.complete();
        assertFalse(stop.abort());
        assertTrue(stop.isStopped());
        assertSame(first, failure().getCause());
        assertArrayEquals(new Throwable[] {second}, suppressed(failure()));
    }

    /** As a worker does that finds no memory: it did so until all places were taken, and the pipeline "completed". */
    @Test
    void a_failure_that_is_told_again_stops_again_and_takes_no_place_of_others() {
        Throwable first = new OutOfMemoryError("expected by this test");
        Throwable second = new IOException();
        String underWay = "an element that was under way";
        for (int i = 0; i < 100; i++) {
            assertTrue(stop.fail("work", underWay, first));
        }
        for (int i = 0; i < 100; i++) {
            assertFalse(stop.fail("work", underWay, second));
        }
        assertSame(first, failure().getCause());
        assertArrayEquals(new Throwable[] {second}, suppressed(failure()));
    }

    @Test
    void the_end_has_a_place_when_all_others_are_taken() {
        StopCause aborted = new StopCause();
        assertTrue(aborted.abort());
        for (int i = 0; i < 100; i++) {
            assertFalse(aborted.fail("work", i, new IOException()));
        }
        assertFalse(aborted.failAtEnd("work", "1 elements", new IllegalStateException()));
        assertInstanceOf(CancellationException.class, aborted.failure());
        Throwable cause = new IllegalStateException("elements are not accounted for");
        assertTrue(stop.failAtEnd("work", "1 elements", cause));
        assertTrue(stop.failAtEnd("work", "1 elements", cause));
        stop.complete();
        assertSame(cause, failure().getCause());
        assertEquals(0, failure().getSuppressed().length);
    }

    @Test
    void nothing_but_a_completion_is_no_failure() {
        assertFalse(stop.isStopped());
        stop.complete();
        assertFalse(stop.isStopped());
        assertNull(stop.failure());
        assertFalse(stop.fail("work", 1, new IOException()));
        assertNull(stop.failure());
    }
}
