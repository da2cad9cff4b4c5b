package dev.weir.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import org.junit.jupiter.api.Test;

/** What the compiler infers for the checked type; that this compiles is half of the test. */
class ThrowingTypesTest {
    private static <T, X extends Throwable> T call(ThrowingSupplier<T, X> task) throws X, InterruptedException {
        return task.get();
    }

    private static <A, R, X extends Throwable> R apply(ThrowingFunction<A, R, X> function, A argument)
            throws X, InterruptedException {
        return function.apply(argument);
    }

    private static <X extends Throwable> void run(ThrowingRunnable<X> task) throws X, InterruptedException {
        task.run();
    }

    private static int read(boolean fail) throws IOException, InterruptedException {
        if (fail) {
            throw new IOException("read");
        }
        return 1;
    }

    @Test
    void lambda_that_throws_nothing_needs_no_catch() throws InterruptedException {
        assertEquals(1, call(() -> 1));
        int two = apply(a -> a + 1, 1);
        assertEquals(2, two);
        run(() -> {});
    }

    @Test
    void lambda_that_throws_a_checked_exception_and_waits_keeps_the_one_type() throws InterruptedException {
        try {
            call(() -> read(true));
        } catch (IOException kept) {
            assertEquals("read", kept.getMessage());
        }
        assertThrows(IOException.class, () -> apply(ThrowingTypesTest::read, true));
        assertThrows(IOException.class, () -> run(() -> read(true)));
    }
}
