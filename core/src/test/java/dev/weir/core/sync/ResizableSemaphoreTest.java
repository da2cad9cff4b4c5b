package dev.weir.core.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.ThrowingFunction;
import dev.weir.core.sync.SyncSnippets.ReplacedSemaphore;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class ResizableSemaphoreTest {
    private final ResizableSemaphore semaphore = ResizableSemaphore.fair(4);

    private static ResizableSemaphore semaphore(boolean fair, int size) {
        return fair ? ResizableSemaphore.fair(size) : ResizableSemaphore.unfair(size);
    }

    @Test
    void documentation_tells_the_truth() throws Exception {
        assertEquals("found weir", SyncSnippets.bulkhead());
        ReplacedSemaphore broken = new ReplacedSemaphore();
        assertTrue(broken.enter());
        broken.resize(1);
        assertTrue(broken.enter(), "two inside at a limit of one, which this example is about");
        broken.leave();
        broken.leave();
        assertTrue(broken.enter() && broken.enter(), "and so it stays");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void permits_are_taken_and_given_back(boolean fair) throws Exception {
        ResizableSemaphore permits = semaphore(fair, 4);
        permits.acquire();
        permits.acquireUninterruptibly(2);
        assertEquals(1, permits.available());
        assertFalse(permits.tryAcquire(2));
        assertEquals(1, permits.available());
        assertTrue(permits.tryAcquire());
        assertFalse(permits.tryAcquire());
        permits.release(3);
        permits.release();
        assertEquals(4, permits.available());
        permits.acquireUninterruptibly();
        assertEquals(3, permits.available());
    }

    @Test
    void shrinking_below_what_is_held_makes_available_negative_until_it_is_released() {
        assertTrue(semaphore.tryAcquire(4));
        semaphore.resize(1);
        assertEquals(1, semaphore.size());
        assertEquals(-3, semaphore.available());
        semaphore.release(3);
        assertEquals(0, semaphore.available());
        assertFalse(semaphore.tryAcquire());
        semaphore.release();
        assertTrue(semaphore.tryAcquire());
    }

    @Test
    void a_size_of_zero_lets_nobody_in() {
        ResizableSemaphore none = ResizableSemaphore.unfair(0);
        assertFalse(none.tryAcquire());
        none.resize(1);
        assertTrue(none.tryAcquire());
    }

    @Test
    void counts_do_not_overflow() {
        ResizableSemaphore huge = ResizableSemaphore.unfair(Integer.MAX_VALUE);
        assertTrue(huge.tryAcquire(Integer.MAX_VALUE));
        assertFalse(huge.tryAcquire(Integer.MAX_VALUE));
        huge.resize(0);
        assertEquals(-Integer.MAX_VALUE, huge.available());
        assertFalse(huge.tryAcquire(Integer.MAX_VALUE));
        huge.release(Integer.MAX_VALUE);
        assertEquals(0, huge.available());
    }

    @Test
    void a_release_of_more_than_is_held_is_refused_and_gives_nothing_back() {
        assertTrue(semaphore.tryAcquire(2));
        assertEquals(
                "cannot release 3 permits, as 2 are held",
                assertThrows(IllegalStateException.class, () -> semaphore.release(3))
                        .getMessage());
        assertEquals(2, semaphore.available());
        semaphore.release(2);
        assertThrows(IllegalStateException.class, semaphore::release);
        assertEquals(4, semaphore.available());
    }

    @Test
    void bad_arguments_are_named() {
        assertEquals(
                "size must not be negative, but is -1",
                assertThrows(IllegalArgumentException.class, () -> ResizableSemaphore.fair(-1))
                        .getMessage());
        assertEquals(
                "newSize must not be negative, but is -1",
                assertThrows(IllegalArgumentException.class, () -> semaphore.resize(-1))
                        .getMessage());
        assertEquals(
                "permits must be at least 1, but is 0",
                assertThrows(IllegalArgumentException.class, () -> semaphore.acquire(0))
                        .getMessage());
        assertThrows(IllegalArgumentException.class, () -> semaphore.acquireUninterruptibly(0));
        assertThrows(IllegalArgumentException.class, () -> semaphore.tryAcquire(0));
        assertThrows(IllegalArgumentException.class, () -> semaphore.tryAcquire(-1, java.time.Duration.ZERO));
        assertThrows(IllegalArgumentException.class, () -> semaphore.release(0));
        assertThrows(NullPointerException.class, () -> semaphore.tryAcquire(1, null));
        assertThrows(NullPointerException.class, () -> semaphore.decorate(null));
        assertThrows(NullPointerException.class, () -> semaphore.decorateSupplier(null));
        assertThrows(NullPointerException.class, () -> ResizableSemaphore.fair(1, null));
        assertEquals(4, semaphore.available());
    }

    @Test
    void a_decorated_function_holds_a_permit_while_it_runs_and_not_after_it_throws() throws Exception {
        ThrowingFunction<Boolean, Integer, IOException> guarded = semaphore.decorate(ok -> {
            if (!ok) {
                throw new IOException("expected by this test");
            }
            return semaphore.available();
        });
        assertEquals(3, guarded.apply(true));
        assertThrows(IOException.class, () -> guarded.apply(false));
        assertEquals(3, semaphore.decorateSupplier(semaphore::available).get());
        assertThrows(
                AssertionError.class,
                () -> semaphore
                        .decorateSupplier(() -> {
                            throw new AssertionError("expected by this test");
                        })
                        .get());
        assertEquals(4, semaphore.available());
    }

    @Test
    void a_decorated_function_that_gets_no_permit_neither_runs_nor_releases() {
        assertTrue(semaphore.tryAcquire());
        Thread.currentThread().interrupt();
        assertThrows(
                InterruptedException.class,
                () -> semaphore
                        .decorateSupplier(() -> {
                            throw new AssertionError("ran");
                        })
                        .get());
        assertEquals(3, semaphore.available());
    }

    @Test
    void text_tells_the_state() {
        assertTrue(semaphore.tryAcquire());
        assertEquals(
                "ResizableSemaphore[" + semaphore.name() + ", fair, 3 of 4 available, 0 waiting]",
                semaphore.toString());
        assertEquals(
                "ResizableSemaphore[none, unfair, 0 of 0 available, 0 waiting]",
                ResizableSemaphore.unfair(0).named("none").toString());
    }

    @Test
    void a_release_that_fails_does_not_hide_why_the_function_failed() {
        IOException failure = new IOException("expected by this test");
        IOException thrown = assertThrows(
                IOException.class,
                () -> semaphore
                        .decorateSupplier(() -> {
                            semaphore.release(); // not its own to release
                            throw failure;
                        })
                        .get());
        assertSame(failure, thrown);
        assertEquals(IllegalStateException.class, thrown.getSuppressed()[0].getClass());
    }
}
