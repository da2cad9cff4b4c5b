package dev.weir.core.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CallbacksTest {
    private static final class Unprintable {
        @Override
        public String toString() {
            throw new IllegalStateException("no text");
        }
    }

    private static final class UnprintableFailure extends RuntimeException {
        private static final long serialVersionUID = 1;

        @Override
        public String getMessage() {
            throw new IllegalStateException("no message");
        }
    }

    private final RecordingLogger log = new RecordingLogger();

    @AfterEach
    void clearInterrupt() {
        Thread.interrupted();
    }

    static List<Throwable> failures() {
        return List.of(
                new IllegalStateException(), new IOException(), new AssertionError(), new OutOfMemoryError("a test's"));
    }

    @ParameterizedTest
    @MethodSource("failures")
    void what_a_callback_throws_is_logged_and_goes_no_further(Throwable failure) {
        Callbacks.run(log.logger(), "a listener", () -> {
            throw failure;
        });
        assertEquals(List.of("a listener failed"), log.lines);
        assertSame(failure, log.thrown.getFirst());
        assertFalse(Thread.interrupted());
    }

    @Test
    void a_callback_that_returns_leaves_nothing_in_the_log() {
        AtomicBoolean ran = new AtomicBoolean();
        Callbacks.run(log.logger(), "a listener", () -> ran.set(true));
        assertTrue(ran.get());
        assertEquals(List.of(), log.lines);
    }

    @Test
    void an_interrupt_that_a_callback_throws_is_pending_afterwards() {
        Callbacks.run(log.logger(), "a listener", () -> {
            throw new InterruptedException();
        });
        assertEquals(1, log.lines.size());
        assertTrue(Thread.interrupted());
    }

    @Test
    void an_interrupt_status_that_a_callback_sets_is_left_as_it_is() {
        Callbacks.run(log.logger(), "a listener", () -> Thread.currentThread().interrupt());
        assertTrue(Thread.interrupted());
    }

    @Test
    void endless_recursion_of_a_callback_goes_no_further() {
        Callbacks.run(log.logger(), "a listener", CallbacksTest::recurse);
        assertEquals(StackOverflowError.class, log.thrown.getFirst().getClass());
    }

    private static void recurse() {
        recurse();
        throw new AssertionError("unreachable");
    }

    @ParameterizedTest
    @MethodSource("failures")
    void a_logger_that_throws_is_tried_once_more_and_then_left(Throwable failure) {
        AtomicInteger calls = new AtomicInteger();
        RecordingLogger broken = new RecordingLogger(arguments -> {
            calls.incrementAndGet();
            CallbacksTest.<RuntimeException>sneak(failure);
        });
        Callbacks.error(broken.logger(), "{} failed", "a task", new IOException("lost"));
        Callbacks.run(broken.logger(), "a listener", () -> {
            throw new IOException("lost");
        });
        assertEquals(4, calls.get());
    }

    @Test
    void a_logger_that_fails_for_the_failure_itself_gets_its_description() {
        RecordingLogger picky = new RecordingLogger(arguments -> {
            if (arguments[arguments.length - 1] instanceof UnprintableFailure failure) {
                failure.getMessage();
            }
        });
        UnprintableFailure failure = new UnprintableFailure();
        Callbacks.error(picky.logger(), "{} failed", "a task", failure);
        assertEquals(List.of("{} failed; a task; " + Callbacks.describe(failure)), picky.lines);
    }

    @Test
    void a_description_is_the_text_of_the_object() {
        assertEquals("7", Callbacks.describe(7));
        assertEquals("null", Callbacks.describe(null));
    }

    @Test
    void an_object_whose_text_throws_or_is_null_is_described_by_its_class() {
        String prefix = CallbacksTest.class.getName();
        assertTrue(Callbacks.describe(new Unprintable()).startsWith(prefix + "$Unprintable@"));
        Object textless = new Object() {
            @Override
            public String toString() {
                return null;
            }
        };
        assertTrue(Callbacks.describe(textless).startsWith(prefix + "$"));
    }

    @SuppressWarnings("unchecked")
    private static <X extends Throwable> void sneak(Throwable failure) throws X {
        throw (X) failure;
    }
}
