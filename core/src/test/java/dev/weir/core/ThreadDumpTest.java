package dev.weir.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.fanout.FanOut;
import dev.weir.core.pool.Saturation;
import dev.weir.core.pool.WorkerPool;
import dev.weir.core.scope.TaskScope;
import dev.weir.core.scope.Timeouts;
import dev.weir.core.sync.AdaptiveLimit;
import dev.weir.core.sync.Gate;
import dev.weir.core.sync.KeyedLock;
import dev.weir.core.sync.KeyedSemaphore;
import dev.weir.core.sync.ResizableSemaphore;
import dev.weir.core.time.TimeSource;
import dev.weir.testkit.Call;
import dev.weir.testkit.Dumps;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a dump shows of each wait: the names of the threads, and what {@code LockSupport.getBlocker} says. */
class ThreadDumpTest {
    /** As {@code Duration} writes what is below a minute, as it is here. */
    private static final String FOR = " for (at least )?PT[0-9.]+S";

    private final CountDownLatch release = new CountDownLatch(1);

    private boolean awaitRelease() throws InterruptedException {
        return release.await(60, TimeUnit.SECONDS);
    }

    private static <T> Call<T> start(boolean virtual, Callable<T> body) {
        Call<T> call = virtual ? Call.start(body) : Call.onPlatformThread(body);
        call.thread().setName("caller");
        return call;
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void a_thread_at_a_gate_is_listed_by_the_gate(boolean virtual) throws Exception {
        Gate gate = Gate.closed().named("resumed");
        Call<Boolean> waits = start(virtual, () -> gate.await(Duration.ofSeconds(60)));
        Dumps.awaitBlocker(waits.thread(), "Gate\\[resumed, closed, 1 waiting: caller" + FOR + "]");
        gate.open();
        assertTrue(waits.result());
        assertEquals("Gate[resumed, open, 0 waiting]", gate.toString());
    }

    @Test
    void the_time_in_the_list_is_that_of_the_wait() throws Exception {
        Gate gate = Gate.closed();
        Call<Boolean> waits = start(false, () -> gate.await(Duration.ofSeconds(60)));
        Dumps.awaitBlocker(waits.thread(), ".*caller for PT(0\\.[2-9]|[1-9]).*S]"); // it grows
        gate.open();
        assertTrue(waits.result());
    }

    @Test
    void the_time_of_a_virtual_thread_counts_from_the_first_dump() throws Exception {
        Gate gate = Gate.closed();
        Call<Boolean> waits = start(true, () -> gate.await(Duration.ofSeconds(60)));
        Call.until(() -> gate.waiting() == 1);
        Thread.sleep(50); // which does not count
        long first = System.nanoTime();
        Matcher shown = Pattern.compile("caller for at least (PT[0-9.]+S)]").matcher(gate.toString());
        assertTrue(shown.find());
        long since = System.nanoTime() - first;
        assertTrue(Duration.parse(shown.group(1)).toNanos() <= since + 3_000_000, shown::group); // by ticks of 2 ms
        Dumps.awaitBlocker(waits.thread(), ".*caller for at least PT(0\\.[2-9]|[1-9]).*S]"); // it grows
        gate.open();
        assertTrue(waits.result());
    }

    @Test
    void only_the_first_of_many_waiting_threads_are_listed() throws Exception {
        Gate gate = Gate.closed();
        List<Call<Boolean>> all = Stream.generate(() -> start(true, () -> gate.await(Duration.ofSeconds(60))))
                .limit(10)
                .toList();
        Call.until(() -> gate.waiting() == 10);
        Dumps.awaitBlocker(
                all.get(0).thread(), "Gate\\[gate-\\d+, closed, 10 waiting: (caller" + FOR + ", ){8}and 2 more]");
        gate.open();
        for (Call<Boolean> call : all) {
            assertTrue(call.result());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void a_thread_without_permits_is_listed_by_the_semaphore(boolean virtual) throws Exception {
        for (ResizableSemaphore semaphore : List.of(ResizableSemaphore.fair(0), ResizableSemaphore.unfair(0))) {
            Call<Boolean> waits = start(virtual, () -> semaphore.tryAcquire(Duration.ofSeconds(60)));
            Dumps.awaitBlocker(
                    waits.thread(),
                    "ResizableSemaphore\\[semaphore-\\d+, (un)?fair, 0 of 0 available, 1 waiting: caller" + FOR + "]");
            semaphore.resize(1);
            assertTrue(waits.result());
        }
    }

    @Test
    void a_thread_without_a_permit_of_a_key_or_of_a_limit_is_listed() throws Exception {
        KeyedSemaphore<String> keyed = new KeyedSemaphore<>(1);
        keyed.acquire("a");
        Call<Boolean> waits = start(true, () -> keyed.tryAcquire("a", Duration.ofSeconds(60)));
        Dumps.awaitBlocker(
                waits.thread(),
                "ResizableSemaphore\\[keyed-semaphore-\\d+, fair, 0 of 1 available, 1 waiting: caller" + FOR + "]");
        keyed.release("a");
        assertTrue(waits.result());
        AdaptiveLimit limit = AdaptiveLimit.aimd(1, 1).name("logins").build();
        AdaptiveLimit.Permit held = limit.acquire();
        Call<AdaptiveLimit.Permit> limited = start(true, limit::acquire);
        Dumps.awaitBlocker(
                limited.thread(), "ResizableSemaphore\\[logins, fair, 0 of 1 available, 1 waiting: caller" + FOR + "]");
        held.close();
        limited.result().close();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void a_thread_that_waits_for_a_key_is_listed_with_the_key_and_its_holder(boolean virtual) throws Exception {
        KeyedLock<String> locks = new KeyedLock<String>().named("accounts");
        Thread.currentThread().setName("holder");
        locks.lock("a");
        locks.lock("free of waiters");
        Call<Boolean> waits = start(virtual, () -> locks.tryLock("a", Duration.ofSeconds(60)));
        Dumps.awaitBlocker(
                waits.thread(),
                "KeyedLock\\[accounts, 2 active keys; key a: held by holder, 1 waiting: caller" + FOR + "]");
        locks.unlock("a");
        assertTrue(waits.result());
    }

    @Test
    void the_waits_of_a_pool_say_its_name_and_what_for() throws Exception {
        LinkedBlockingQueue<Thread> workers = new LinkedBlockingQueue<>();
        WorkerPool pool = WorkerPool.builder("orders")
                .minWorkers(2)
                .maxWorkers(2)
                .queueCapacity(1)
                .saturation(Saturation.block())
                .build();
        Callable<Boolean> held = () -> workers.add(Thread.currentThread()) && awaitRelease();
        pool.submit(() -> workers.add(Thread.currentThread())).get();
        Thread idle = workers.take();
        Dumps.awaitBlocker(idle, "WorkerPool orders: a task, 1 waiting: orders-1" + FOR);
        Dumps.awaitThread("orders-1");
        pool.submit(held);
        pool.submit(held);
        workers.take();
        workers.take();
        pool.submit(() -> true);
        Call<Object> submitter = start(true, () -> pool.submit(() -> true).get());
        Dumps.awaitBlocker(submitter.thread(), "WorkerPool orders: room for a task, 1 waiting: caller" + FOR);
        Call<Object> all = start(true, () -> pool.invokeAll(List.of(() -> true, () -> true)));
        Dumps.awaitBlocker(all.thread(), "WorkerPool orders: room for a task, 2 waiting: caller" + FOR + ", caller.*");
        release.countDown();
        submitter.result();
        all.result();
        pool.shutdown();
        assertTrue(pool.awaitTermination(60, TimeUnit.SECONDS));
    }

    @Test
    void a_caller_of_a_pool_that_waits_for_several_tasks_or_its_end_is_shown_so() throws Exception {
        WorkerPool pool =
                WorkerPool.builder("orders").minWorkers(3).maxWorkers(3).build();
        Callable<Boolean> held = this::awaitRelease;
        Call<Object> all = start(true, () -> pool.invokeAll(List.of(held)));
        Dumps.awaitBlocker(all.thread(), "WorkerPool orders: invokeAll of 1 tasks, caller waits" + FOR);
        Call<Object> any = start(true, () -> pool.invokeAny(List.of(held)));
        Dumps.awaitBlocker(
                any.thread(), "WorkerPool orders: invokeAny, of which 0 tasks have failed, caller waits" + FOR);
        pool.shutdown();
        Call<Boolean> end = start(false, () -> pool.awaitTermination(60, TimeUnit.SECONDS));
        Dumps.awaitBlocker(end.thread(), "WorkerPool orders: its termination, 1 waiting: caller" + FOR);
        release.countDown();
        all.result();
        any.result();
        assertTrue(end.result());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void a_join_says_the_name_of_the_scope_and_so_do_its_threads(boolean virtual) throws Exception {
        Call<Object> join = start(virtual, () -> {
            try (TaskScope<RuntimeException> scope =
                    TaskScope.builder().named("page").failFast()) {
                scope.fork(() -> Call.uninterrupted(this::awaitRelease));
                scope.join();
            }
            return "joined";
        });
        Dumps.awaitBlocker(join.thread(), "TaskScope\\[page, the end of its tasks, caller waits" + FOR + "]");
        Dumps.awaitThread("page-task");
        release.countDown();
        assertEquals("joined", join.result());
    }

    @Test
    void a_call_with_a_time_limit_says_which_thread_it_waits_for() throws Exception {
        Call<Boolean> call = start(false, () -> Timeouts.call(Duration.ofSeconds(60), this::awaitRelease));
        Dumps.awaitBlocker(call.thread(), "weir-timeout: the end of its task, caller waits" + FOR);
        Dumps.awaitThread("weir-timeout");
        release.countDown();
        assertTrue(call.result());
    }

    @Test
    void the_waits_of_a_fan_out_say_its_name() throws Exception {
        FanOut<Integer> fanOut = FanOut.over(List.of(1, 2)).named("prices").concurrency(1);
        Call<List<Boolean>> call = start(true, () -> fanOut.map(item -> awaitRelease()));
        Dumps.awaitBlocker(call.thread(), "FanOut prices: the end of its 1 workers, caller waits" + FOR);
        Dumps.awaitThread("prices-worker");
        Call<Long> stream = start(true, () -> {
            try (Stream<Boolean> results = fanOut.stream(item -> awaitRelease())) {
                return results.count();
            }
        });
        Dumps.awaitBlocker(stream.thread(), "FanOut prices: result 1 of its stream, caller waits" + FOR);
        release.countDown();
        assertEquals(List.of(true, true), call.result());
        assertEquals(2, stream.result());
    }

    @Test
    void a_sleep_on_a_clock_is_shown_with_its_blocker() throws Exception {
        for (TimeSource time : List.of(TimeSource.system(), TimeSource.coarse())) {
            Call<Void> sleeps = Call.run(
                    () -> time.sleepNanos("what for", Duration.ofSeconds(60).toNanos()));
            Dumps.awaitBlocker(sleeps.thread(), "what for");
            sleeps.interrupt();
            sleeps.assertThrew(InterruptedException.class);
        }
    }

    @Test
    void the_threads_that_are_shared_have_names_of_the_library() throws Exception {
        TimeSource.ScheduledTask later = TimeSource.system().schedule(() -> {}, Duration.ofHours(1));
        Dumps.awaitThread("weir-timer");
        later.cancel();
        Call.until(() -> {
            TimeSource.coarse().nanoTime(); // its thread ends when nobody reads it for two seconds
            return Call.uninterrupted(Dumps::ofAllThreads).contains(" \"weir-coarse-clock\"");
        });
        assertEquals(null, LockSupport.getBlocker(Thread.currentThread()));
    }
}
