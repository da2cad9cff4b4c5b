package dev.weir.core.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class SuppressedTest {
    /** One that takes no suppressed exceptions, as a static one may be made. */
    private static final class Closed extends RuntimeException {
        private static final long serialVersionUID = 1;

        Closed() {
            super("closed", null, false, false);
        }
    }

    /** One whose every method that may be overridden throws. */
    private static final class Hostile extends RuntimeException {
        private static final long serialVersionUID = 1;

        @Override
        public String getMessage() {
            throw new IllegalStateException();
        }

        @Override
        public synchronized Throwable getCause() {
            throw new IllegalStateException();
        }

        @Override
        public String toString() {
            throw new IllegalStateException();
        }

        @Override
        public boolean equals(Object other) {
            throw new IllegalStateException();
        }

        @Override
        public int hashCode() {
            throw new IllegalStateException();
        }
    }

    private final RecordingLogger log = new RecordingLogger();

    private static List<String> messages(Throwable failure) {
        return Arrays.stream(failure.getSuppressed()).map(Throwable::getMessage).toList();
    }

    private static Suppressed of(Throwable... failures) {
        Suppressed suppressed = new Suppressed();
        for (Throwable failure : failures) {
            suppressed.add(failure);
        }
        return suppressed;
    }

    private static Throwable[] numbered(int count) {
        Throwable[] failures = new Throwable[count];
        Arrays.setAll(failures, i -> new IOException("#" + i));
        return failures;
    }

    private static List<String> numbers(int from, int to) {
        List<String> numbers = new ArrayList<>();
        for (int i = from; i < to; i++) {
            numbers.add("#" + i);
        }
        return numbers;
    }

    private static List<String> with(List<String> some, String more) {
        List<String> all = new ArrayList<>(some);
        all.add(more);
        return all;
    }

    @Test
    void the_first_ten_are_shown_and_the_others_counted() {
        Throwable thrown = new IllegalStateException();
        assertSame(thrown, of(numbered(1_000)).attachTo(thrown, "a call", log.logger()));
        assertEquals(with(numbers(0, 10), "990 more failures"), messages(thrown));
        assertEquals(0, thrown.getSuppressed()[10].getStackTrace().length);
        assertEquals(List.of(), log.lines);
    }

    @Test
    void the_one_that_is_thrown_is_not_shown_beside_itself() {
        Throwable[] failures = numbered(11);
        of(failures).attachTo(failures[0], "a call", log.logger());
        assertEquals(numbers(1, 11), messages(failures[0]));
    }

    @Test
    void few_are_shown_without_a_count() {
        Throwable[] failures = numbered(3);
        Suppressed suppressed = of(failures);
        assertEquals(3, suppressed.count());
        assertFalse(suppressed.isEmpty());
        assertSame(failures[0], suppressed.first());
        suppressed.attachTo(failures[0], "a call", log.logger());
        assertEquals(numbers(1, 3), messages(failures[0]));
    }

    @Test
    void an_empty_one_attaches_nothing() {
        Suppressed suppressed = new Suppressed();
        assertTrue(suppressed.isEmpty());
        assertNull(suppressed.first());
        Throwable thrown = new IllegalStateException();
        suppressed.attachTo(thrown, "a call", log.logger());
        assertEquals(List.of(), messages(thrown));
    }

    @Test
    void one_failure_that_everybody_threw_is_shown_once_and_counted() {
        IOException shared = new IOException("shared");
        Throwable[] failures = new Throwable[100];
        Arrays.fill(failures, shared);
        Throwable thrown = new IllegalStateException();
        of(failures).attachTo(thrown, "a call", log.logger());
        assertEquals("shared", messages(thrown).getFirst());
        of(failures).attachTo(shared, "a call", log.logger());
        assertEquals(List.of("89 more failures"), messages(shared));
    }

    @Test
    void an_error_that_comes_late_is_shown() {
        Suppressed suppressed = of(numbered(50));
        suppressed.add(new AssertionError("late"));
        suppressed.add(new IOException("later"));
        Throwable thrown = new IllegalStateException();
        suppressed.attachTo(thrown, "a call", log.logger());
        assertEquals(with(with(numbers(0, 9), "late"), "42 more failures"), messages(thrown));
    }

    @Test
    void an_interrupt_that_suppresses_an_error_comes_before_mere_exceptions() {
        InterruptedException interrupt = new InterruptedException("hides");
        interrupt.addSuppressed(new InterruptedException());
        interrupt.getSuppressed()[0].addSuppressed(new AssertionError());
        Suppressed suppressed = of(numbered(50));
        suppressed.add(interrupt);
        Throwable thrown = new IllegalStateException();
        suppressed.attachTo(thrown, "a call", log.logger());
        assertEquals("hides", messages(thrown).get(9));
    }

    @Test
    void collectors_add_up() {
        Suppressed first = of(numbered(4));
        first.addAll(of(numbered(30)));
        assertEquals(34, first.count());
        Throwable thrown = new IllegalStateException();
        first.attachTo(thrown, "a call", log.logger());
        assertEquals("24 more failures", messages(thrown).get(10));
    }

    @Test
    void a_failure_that_takes_none_has_them_logged() {
        Throwable[] failures = numbered(12);
        of(failures).attachTo(new Closed(), "a call", log.logger());
        assertEquals(10, log.lines.size());
        assertEquals("a call also failed, beside " + new Closed(), log.lines.getFirst());
        assertEquals(List.of(failures).subList(0, 10), log.thrown);
        Suppressed.attachOrLog(new Closed(), failures[11], "a call", log.logger());
        assertSame(failures[11], log.thrown.getLast());
    }

    @Test
    void a_failure_that_is_thrown_again_and_again_does_not_grow() {
        IOException shared = new IOException("shared");
        for (int call = 0; call < 100; call++) {
            Suppressed.attachCaller(shared, "a call");
            of(numbered(12)).attachTo(shared, "a call", log.logger());
        }
        assertEquals(12, shared.getSuppressed().length);
        assertEquals(99 * 10, log.lines.size());
        for (int call = 0; call < 100; call++) {
            Suppressed.attachCaller(shared, "call " + call);
        }
        assertEquals(20, shared.getSuppressed().length);
    }

    @Test
    void the_callers_stack_is_attached_once_for_each_name() {
        IOException failure = new IOException();
        Suppressed.attachCaller(failure, "inner");
        Suppressed.attachCaller(failure, "outer");
        Suppressed.attachCaller(failure, "inner");
        assertEquals(List.of("in inner, called from", "in outer, called from"), messages(failure));
        assertEquals(
                SuppressedTest.class.getName(),
                Arrays.stream(failure.getSuppressed()[0].getStackTrace())
                        .map(StackTraceElement::getClassName)
                        .filter(name -> !name.startsWith("dev.weir.core.internal.Suppressed$")
                                && !name.equals(Suppressed.class.getName()))
                        .findFirst()
                        .orElseThrow());
    }

    @Test
    void a_single_failure_is_attached_once_and_never_to_itself() {
        IOException thrown = new IOException();
        IOException other = new IOException("other");
        assertTrue(Suppressed.attach(thrown, other));
        assertTrue(Suppressed.attach(thrown, other));
        assertTrue(Suppressed.attach(thrown, thrown));
        assertEquals(List.of("other"), messages(thrown));
    }

    @Test
    void the_eleventh_is_not_attached() {
        IOException thrown = new IOException();
        for (Throwable other : numbered(10)) {
            assertTrue(Suppressed.attach(thrown, other));
        }
        assertFalse(Suppressed.attach(thrown, new IOException()));
        assertFalse(Suppressed.attach(new Closed(), new IOException()));
    }

    @Test
    void failures_whose_methods_throw_are_kept_and_attached_as_others() {
        Hostile thrown = new Hostile();
        Suppressed suppressed = of(thrown, new Hostile());
        suppressed.attachTo(thrown, "a call", log.logger());
        Suppressed.attachCaller(thrown, "a call");
        assertEquals(2, thrown.getSuppressed().length);
        Suppressed.attachOrLog(new Closed(), new Hostile(), "a call", log.logger());
        assertEquals(1, log.lines.size());
    }

    @Test
    void threads_that_share_a_failure_do_not_let_it_grow() throws Exception {
        for (int round = 0; round < 200; round++) {
            IOException shared = new IOException();
            CountDownLatch start = new CountDownLatch(1);
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                threads.add(Thread.startVirtualThread(() -> {
                    try {
                        start.await();
                    } catch (InterruptedException impossible) {
                        throw new AssertionError(impossible);
                    }
                    for (Throwable other : numbered(8)) {
                        Suppressed.attach(shared, other);
                        Suppressed.attachCaller(shared, "a call");
                    }
                }));
            }
            start.countDown();
            for (Thread thread : threads) {
                thread.join();
            }
            assertEquals(11, shared.getSuppressed().length);
        }
    }

    @Test
    void an_interrupt_that_suppresses_only_interrupts_and_traces_hides_nothing() {
        InterruptedException interrupt = new InterruptedException();
        Suppressed.attachCaller(interrupt, "a call");
        interrupt.addSuppressed(new InterruptedException());
        assertFalse(Suppressed.hidesMore(interrupt));
        assertFalse(Suppressed.isError(interrupt));
        interrupt.getSuppressed()[1].addSuppressed(new IOException());
        assertTrue(Suppressed.hidesMore(interrupt));
        assertFalse(Suppressed.isError(interrupt));
        assertFalse(Suppressed.isError(null));
        assertTrue(Suppressed.isError(new AssertionError()));
    }

    @Test
    void interrupts_that_suppress_each_other_are_looked_at_up_to_a_depth() {
        InterruptedException one = new InterruptedException();
        InterruptedException other = new InterruptedException();
        one.addSuppressed(other);
        other.addSuppressed(one);
        assertFalse(Suppressed.hidesMore(one));
    }
}
