package dev.weir.core.scope;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.Deadline;
import dev.weir.core.Outcome;
import dev.weir.core.time.ManualTimeSource;
import dev.weir.testkit.Eventually;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A bound on how many tasks of a scope and of those nested in it run at once. */
@Timeout(60)
class TaskScopeConcurrencyTest {
    private static final CountDownLatch NEVER = new CountDownLatch(1);

    private final AtomicInteger running = new AtomicInteger();
    private final AtomicInteger most = new AtomicInteger();
    private final AtomicInteger begun = new AtomicInteger();

    private static TaskScope<RuntimeException> bounded(int concurrency) {
        return TaskScope.builder().concurrency(concurrency).named("bounded").failFast();
    }

    /** Computes for a moment. */
    private int work(int result) {
        begun.incrementAndGet();
        most.accumulateAndGet(running.incrementAndGet(), Math::max);
        Thread.yield();
        running.decrementAndGet();
        return result;
    }

    @Test
    void no_more_tasks_run_at_once_than_the_bound_says_and_all_run() throws Exception {
        try (TaskScope<RuntimeException> scope = bounded(3)) {
            List<Subtask<Integer>> tasks = new ArrayList<>();
            for (int i = 0; i < 1000; i++) {
                int number = i;
                tasks.add(scope.fork(() -> work(number)));
            }
            scope.join();
            for (int i = 0; i < 1000; i++) {
                assertEquals(i, tasks.get(i).get());
            }
        }
        assertTrue(most.get() <= 3, () -> most + " at once");
    }

    @Test
    void tasks_begin_in_the_order_in_which_they_were_forked() throws Exception {
        List<Integer> order = Collections.synchronizedList(new ArrayList<>());
        try (TaskScope<RuntimeException> scope = bounded(1)) {
            for (int i = 0; i < 100; i++) {
                int number = i;
                scope.fork(() -> order.add(number));
            }
            scope.join();
        }
        assertEquals(order.stream().sorted().toList(), order);
    }

    @Test
    void fork_does_not_wait_for_a_place() throws Exception {
        try (TaskScope<RuntimeException> scope = bounded(1)) {
            CountDownLatch go = new CountDownLatch(1);
            scope.fork(() -> {
                go.await();
            });
            Subtask<Integer> second = scope.fork(() -> 2);
            go.countDown();
            scope.join();
            assertEquals(2, second.get());
        }
    }

    private long sum(int depth) throws InterruptedException {
        if (depth == 0) {
            return work(1);
        }
        try (TaskScope<RuntimeException> scope = TaskScope.failFast()) {
            Subtask<Long> left = scope.fork(() -> sum(depth - 1));
            Subtask<Long> right = scope.fork(() -> sum(depth - 1));
            scope.join();
            work(0);
            return left.get() + right.get();
        }
    }

    @Test
    void a_task_that_joins_its_own_scope_holds_no_place() throws Exception {
        for (int concurrency = 1; concurrency <= 4; concurrency++) {
            most.set(0);
            try (TaskScope<RuntimeException> scope = bounded(concurrency)) {
                Subtask<Long> sum = scope.fork(() -> sum(8));
                scope.join();
                assertEquals(256, sum.get());
            }
            assertTrue(most.get() <= concurrency, () -> most + " at once");
        }
    }

    @Test
    void a_task_with_a_time_limit_or_a_shield_gives_its_place_away_when_it_waits_for_tasks() throws Exception {
        try (TaskScope<Exception> scope = TaskScope.builder().concurrency(1).failFast()) {
            Subtask<Long> limited = scope.fork(() -> Timeouts.call(Duration.ofMinutes(1), () -> sum(4)));
            Subtask<Long> shielded = scope.fork(() -> TaskScope.shield(() -> sum(4)));
            scope.join();
            assertEquals(32, limited.get() + shielded.get());
        }
        assertEquals(1, most.get());
    }

    @Test
    void a_task_that_closes_its_own_scope_holds_no_place_meanwhile() throws Exception {
        try (TaskScope<RuntimeException> scope = bounded(1)) {
            Subtask<Boolean> task = scope.fork(() -> {
                TaskScope<RuntimeException> inner = TaskScope.failFast();
                inner.fork(() -> 1);
                assertThrows(IllegalStateException.class, inner::close);
                return true;
            });
            scope.join();
            assertTrue(task.get());
        }
    }

    @Test
    void tasks_fork_into_their_own_scope() throws Exception {
        try (TaskScope<RuntimeException> scope = bounded(2)) {
            scope.fork(() -> forkMore(scope, 9));
            scope.join();
        }
        assertEquals(1023, begun.get());
        assertTrue(most.get() <= 2, () -> most + " at once");
    }

    private void forkMore(TaskScope<RuntimeException> scope, int depth) {
        work(0);
        for (int i = 0; depth > 0 && i < 2; i++) {
            scope.fork(() -> forkMore(scope, depth - 1));
        }
    }

    @Test
    void a_nested_scope_with_a_bound_of_its_own_has_that_one() throws Exception {
        try (TaskScope<RuntimeException> scope = bounded(1)) {
            scope.fork(() -> {
                try (TaskScope<RuntimeException> inner = bounded(3)) {
                    CountDownLatch together = new CountDownLatch(3);
                    for (int i = 0; i < 3; i++) {
                        inner.fork(() -> {
                            together.countDown();
                            together.await();
                        });
                    }
                    inner.join();
                }
            });
            scope.join();
        }
    }

    @Test
    void a_stop_ends_those_that_wait_for_a_place_and_they_leave_the_line() throws Exception {
        IOException failure = new IOException("no answer");
        try (TaskScope<IOException> scope = TaskScope.builder().concurrency(1).failFast()) {
            CountDownLatch go = new CountDownLatch(1);
            scope.fork(() -> {
                go.await();
                throw failure;
            });
            Subtask<Integer> waiting = scope.fork(() -> work(1));
            go.countDown();
            assertEquals(failure, assertThrows(IOException.class, scope::join));
            Outcome.Cancelled<?> cancelled = assertInstanceOf(Outcome.Cancelled.class, waiting.outcome());
            assertFalse(cancelled.started());
        }
        assertEquals(0, begun.get());
    }

    @Test
    void the_stop_of_a_nested_scope_gives_the_places_to_others() throws Exception {
        try (TaskScope<RuntimeException> scope = bounded(2)) {
            Subtask<Integer> stopped = scope.fork(() -> {
                try (TaskScope.JoinAll inner = TaskScope.joinAll()) {
                    for (int i = 0; i < 100; i++) {
                        inner.fork(() -> NEVER.await());
                    }
                    inner.cancel();
                    inner.join();
                }
                return work(1);
            });
            Subtask<Integer> other = scope.fork(() -> work(2));
            scope.join();
            assertEquals(3, stopped.get() + other.get());
        }
    }

    @Test
    void a_task_that_is_interrupted_does_not_wait_for_its_place() throws Exception {
        CountDownLatch ignoring = new CountDownLatch(1);
        CountDownLatch cleanedUp = new CountDownLatch(1);
        FutureTask<Void> call = new FutureTask<>(() -> {
            try (TaskScope.JoinAll scope = TaskScope.builder().concurrency(1).joinAll()) {
                scope.fork(() -> {
                    try (TaskScope.JoinAll inner = TaskScope.joinAll()) {
                        inner.fork(() -> NEVER.await());
                        scope.fork(
                                () -> { // gets the place after the one above, and keeps it
                                    ignoring.countDown();
                                    cleanedUp.await();
                                });
                        begun.incrementAndGet();
                        inner.join();
                    } catch (InterruptedException stopped) {
                        cleanedUp.countDown();
                        throw stopped;
                    }
                });
                Eventually.await().until(() -> begun.get() == 1);
                scope.cancel();
                scope.join();
            }
            return null;
        });
        Thread.ofVirtual().start(call);
        call.get();
        assertEquals(0, cleanedUp.getCount());
    }

    @Test
    void the_deadline_ends_those_that_wait_for_a_place() throws Exception {
        ManualTimeSource time = new ManualTimeSource();
        try (TaskScope<RuntimeException> scope = TaskScope.builder()
                .concurrency(1)
                .deadline(Deadline.after(Duration.ofSeconds(1), time))
                .failFast()) {
            scope.fork(() -> NEVER.await());
            scope.fork(() -> work(1));
            time.advance(Duration.ofSeconds(1));
            CancellationException late = assertThrows(CancellationException.class, scope::join);
            assertInstanceOf(TimeoutException.class, late.getCause());
        }
        assertEquals(0, begun.get());
    }

    @Test
    void bad_input_is_refused() {
        assertThrows(IllegalArgumentException.class, () -> TaskScope.builder().concurrency(0));
        TaskScopeBuilder both = TaskScope.builder().concurrency(1).on(Runnable::run);
        assertThrows(IllegalStateException.class, both::joinAll);
        assertFalse(ScopeContext.innermost() != null);
    }

    private int tree(Random random, int depth, AtomicInteger tasks) throws InterruptedException {
        tasks.incrementAndGet();
        work(0);
        if (depth == 0) {
            return 1;
        }
        int children = random.nextInt(4);
        int kind = random.nextInt(5);
        long seed = random.nextLong();
        try (TaskScope.JoinAll scope = TaskScope.joinAll()) {
            List<Subtask<Integer>> all = new ArrayList<>();
            for (int i = 0; i < children; i++) {
                Random own = new Random(seed + i);
                all.add(scope.fork(() -> tree(own, depth - 1, tasks)));
            }
            if (kind == 0) {
                scope.cancel();
            }
            scope.join();
            work(0);
            return 1
                    + all.stream()
                            .filter(Subtask::isSuccess)
                            .mapToInt(Subtask::get)
                            .sum();
        }
    }

    @Test
    void random_trees_end_within_their_bound() throws Exception {
        long seed = new Random().nextLong();
        for (int round = 0; round < 150; round++) {
            Random random = new Random(seed + round);
            int concurrency = 1 + random.nextInt(3);
            most.set(0);
            AtomicInteger tasks = new AtomicInteger();
            try (TaskScope<RuntimeException> scope = bounded(concurrency)) {
                Subtask<Integer> root = scope.fork(() -> tree(random, 5, tasks));
                scope.join();
                assertTrue(root.get() <= tasks.get(), () -> "seed " + seed);
            }
            // One that is cancelled while it comes back goes on beyond the bound; a few at once at the most.
            int atOnce = most.get();
            assertTrue(atOnce <= concurrency + 64, () -> atOnce + " at once, seed " + seed);
        }
    }
}
