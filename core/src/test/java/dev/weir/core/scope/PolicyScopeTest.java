package dev.weir.core.scope;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.Deadline;
import dev.weir.core.Outcome;
import dev.weir.core.internal.TraceException;
import dev.weir.core.time.ManualTimeSource;
import dev.weir.testkit.CapturedLog;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Scopes whose policy is the user's own. */
@Timeout(60)
class PolicyScopeTest {
    private static final Executor IN_PLACE = Runnable::run;

    private static String never() throws InterruptedException {
        new CountDownLatch(1).await();
        throw new AssertionError();
    }

    /** Stops at a number of successes, and returns all outcomes, whatever stopped it. */
    private record Enough(int successes) implements ScopePolicy<String, List<Outcome<String>>, RuntimeException> {
        @Override
        public boolean stopsAt(Outcome<String> ended, int successes, int failures) {
            return successes == this.successes;
        }

        @Override
        public List<Outcome<String>> result(List<Outcome<String>> outcomes) {
            return outcomes;
        }
    }

    private static List<Class<?>> kinds(List<Outcome<String>> outcomes) {
        return outcomes.stream().<Class<?>>map(Outcome::getClass).toList();
    }

    @Test
    void it_stops_when_the_policy_says_so_and_returns_what_the_policy_makes() throws Exception {
        IOException failure = new IOException("one is down");
        List<String> log = CapturedLog.during(TaskScope.class, () -> {
            try (PolicyScope<String, List<Outcome<String>>, RuntimeException> scope = TaskScope.open(new Enough(2))) {
                CountDownLatch failed = new CountDownLatch(1);
                scope.fork(PolicyScopeTest::never);
                scope.fork(() -> {
                    failed.countDown();
                    throw failure;
                });
                failed.await();
                Subtask<String> third = scope.fork(() -> "third");
                scope.fork(() -> "fourth");
                List<Outcome<String>> outcomes = scope.join();

                assertEquals(Outcome.success("third"), outcomes.get(2));
                assertEquals(Outcome.success("fourth"), outcomes.get(3));
                assertEquals(Outcome.failure(failure), outcomes.get(1));
                Outcome.Cancelled<?> stopped =
                        assertInstanceOf(Outcome.Cancelled.class, outcomes.get(0), "it would run for ever");
                assertEquals(
                        "task-scope was stopped by its policy", stopped.cause().getMessage());
                assertThrows(UnsupportedOperationException.class, () -> outcomes.remove(0));
                assertEquals("third", third.get());
            }
        });
        assertEquals(List.of(), log, "the failure is the policy's");
    }

    @Test
    void the_policy_gets_each_end_with_the_counts_up_to_it() throws Exception {
        List<String> asked = new ArrayList<>();
        ScopePolicy<String, Integer, RuntimeException> policy = new ScopePolicy<>() {
            @Override
            public boolean stopsAt(Outcome<String> ended, int successes, int failures) {
                asked.add((ended.isSuccess() ? "success " : "failure ") + successes + " " + failures);
                return failures == 2;
            }

            @Override
            public Integer result(List<Outcome<String>> outcomes) {
                return outcomes.size();
            }
        };
        try (var scope = TaskScope.builder().on(IN_PLACE).open(policy)) {
            scope.fork(() -> "a");
            scope.fork(() -> {
                throw new IOException();
            });
            scope.fork(() -> "b");
            scope.fork(() -> {
                throw new Error();
            });
            Subtask<String> late = scope.fork(() -> "late"); // the scope is stopped
            assertEquals(5, scope.join());
            assertFalse(late.isSuccess());
        }
        assertEquals(List.of("success 1 0", "failure 1 1", "success 2 1", "failure 2 2"), asked);
    }

    @Test
    void without_a_stop_all_tasks_and_those_that_they_fork_end_by_themselves() throws Exception {
        try (var scope = TaskScope.open(new Enough(9))) {
            assertTrue(scope.toString().contains("task-scope"), scope.toString());
            scope.fork(() -> {
                scope.fork(() -> "inner");
                return "outer";
            });
            assertEquals(2, scope.join().size());
        }
        try (var scope = TaskScope.open(new Enough(1))) {
            assertEquals(List.of(), scope.join(), "nothing was forked");
        }
    }

    @Test
    void what_the_policy_throws_has_the_failures_suppressed() throws Exception {
        IOException first = new IOException("first");
        IOException second = new IOException("second");
        ScopePolicy<String, String, IOException> rethrows = new ScopePolicy<>() {
            @Override
            public boolean stopsAt(Outcome<String> ended, int successes, int failures) {
                return false;
            }

            @Override
            public String result(List<Outcome<String>> outcomes) throws IOException {
                if (outcomes.get(1) instanceof Outcome.Failure<String>(IOException cause)) {
                    throw cause;
                }
                throw new AssertionError(outcomes);
            }
        };
        try (var scope = TaskScope.builder().on(IN_PLACE).open(rethrows)) {
            scope.fork(() -> {
                throw first;
            });
            scope.fork(() -> {
                throw second;
            });
            assertSame(second, assertThrows(IOException.class, scope::join));
        }
        List<Throwable> suppressed = Arrays.asList(second.getSuppressed());
        assertEquals(2, suppressed.size(), suppressed.toString());
        assertInstanceOf(TraceException.class, suppressed.get(0));
        assertSame(first, suppressed.get(1));
    }

    @Test
    void a_quorum_of_the_documentation_returns_or_throws() throws Exception {
        ScopeSnippets.Shop up = new FakeShop("paid", null);
        ScopeSnippets.Shop down = new FakeShop("", new IOException("down"));
        assertEquals(List.of("paid", "paid"), ScopeSnippets.pay(1, List.of(up, down, up)));
        IOException none = assertThrows(IOException.class, () -> ScopeSnippets.pay(1, List.of(down, up, down)));
        assertEquals("no quorum", none.getMessage());
        assertEquals(1, none.getSuppressed().length, "the same exception twice is shown once");
    }

    private record FakeShop(String receipt, IOException failure) implements ScopeSnippets.Shop {
        @Override
        public ScopeSnippets.User user(int id) {
            throw new AssertionError();
        }

        @Override
        public List<String> orders(int id) {
            throw new AssertionError();
        }

        @Override
        public String pay(int id) throws IOException {
            if (failure != null) {
                throw failure;
            }
            return receipt;
        }
    }

    @Test
    void the_deadline_is_thrown_unless_the_policy_settles_for_less() throws Exception {
        ManualTimeSource time = new ManualTimeSource();
        try (var scope = TaskScope.builder()
                .deadline(Deadline.after(Duration.ofSeconds(1), time))
                .open(new Enough(2))) {
            CountDownLatch begun = new CountDownLatch(1);
            scope.fork(() -> {
                begun.countDown();
                return never();
            });
            begun.await();
            time.advance(Duration.ofSeconds(1));
            CancellationException thrown = assertThrows(CancellationException.class, scope::join);
            assertInstanceOf(TimeoutException.class, thrown.getCause());
        }
        ScopePolicy<String, List<Outcome<String>>, RuntimeException> settles = new ScopePolicy<>() {
            @Override
            public boolean stopsAt(Outcome<String> ended, int successes, int failures) {
                return false;
            }

            @Override
            public List<Outcome<String>> result(List<Outcome<String>> outcomes) {
                throw new AssertionError();
            }

            @Override
            public List<Outcome<String>> cancelled(List<Outcome<String>> outcomes, CancellationException stop) {
                assertInstanceOf(TimeoutException.class, stop.getCause());
                return outcomes;
            }
        };
        try (var scope = TaskScope.builder()
                .deadline(Deadline.after(Duration.ofSeconds(1), time))
                .open(settles)) {
            CountDownLatch begun = new CountDownLatch(1);
            CountDownLatch fast = new CountDownLatch(1);
            scope.fork(() -> {
                fast.countDown();
                return "fast";
            });
            scope.fork(() -> {
                begun.countDown();
                return never();
            });
            begun.await();
            fast.await();
            time.advance(Duration.ofSeconds(1));
            assertEquals(Outcome.Cancelled.class, scope.join().get(1).getClass());
        }
    }

    @Test
    void a_cancel_or_a_dropped_task_is_thrown() throws Exception {
        try (var scope = TaskScope.open(new Enough(1))) {
            scope.fork(PolicyScopeTest::never);
            scope.cancel();
            CancellationException thrown = assertThrows(CancellationException.class, scope::join);
            assertEquals("task-scope was cancelled", thrown.getMessage());
        }
        Executor dropping = task -> ((FutureTask<?>) task).cancel(false);
        try (var scope = TaskScope.builder().on(dropping).open(new Enough(1))) {
            scope.fork(PolicyScopeTest::never);
            CancellationException thrown = assertThrows(CancellationException.class, scope::join);
            assertEquals("the executor of task-scope dropped a task", thrown.getMessage());
        }
    }

    @Test
    void a_policy_that_fails_stops_the_scope_and_is_thrown() throws Exception {
        Error broken = new StackOverflowError();
        ScopePolicy<String, String, RuntimeException> policy = new ScopePolicy<>() {
            @Override
            public boolean stopsAt(Outcome<String> ended, int successes, int failures) {
                throw broken;
            }

            @Override
            public String result(List<Outcome<String>> outcomes) {
                throw new AssertionError();
            }
        };
        try (var scope = TaskScope.open(policy)) {
            scope.fork(PolicyScopeTest::never);
            IOException failure = new IOException();
            scope.fork(() -> {
                throw failure;
            });
            CancellationException thrown = assertThrows(CancellationException.class, scope::join);
            assertSame(broken, thrown.getCause());
            assertSame(failure, thrown.getSuppressed()[0]);
        }
    }

    @Test
    void a_policy_that_throws_the_failure_of_the_task_that_it_is_asked_about_fails_like_any_other() throws Exception {
        ScopePolicy<String, String, RuntimeException> policy = new ScopePolicy<>() {
            @Override
            public boolean stopsAt(Outcome<String> ended, int successes, int failures) {
                throw (RuntimeException) ((Outcome.Failure<String>) ended).cause();
            }

            @Override
            public String result(List<Outcome<String>> outcomes) {
                throw new AssertionError();
            }
        };
        RuntimeException failure = new IllegalStateException("failed");
        try (var scope = TaskScope.open(policy)) {
            scope.fork(() -> {
                throw failure;
            });
            CancellationException thrown = assertThrows(CancellationException.class, scope::join);
            assertSame(failure, thrown.getCause());
        }
    }

    @Test
    void an_interrupt_of_the_owner_stops_the_tasks_and_the_policy_is_not_asked() throws Exception {
        ScopePolicy<String, String, RuntimeException> policy = new ScopePolicy<>() {
            @Override
            public boolean stopsAt(Outcome<String> ended, int successes, int failures) {
                return false;
            }

            @Override
            public String result(List<Outcome<String>> outcomes) {
                throw new AssertionError();
            }

            @Override
            public String cancelled(List<Outcome<String>> outcomes, CancellationException stop) {
                throw new AssertionError();
            }
        };
        try (var scope = TaskScope.open(policy)) {
            scope.fork(PolicyScopeTest::never);
            Thread.currentThread().interrupt();
            assertThrows(InterruptedException.class, scope::join);
            assertFalse(Thread.currentThread().isInterrupted());
        }
    }

    @Test
    void misuse_is_refused() throws Exception {
        assertEquals(
                "policy",
                assertThrows(NullPointerException.class, () -> TaskScope.open(null))
                        .getMessage());
        try (var scope = TaskScope.open(new Enough(1))) {
            assertEquals(
                    "task",
                    assertThrows(NullPointerException.class, () -> scope.fork(null))
                            .getMessage());
            FutureTask<Object> stranger = new FutureTask<>(
                    () -> assertThrows(WrongThreadException.class, () -> scope.fork(PolicyScopeTest::never)));
            Thread.ofVirtual().start(stranger);
            stranger.get();
            scope.join();
            assertThrows(IllegalStateException.class, scope::join);
            assertThrows(IllegalStateException.class, () -> scope.fork(PolicyScopeTest::never));
        }
        var open = TaskScope.open(new Enough(1));
        open.fork(PolicyScopeTest::never);
        assertThrows(IllegalStateException.class, open::close);
        open.close();
    }

    @Test
    void results_that_the_policy_did_not_get_are_released() throws Exception {
        List<String> released = new ArrayList<>();
        try (var scope = TaskScope.builder()
                .on(IN_PLACE)
                .onUndelivered(String.class, released::add)
                .open(new Enough(9))) {
            scope.fork(() -> "a");
            Thread.currentThread().interrupt();
            assertThrows(InterruptedException.class, scope::join);
        }
        assertEquals(List.of("a"), released);
        try (var scope = TaskScope.builder()
                .on(IN_PLACE)
                .onUndelivered(String.class, released::add)
                .open(new Enough(9))) {
            scope.fork(() -> "b");
            scope.join();
        }
        assertEquals(List.of("a"), released, "b is the policy's");
    }

    @Test
    void it_is_bounded_and_nested_as_other_scopes_are() throws Exception {
        try (var outer = TaskScope.builder().concurrency(1).open(new Enough(9))) {
            outer.fork(() -> {
                try (var inner = TaskScope.open(new Enough(9))) {
                    inner.fork(() -> "x");
                    inner.fork(() -> "y");
                    return String.valueOf(kinds(inner.join()));
                }
            });
            String both = List.of(Outcome.Success.class, Outcome.Success.class).toString();
            assertEquals(List.of(Outcome.success(both)), outer.join());
        }
    }
}
