package dev.weir.core.internal;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileLockInterruptionException;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class InterruptsTest {
    /** As the connect timeouts of HTTP clients are. */
    private static final class ConnectTimeout extends InterruptedIOException {
        private static final long serialVersionUID = 1;
    }

    private static final class Circular extends RuntimeException {
        private static final long serialVersionUID = 1;

        @Override
        public synchronized Throwable getCause() {
            return this;
        }
    }

    private static final class Causeless extends RuntimeException {
        private static final long serialVersionUID = 1;

        @Override
        public synchronized Throwable getCause() {
            throw new IllegalStateException("no cause");
        }
    }

    static List<Throwable> effects() {
        return List.of(
                new InterruptedException(),
                new ClosedByInterruptException(),
                new FileLockInterruptionException(),
                new InterruptedIOException(),
                new CancellationException(),
                new CompletionException(new UncheckedIOException(new ClosedByInterruptException())),
                new RuntimeException(new RuntimeException(new InterruptedException())));
    }

    static List<Throwable> failures() {
        return List.of(
                new IllegalStateException(),
                new IOException(),
                new SocketTimeoutException(),
                new UncheckedIOException(new SocketTimeoutException()),
                new ConnectTimeout(),
                new AssertionError(),
                new Circular(),
                new Causeless());
    }

    @ParameterizedTest
    @MethodSource("effects")
    void what_an_interrupt_does_is_its_effect_if_it_was_ours(Throwable failure) {
        assertEquals(true, Interrupts.isEffectOf(true, failure));
    }

    @ParameterizedTest
    @MethodSource("effects")
    void nothing_is_the_effect_of_an_interrupt_that_we_did_not_send(Throwable failure) {
        assertEquals(false, Interrupts.isEffectOf(false, failure));
    }

    @ParameterizedTest
    @MethodSource("failures")
    void a_failure_stays_a_failure_though_we_interrupted(Throwable failure) {
        assertEquals(false, Interrupts.isEffectOf(true, failure));
    }

    @Test
    void a_pending_interrupt_is_thrown_once() {
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, Interrupts::throwIfInterrupted);
        assertFalse(Thread.currentThread().isInterrupted());
        assertDoesNotThrow(Interrupts::throwIfInterrupted);
    }
}
