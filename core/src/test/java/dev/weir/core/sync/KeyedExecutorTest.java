package dev.weir.core.sync;

import static dev.weir.testkit.Call.until;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.context.ContextCarrier;
import dev.weir.core.pool.Saturation;
import dev.weir.core.pool.WorkerPool;
import dev.weir.testkit.Call;
import dev.weir.testkit.CapturedLog;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.MDC;

class KeyedExecutorTest extends KeyedExecutorFixture {
    private final KeyedExecutor<String> keyed = KeyedExecutor.over(threads);

    private static Future<Integer> value(KeyedExecutor<String> keyed, int value) {
        return keyed.submit("key", () -> value);
    }

    // order

    @ParameterizedTest
    @ValueSource(strings = {"virtual threads", "pool", "common pool", "caller"})
    void tasks_of_one_key_run_in_order_and_one_at_a_time_and_see_each_other(String kind) throws Exception {
        try (WorkerPool pool = WorkerPool.builder("test").maxWorkers(4).build()) {
            Executor executor = switch (kind) {
                case "virtual threads" -> threads;
                case "pool" -> pool;
                case "common pool" -> ForkJoinPool.commonPool();
                default -> Runnable::run;
            };
            KeyedExecutor<Integer> over = KeyedExecutor.over(executor);
            int[] plain = new int[10];
            AtomicInteger[] inside = new AtomicInteger[10];
            for (int key = 0; key < 10; key++) {
                inside[key] = new AtomicInteger();
            }
            List<Future<?>> futures = new ArrayList<>();
            for (int i = 0; i < 1_000; i++) {
                int key = i % 10;
                int turn = i / 10;
                futures.add(over.submit(key, () -> {
                    assertEquals(1, inside[key].incrementAndGet());
                    assertEquals(turn, plain[key]++);
                    inside[key].decrementAndGet();
                }));
            }
            for (Future<?> future : futures) {
                future.get();
            }
            assertAtRest(over);
        }
    }

    @Test
    void a_key_does_not_wait_for_another_one_and_is_forgotten_when_idle() throws Exception {
        occupy(keyed, "slow");
        Future<String> behind = keyed.submit("slow", () -> "slow");
        for (int i = 0; i < 100; i++) {
            keyed.submit("quick " + i, () -> "quick").get();
        }
        assertFalse(behind.isDone());
        until(() -> keyed.keys() == 1);
        gate.countDown();
        assertEquals("slow", behind.get());
        assertAtRest(keyed);
    }

    @Test
    void keys_take_turns_in_the_executor() {
        Manual manual = new Manual();
        KeyedExecutor<String> over = KeyedExecutor.over(manual);
        List<String> order = new ArrayList<>();
        for (String key : List.of("a", "a", "a", "b", "b")) {
            over.execute(key, () -> order.add(key));
        }
        assertEquals(2, manual.steps.size(), "one step for each key");
        manual.runAll();
        assertEquals(List.of("a", "b", "a", "b", "a"), order);
        assertAtRest(over);
    }

    @Test
    void a_task_that_is_submitted_by_a_task_of_its_key_runs_after_it() {
        List<String> order = new ArrayList<>();
        KeyedExecutor<String> over = KeyedExecutor.over(Runnable::run);
        over.execute("key", () -> {
            over.execute("key", () -> order.add("second"));
            over.execute("other", () -> order.add("other"));
            order.add("first");
        });
        assertEquals(List.of("other", "first", "second"), order);
        assertAtRest(over);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @Timeout(300)
    void a_chain_of_a_million_tasks_in_the_callers_thread_is_a_loop(boolean allAtOnce) {
        KeyedExecutor<String> over =
                KeyedExecutor.builder(Runnable::run).capacity(1_000_000).build();
        int[] count = {0};
        class Chain implements Runnable {
            @Override
            public void run() {
                if (++count[0] < 1_000_000) {
                    over.execute("key", this);
                }
            }
        }
        if (allAtOnce) {
            over.execute("key", () -> {
                for (int i = 0; i < 1_000_000; i++) {
                    over.execute("key", () -> count[0]++);
                }
            });
        } else {
            over.execute("key", new Chain());
        }
        assertEquals(1_000_000, count[0]);
        assertAtRest(over);
    }

    @Test
    void a_chain_in_a_pool_whose_callers_run_what_is_too_much_is_a_loop() throws Exception {
        try (WorkerPool pool = WorkerPool.builder("test")
                .maxWorkers(1)
                .queueCapacity(1)
                .saturation(Saturation.callerRuns())
                .build()) {
            KeyedExecutor<String> over =
                    KeyedExecutor.builder(pool).capacity(200_000).build();
            pool.execute(waiting());
            pool.execute(() -> {});
            int[] count = {0};
            over.execute(
                    "key",
                    () -> { // in this thread, as are all that follow
                        for (int i = 0; i < 100_000; i++) {
                            over.execute("key", () -> count[0]++);
                        }
                    });
            assertEquals(100_000, count[0]);
            gate.countDown();
            assertAtRest(over);
        }
    }

    @Test
    void the_view_of_a_key_keeps_its_order() {
        Manual manual = new Manual();
        KeyedExecutor<String> over = KeyedExecutor.over(manual);
        List<Integer> order = new ArrayList<>();
        over.executor("key").execute(() -> order.add(1));
        over.execute("key", () -> order.add(2));
        over.executor("key").execute(() -> order.add(3));
        manual.runAll();
        assertEquals(List.of(1, 2, 3), order);
    }

    @Test
    void two_submitters_that_meet_at_an_idle_key_lose_nothing() {
        Manual manual = new Manual();
        AtomicReference<Runnable> meanwhile = new AtomicReference<>(() -> {});
        List<Integer> order = new ArrayList<>();
        KeyedExecutor<String> over = KeyedExecutor.over(step -> {
            meanwhile.getAndSet(() -> {}).run(); // before this step is accepted
            manual.execute(step);
        });
        meanwhile.set(() -> over.execute("key", () -> order.add(2)));
        over.execute("key", () -> order.add(1));
        assertEquals(2, manual.steps.size());
        over.execute("key", () -> order.add(3));
        assertEquals(2, manual.steps.size());
        manual.runAll();
        assertEquals(List.of(1, 2, 3), order);
        assertAtRest(over);
    }

    // futures

    @Test
    void a_cancelled_task_does_not_hold_up_its_key_and_its_place_is_free() throws Exception {
        KeyedExecutor<String> over = KeyedExecutor.builder(threads)
                .capacity(2)
                .saturation(Saturation.reject())
                .build();
        occupy(over, "key");
        Future<Integer> second = value(over, 2);
        Future<Integer> third = value(over, 3);
        assertThrows(RejectedExecutionException.class, () -> value(over, 4));
        assertTrue(second.cancel(false));
        Future<Integer> fourth = value(over, 4);
        gate.countDown();
        assertEquals(3, third.get());
        assertEquals(4, fourth.get());
        assertAtRest(over);
        KeyedExecutorMetrics m = over.metrics();
        assertEquals(List.of(1L, 1L, 3L), List.of(m.cancelled(), m.rejected(), m.completed()));
    }

    @Test
    void a_cancelled_task_retains_nothing_though_its_future_and_its_key_last() throws Exception {
        occupy(keyed, "key");
        List<Future<?>> futures = new ArrayList<>();
        WeakReference<Object> captured = submitWithCapture(futures);
        futures.getFirst().cancel(false);
        until(() -> {
            System.gc();
            return captured.refersTo(null);
        });
        assertTrue(futures.getFirst().isCancelled());
    }

    private WeakReference<Object> submitWithCapture(List<Future<?>> futures) {
        Object captured = new Object();
        futures.add(keyed.submit("key", captured::hashCode));
        return new WeakReference<>(captured);
    }

    @Test
    void a_key_whose_only_task_is_cancelled_goes_with_its_step() {
        Manual manual = new Manual();
        KeyedExecutor<String> over = KeyedExecutor.over(manual);
        for (int i = 0; i < 100; i++) {
            value(over, i).cancel(true);
        }
        assertEquals(1, manual.steps.size(), "cancelling and submitting leaves no steps behind");
        manual.runAll();
        assertAtRest(over);
    }

    @Test
    void the_interrupt_of_a_cancellation_hits_that_task_alone() throws Exception {
        try (ExecutorService one = Executors.newFixedThreadPool(1)) {
            KeyedExecutor<String> over = KeyedExecutor.over(one);
            for (int i = 0; i < 200; i++) {
                CountDownLatch begun = new CountDownLatch(1);
                Future<?> first = over.submit("key", () -> {
                    begun.countDown();
                    Thread.onSpinWait();
                });
                Future<Boolean> second =
                        over.submit("key", () -> Thread.currentThread().isInterrupted());
                begun.await();
                first.cancel(true);
                assertFalse(second.get());
            }
            assertAtRest(over);
        }
    }

    @Test
    void a_running_task_is_interrupted_by_its_cancellation() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch interrupted = new CountDownLatch(1);
        Future<?> future = keyed.submit("key", () -> {
            begun.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                interrupted.countDown();
            }
        });
        begun.await();
        assertTrue(future.cancel(true));
        interrupted.await();
        assertThrows(CancellationException.class, future::get);
        assertAtRest(keyed);
    }

    @Test
    void a_task_that_waits_for_one_behind_it_gets_an_exception() {
        Throwable own = assertThrows(
                        ExecutionException.class,
                        () -> keyed.submit("key", () -> value(keyed, 1).get()).get())
                .getCause();
        assertInstanceOf(IllegalStateException.class, own);
        KeyedExecutor<String> over = KeyedExecutor.over(Runnable::run);
        Throwable nested = assertThrows(
                        ExecutionException.class,
                        () -> over.submit(
                                        "key",
                                        () -> over.submit(
                                                        "other",
                                                        () -> value(over, 1).get())
                                                .get())
                                .get())
                .getCause();
        assertInstanceOf(IllegalStateException.class, nested.getCause());
        assertAtRest(keyed);
        assertAtRest(over);
    }

    @Test
    void a_task_may_wait_for_one_of_another_key() throws Exception {
        assertEquals(1, keyed.submit("other", () -> value(keyed, 1).get()).get());
        occupy(keyed, "slow");
        Future<?> behind = keyed.submit("slow", () -> {});
        assertThrows(TimeoutException.class, () -> behind.get(1, TimeUnit.MILLISECONDS));
    }

    @Test
    void the_count_of_completed_tasks_is_not_behind_a_future() throws Exception {
        for (int i = 1; i <= 1_000; i++) {
            value(keyed, i).get();
            assertEquals(i, keyed.metrics().completed());
        }
    }

    // failures

    @Test
    void a_failure_goes_to_the_handler_before_the_next_task_of_the_key_begins() throws Exception {
        List<Object> order = new CopyOnWriteArrayList<>();
        KeyedExecutor<String> over = KeyedExecutor.builder(threads)
                .failureHandler((task, failure) -> {
                    order.add(task);
                    order.add(failure);
                    throw new IllegalArgumentException("expected by this test");
                })
                .build();
        Error failure = new AssertionError("expected by this test");
        Runnable failing = () -> {
            throw failure;
        };
        List<String> lines = CapturedLog.during(KeyedExecutor.class, () -> {
            over.execute("key", failing);
            value(over, 2).get();
        });
        assertEquals(List.of(failing, failure), order);
        assertEquals(2, lines.size(), "the failure, and that of the handler: " + lines);
        KeyedExecutorMetrics m = over.metrics();
        assertEquals(List.of(1L, 2L), List.of(m.failed(), m.completed()));
    }

    @Test
    void a_failure_is_logged_if_there_is_no_handler_and_shown_by_the_future_if_there_is_one() throws Exception {
        IllegalStateException failure = new IllegalStateException("expected by this test");
        List<String> lines = CapturedLog.during(KeyedExecutor.class, () -> {
            keyed.execute("key", () -> {
                throw failure;
            });
            Future<?> future = keyed.submit("key", () -> {
                throw failure;
            });
            assertSame(
                    failure, assertThrows(ExecutionException.class, future::get).getCause());
        });
        assertEquals(1, lines.size());
        assertTrue(lines.getFirst().startsWith("ERROR a task of " + keyed.name() + " failed: "), lines::toString);
    }

    @Test
    void a_task_that_is_a_future_itself_is_cancelled_when_it_gives_way() {
        Manual manual = new Manual();
        KeyedExecutor<String> over = KeyedExecutor.builder(manual)
                .capacity(1)
                .saturation(Saturation.discardOldest())
                .build();
        FutureTask<Integer> victim = new FutureTask<>(() -> 1);
        over.execute("key", victim);
        over.execute("key", () -> {});
        assertTrue(victim.isCancelled());
        manual.runAll();
        assertAtRest(over);
    }

    // keys

    static final class BadKey implements Comparable<BadKey> {
        static boolean throwsInCompareTo;
        int hash;
        boolean bad;

        BadKey(int hash) {
            this.hash = hash;
        }

        @Override
        public int hashCode() {
            if (bad) {
                throw new IllegalStateException("detached entity");
            }
            return hash;
        }

        @Override
        public boolean equals(Object other) {
            if (bad) {
                throw new IllegalStateException("detached entity");
            }
            return this == other;
        }

        @Override
        public int compareTo(BadKey other) {
            if (throwsInCompareTo) {
                throw new IllegalStateException("detached entity");
            }
            return Integer.compare(System.identityHashCode(this), System.identityHashCode(other));
        }
    }

    @Test
    void a_key_that_throws_harms_its_own_submission_only() throws Exception {
        KeyedExecutor<BadKey> over = KeyedExecutor.builder(threads).capacity(2).build();
        BadKey key = new BadKey(1);
        occupy(over, key);
        Future<Integer> behind = over.submit(key, () -> 2);
        key.bad = true;
        for (int i = 0; i < 10; i++) {
            assertThrows(IllegalStateException.class, () -> over.execute(key, () -> {}));
        }
        assertEquals(3, over.submit(new BadKey(2), () -> 3).get());
        gate.countDown();
        assertEquals(2, behind.get());
        assertAtRest(over);
    }

    @Test
    void a_key_whose_equals_throws_costs_no_place() {
        class Throwing {
            @Override
            public int hashCode() {
                return 1;
            }

            @Override
            public boolean equals(Object other) {
                throw new IllegalStateException("expected by this test");
            }
        }
        KeyedExecutor<Object> over = KeyedExecutor.builder(threads).capacity(2).build();
        occupy(over, new Throwing());
        for (int i = 0; i < 10; i++) {
            assertThrows(IllegalStateException.class, () -> over.execute(new Throwing(), () -> {}));
        }
        assertEquals(0, over.metrics().waiting());
        gate.countDown();
        assertAtRest(over);
    }

    @Test
    void a_key_that_changes_while_its_task_runs_is_forgotten_all_the_same() throws Exception {
        KeyedExecutor<List<String>> over = KeyedExecutor.over(threads);
        for (int i = 0; i < 100; i++) {
            List<String> key = new ArrayList<>(List.of("new")); // as an entity that gets its id when it is saved
            CountDownLatch submitted = new CountDownLatch(1); // a list must not change while it is compared
            Future<?> first = over.submit(key, () -> {
                submitted.await();
                return key.add("id 17");
            });
            Future<?> second = over.submit(key, () -> {});
            submitted.countDown();
            first.get();
            second.get();
        }
        assertAtRest(over);
    }

    @Test
    void keys_that_collide_and_cannot_be_compared_any_more_are_forgotten() {
        Manual manual = new Manual();
        KeyedExecutor<BadKey> over = KeyedExecutor.over(manual);
        for (int i = 0; i < 100; i++) {
            over.execute(new BadKey(1), () -> {});
        }
        assertEquals(100, over.keys());
        BadKey.throwsInCompareTo = true;
        try {
            manual.runAll();
        } finally {
            BadKey.throwsInCompareTo = false;
        }
        assertAtRest(over);
    }

    @Test
    void many_keys_of_one_hash_code_cost_no_more_than_in_a_map() {
        record Colliding(int number) implements Comparable<Colliding> {
            @Override
            public int hashCode() {
                return 1;
            }

            @Override
            public int compareTo(Colliding that) {
                return Integer.compare(number, that.number);
            }
        }
        Manual manual = new Manual();
        KeyedExecutor<Colliding> over =
                KeyedExecutor.builder(manual).capacity(50_000).build();
        for (int i = 0; i < 50_000; i++) {
            over.execute(new Colliding(i), () -> {});
        }
        manual.runAll(); // takes minutes if each costs a look at all
        assertAtRest(over);
    }

    // context

    @Test
    void each_task_has_the_context_of_its_own_submitter() throws Exception {
        List<String> seen = new CopyOnWriteArrayList<>();
        Manual manual = new Manual();
        KeyedExecutor<String> over = KeyedExecutor.over(manual);
        for (String user : List.of("ada", "bob")) {
            MDC.put("user", user);
            over.execute("key", () -> seen.add(MDC.get("user")));
            MDC.clear();
        }
        over.execute("key", () -> seen.add(String.valueOf(MDC.get("user"))));
        MDC.put("user", "the executor's own");
        try {
            manual.runAll();
            assertEquals("the executor's own", MDC.get("user"));
        } finally {
            MDC.clear();
        }
        assertEquals(List.of("ada", "bob", "null"), seen);
    }

    @Test
    void a_carrier_that_cannot_install_fails_its_task_and_one_that_cannot_restore_is_logged() throws Exception {
        boolean[] installs = {false};
        ContextCarrier carrier = () -> () -> {
            if (!installs[0]) {
                throw new IllegalStateException("expected by this test");
            }
            return () -> {
                throw new IllegalStateException("expected by this test");
            };
        };
        Manual manual = new Manual();
        KeyedExecutor<String> over =
                KeyedExecutor.builder(manual).context(carrier).build();
        Future<Integer> first = value(over, 1);
        manual.runAll();
        assertThrows(ExecutionException.class, first::get);
        installs[0] = true;
        Future<Integer> second = value(over, 2);
        List<String> lines = CapturedLog.during(ContextCarrier.class, manual::runAll);
        assertEquals(2, second.get());
        assertEquals(1, lines.size(), lines::toString);
        assertAtRest(over);
    }

    // manners

    @Test
    void arguments_are_checked_and_named() {
        for (Executable call : List.<Executable>of(
                () -> keyed.execute(null, () -> {}), () -> keyed.submit(null, () -> 1), () -> keyed.executor(null))) {
            assertEquals("key", assertThrows(NullPointerException.class, call).getMessage());
        }
        assertEquals(
                "task",
                assertThrows(NullPointerException.class, () -> keyed.execute("key", null))
                        .getMessage());
        assertThrows(
                IllegalArgumentException.class,
                () -> KeyedExecutor.builder(threads).capacity(0));
        assertEquals(
                "executor",
                assertThrows(NullPointerException.class, () -> KeyedExecutor.over(null))
                        .getMessage());
        assertAtRest(keyed);
    }

    @Test
    void it_describes_itself_and_its_steps() {
        Manual manual = new Manual();
        KeyedExecutor<String> over =
                KeyedExecutor.builder(manual).name("orders").build();
        over.execute("17", () -> {});
        assertEquals("KeyedExecutor[orders, 1 keys, 0 running, 1 of 1024 waiting]", over.toString());
        assertEquals("next task of key 17 in orders", manual.steps.element().toString());
    }

    @Test
    void the_documentations_example_works() throws Exception {
        assertEquals(70, KeyedExecutorSnippets.keyed());
    }

    @Test
    void a_future_that_somebody_runs_by_hand_refuses() {
        Manual manual = new Manual();
        Future<Integer> future = value(KeyedExecutor.over(manual), 1);
        assertThrows(UnsupportedOperationException.class, ((Runnable) future)::run);
        manual.runAll();
        assertEquals(1, future.resultNow());
    }

    @Test
    void an_interrupted_get_leaves_the_task_alone() throws Exception {
        occupy(keyed, "key");
        Future<Integer> future = value(keyed, 1);
        Call<Integer> call = Call.thatWaits(future::get);
        call.interrupt();
        call.assertThrew(InterruptedException.class);
        gate.countDown();
        assertEquals(1, future.get());
    }
}
