package dev.weir.core.pool;

import static dev.weir.testkit.Eventually.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.Deadline;
import dev.weir.core.time.ManualTimeSource;
import dev.weir.core.time.TimeSource;
import dev.weir.testkit.Call;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Pauses, resizing, reports, metrics, listeners and events. */
@Timeout(60)
class PoolControlTest extends PoolFixture {
    @Test
    void nothing_begins_in_a_pause_and_everything_after_it() throws Exception {
        WorkerPool pool = pool(WorkerPool.builder("test").maxWorkers(2).queueCapacity(10));
        awaitParked(pool); // one that looks for work may take a task, and give it back when it sees the pause
        pool.pause();
        List<Future<Integer>> futures = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            futures.add(pool.submit(() -> 1));
        }
        assertEquals(10, pool.metrics().queued());
        FutureTask<Void> blocked = startBlocked(pool, () -> pool.execute(() -> {}));
        assertTrue(futures.stream().noneMatch(Future::isDone));
        pool.resume();
        for (Future<Integer> future : futures) {
            future.get();
        }
        blocked.get();
    }

    /** A worker that takes a task while a pause begins holds it, and its place in the queue is free. */
    @Test
    void a_worker_that_holds_a_task_in_a_pause_has_made_room_for_a_submitter() throws Exception {
        WorkerPool pool = pool(one().queueCapacity(1));
        AtomicBoolean mayEnd = new AtomicBoolean();
        AtomicReference<Thread> worker = new AtomicReference<>();
        long start = System.nanoTime();
        for (int round = 0; round == 0 || System.nanoTime() - start < 1_000_000_000; round++) {
            mayEnd.set(false);
            worker.set(null);
            pool.execute(() -> {
                worker.set(Thread.currentThread());
                while (!mayEnd.get()) {
                    Thread.onSpinWait();
                }
            });
            Call.until(() -> worker.get() != null);
            pool.execute(() -> {});
            FutureTask<Void> blocked = start(() -> {
                pool.execute(() -> {});
                return null;
            });
            Call.until(() -> pool.metrics().blockedSubmitters() == 1);
            mayEnd.set(true);
            for (int i = 0; i < round % 200; i++) {
                Thread.onSpinWait(); // the worker is at another step each time
            }
            pool.pause();
            Call.until(() -> blocked.isDone() || isIdle(worker.get()));
            pool.resume();
            blocked.get();
        }
    }

    private static boolean isIdle(Thread worker) {
        Object waitsFor = LockSupport.getBlocker(worker);
        return waitsFor != null && !(waitsFor instanceof PausedWorkers);
    }

    @Test
    void spare_workers_end_in_a_pause_though_tasks_wait() throws Exception {
        WorkerPool pool = pool(one().keepAlive(Duration.ofMillis(1)));
        occupy(pool);
        Future<Integer> future = pool.submit(() -> 1);
        pool.pause();
        gate.countDown();
        await().until(() -> pool.metrics().workers() == 0); // and does not wake once per millisecond
        assertFalse(future.isDone());
        pool.resume();
        assertEquals(1, future.get());
    }

    @Test
    void a_pool_that_is_paused_before_its_first_task_starts_when_it_is_resumed_or_shut_down() throws Exception {
        for (boolean shutdown : new boolean[] {false, true}) {
            WorkerPool pool = pool(one());
            pool.pause();
            Future<Integer> future = pool.submit(() -> 1);
            assertEquals(0, pool.metrics().workers());
            if (shutdown) {
                pool.shutdown();
            } else {
                pool.resume();
            }
            assertEquals(1, future.get(60, TimeUnit.SECONDS));
        }
    }

    @Test
    void submitters_that_a_pause_keeps_from_a_pool_without_queue_get_in_when_it_is_resumed() throws Exception {
        WorkerPool pool = pool(WorkerPool.builder("test").maxWorkers(2).queueCapacity(0));
        pool.pause();
        FutureTask<Void> first = startBlocked(pool, () -> pool.execute(() -> {}));
        FutureTask<Void> second = startBlocked(pool, () -> pool.execute(() -> {}));
        assertEquals(0, pool.metrics().workers());
        pool.resume();
        first.get();
        second.get();
    }

    @Test
    void a_task_whose_worker_has_not_begun_when_a_pause_does_waits_for_its_end() throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        WorkerPool pool = pool(one().threadFactory(work -> new Thread(() -> {
            join(started);
            work.run();
        })));
        Future<?> first = pool.submit(() -> {});
        pool.pause();
        started.countDown();
        await().until(() -> pool.metrics().queued() == 1 && pool.metrics().active() == 0);
        assertFalse(first.isDone());
        pool.resume();
        first.get();
    }

    @Test
    void a_submitter_gets_in_when_the_only_worker_dies() throws Exception {
        List<Thread> threads = Collections.synchronizedList(new ArrayList<>());
        WorkerPoolBuilder builder = one().queueCapacity(0).threadFactory(work -> {
            Thread neverStarted = new Thread(work) {
                @Override
                public void start() {
                    threads.add(this);
                }
            };
            return neverStarted;
        });
        PoolEngine engine = new PoolEngine(builder.settings(), PoolEvents.NONE);
        PoolWorker worker = Objects.requireNonNull(engine.workers.reserve(() -> {}));
        FutureTask<Void> blocked = start(() -> {
            engine.execute(() -> {});
            return null;
        });
        await().until(() -> engine.submitters.count() == 1);
        engine.workers.died(worker, 0);
        engine.starter.ensureWorkers();
        engine.submitters.signalIfWaiting();
        blocked.get();
        assertEquals(1, threads.size());
    }

    @Test
    void a_clock_that_fails_in_a_worker_costs_no_task() throws Exception {
        AtomicReference<Thread> victim = new AtomicReference<>();
        AtomicInteger readings = new AtomicInteger();
        TimeSource clock = new TimeSource() {
            @Override
            public long nanoTime() {
                if (Thread.currentThread() == victim.get()) {
                    readings.incrementAndGet();
                    throw new IllegalStateException("expected by this test");
                }
                return TimeSource.system().nanoTime();
            }

            @Override
            public void parkNanos(Object blocker, long nanos) {
                victim.set(null); // it rests
                TimeSource.system().parkNanos(blocker, nanos);
            }

            @Override
            public ScheduledTask schedule(Runnable task, Duration delay) {
                return TimeSource.system().schedule(task, delay);
            }
        };
        WorkerPool pool = pool(one().timeSource(clock).slowTaskThreshold(Duration.ofHours(1)));
        Runnable waiting = waiting();
        pool.execute(() -> {
            waiting.run();
            victim.set(Thread.currentThread());
        });
        Future<?> next = pool.submit(() -> {});
        Future<?> last = pool.submit(() -> victim.set(null));
        gate.countDown();
        next.get();
        last.get();
        assertTrue(readings.get() > 3);
        pool.submit(() -> {}).get();
        await().until(() -> pool.metrics().completed() == 4);
    }

    @Test
    void a_clock_that_fails_in_a_submitter_costs_only_its_own_task() throws Exception {
        TimeSource clock = new TimeSource() {
            @Override
            public long nanoTime() {
                return TimeSource.system().nanoTime();
            }

            @Override
            public void parkNanos(Object blocker, long nanos) {
                TimeSource.system().parkNanos(blocker, nanos);
            }

            @Override
            public ScheduledTask schedule(Runnable task, Duration delay) {
                throw new IllegalStateException("expected by this test");
            }
        };
        AtomicBoolean ran = new AtomicBoolean();
        WorkerPool pool = pool(one().timeSource(clock));
        occupy(pool);
        assertThrows(
                IllegalStateException.class,
                () -> pool.submit(() -> ran.set(true), TaskOptions.none().queueTimeout(Duration.ofHours(1))));
        Future<?> next = pool.submit(() -> {});
        gate.countDown();
        next.get();
        assertFalse(ran.get());
    }

    @Test
    void a_resized_pool_uses_its_new_workers_at_once_and_ends_those_too_many() throws Exception {
        WorkerPool pool = pool(one().queueCapacity(10));
        for (int i = 0; i < 5; i++) {
            pool.execute(waiting());
        }
        pool.resize(0, 3);
        await().until(() -> {
            PoolMetrics now = pool.metrics(); // a worker is active before it takes its task
            return now.active() == 3 && now.queued() == 2;
        });
        pool.resize(0, 1);
        gate.countDown();
        await().until(() -> pool.metrics().completed() == 5 && pool.metrics().workers() == 1);
    }

    @Test
    void a_resized_queue_keeps_its_tasks_in_order_and_lets_submitters_in() throws Exception {
        WorkerPool pool = pool(one().queueCapacity(5));
        occupy(pool);
        List<Integer> order = Collections.synchronizedList(new ArrayList<>());
        for (int i = 0; i < 5; i++) {
            int number = i;
            pool.execute(() -> order.add(number));
        }
        FutureTask<Void> blocked = startBlocked(pool, () -> pool.execute(() -> order.add(5)));
        pool.resizeQueue(2);
        assertEquals(5, pool.metrics().queued());
        assertFalse(blocked.isDone());
        pool.resizeQueue(6);
        blocked.get();
        pool.resizeQueue(0);
        gate.countDown();
        await().until(() -> order.equals(List.of(0, 1, 2, 3, 4, 5)));
        pool.submit(() -> {}).get();
    }

    @Test
    void a_queue_that_grows_by_two_lets_two_submitters_in() throws Exception {
        WorkerPool pool = pool(one().queueCapacity(1));
        occupy(pool);
        pool.execute(() -> {});
        FutureTask<Void> first = startBlocked(pool, () -> pool.execute(() -> {}));
        FutureTask<Void> second = startBlocked(pool, () -> pool.execute(() -> {}));
        pool.resizeQueue(3);
        first.get(10, TimeUnit.SECONDS);
        second.get(10, TimeUnit.SECONDS);
        assertEquals(3, pool.metrics().queued());
    }

    /** The second place becomes free before the submitter is there that the first one was given to. */
    @Test
    void two_places_that_become_free_at_once_let_two_submitters_in() throws Exception {
        for (int round = 0; round < 3; round++) {
            WorkerPool pool = pool(one().queueCapacity(2));
            CountDownLatch first = new CountDownLatch(1);
            pool.execute(() -> join(first));
            pool.execute(() -> {});
            pool.execute(waiting());
            FutureTask<Void> one = startBlocked(pool, () -> pool.execute(() -> {}));
            FutureTask<Void> other = startBlocked(pool, () -> pool.execute(() -> {}));
            first.countDown();
            one.get(60, TimeUnit.SECONDS);
            other.get(60, TimeUnit.SECONDS);
            assertEquals(2, pool.metrics().queued());
        }
    }

    @Test
    void a_submitter_gets_in_for_a_single_place_when_the_next_task_is_slow() throws Exception {
        WorkerPool pool = pool(one().queueCapacity(32));
        CountDownLatch first = new CountDownLatch(1);
        pool.execute(() -> join(first));
        for (int i = 0; i < 32; i++) {
            pool.execute(waiting());
        }
        FutureTask<Void> blocked = startBlocked(pool, () -> pool.execute(() -> {}));
        first.countDown();
        blocked.get(60, TimeUnit.SECONDS);
        assertEquals(32, pool.metrics().queued());
    }

    @Test
    void submitters_of_quick_tasks_all_get_in() throws Exception {
        WorkerPool pool = pool(WorkerPool.builder("test").maxWorkers(2).queueCapacity(64));
        AtomicInteger ran = new AtomicInteger();
        List<FutureTask<Void>> submitters = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            submitters.add(start(() -> {
                for (int n = 0; n < 20_000; n++) {
                    pool.execute(ran::incrementAndGet);
                }
                return null;
            }));
        }
        for (FutureTask<Void> submitter : submitters) {
            submitter.get(60, TimeUnit.SECONDS);
        }
        await().until(() -> ran.get() == 160_000);
    }

    @Test
    void a_large_queue_takes_memory_only_when_it_is_used() throws Exception {
        WorkerPool pool = pool(one().queueCapacity(Integer.MAX_VALUE));
        occupy(pool);
        AtomicInteger ran = new AtomicInteger();
        for (int i = 0; i < 10_000; i++) {
            pool.execute(ran::incrementAndGet);
        }
        assertEquals(10_000, pool.metrics().queued());
        gate.countDown();
        await().until(() -> ran.get() == 10_000);
        assertEquals(10_000, pool.metrics().peakQueued());
    }

    @Test
    void the_report_names_each_unfinished_task_with_its_age_and_its_stack() throws Exception {
        ManualTimeSource time = new ManualTimeSource();
        WorkerPool pool = pool(one().timeSource(time));
        AtomicReference<Thread> worker = new AtomicReference<>();
        Runnable waiting = waiting();
        pool.execute(
                () -> {
                    worker.set(Thread.currentThread());
                    waiting.run();
                },
                TaskOptions.named("running"));
        await().until(() -> worker.get() != null && worker.get().getState() == Thread.State.WAITING);
        time.advance(Duration.ofSeconds(1));
        pool.execute(() -> {}, TaskOptions.named("queued"));
        time.advance(Duration.ofSeconds(2));
        ShutdownReport report = pool.shutdown(Deadline.after(Duration.ZERO, time));
        assertFalse(report.isClean());
        assertEquals(
                List.of("running", "queued"),
                report.unfinished().stream()
                        .map(ShutdownReport.Unfinished::name)
                        .toList());
        ShutdownReport.Unfinished running = report.unfinished().get(0);
        assertTrue(running.started());
        assertEquals(Duration.ofSeconds(3), running.age());
        assertTrue(
                running.stack().stream().anyMatch(frame -> frame.getMethodName().equals("await")), running::toString);
        for (ShutdownReport.Unfinished waiter : report.unfinished().subList(1, 2)) {
            assertFalse(waiter.started());
            assertEquals(Duration.ofSeconds(2), waiter.age());
            assertEquals(List.of(), waiter.stack());
        }
        assertEquals(1, pool.metrics().abandoned());
    }

    @Test
    void the_metrics_have_the_times_that_tasks_waited_and_ran() throws Exception {
        ManualTimeSource time = new ManualTimeSource();
        WorkerPool pool = pool(one().timeSource(time));
        occupy(pool);
        Future<?> queued = pool.submit(() -> time.advance(Duration.ofSeconds(8)));
        time.advance(Duration.ofSeconds(4));
        gate.countDown();
        queued.get();
        time.awaitWaiters(1); // the worker, idle
        PoolMetrics metrics = pool.metrics();
        assertEquals(1, metrics.queueTime().samples());
        assertAbout(Duration.ofSeconds(4), metrics.queueTime().p50());
        assertAbout(Duration.ofSeconds(8), metrics.runTime().p99());
        assertAbout(Duration.ofSeconds(8), metrics.runTime().max());
        assertEquals(1.0, metrics.utilisation());
        time.advance(Duration.ofSeconds(12));
        assertEquals(0.5, pool.metrics().utilisation());
    }

    private static void assertAbout(Duration expected, Duration rounded) {
        assertTrue(rounded.compareTo(expected) >= 0, rounded::toString);
        assertTrue(rounded.compareTo(expected.multipliedBy(9).dividedBy(8)) <= 0, rounded::toString);
    }

    @Test
    void the_listener_hears_of_saturation_once_until_the_pool_was_idle() throws Exception {
        AtomicInteger saturations = new AtomicInteger();
        AtomicInteger resizes = new AtomicInteger();
        WorkerPool pool =
                pool(one().queueCapacity(0).saturation(Saturation.reject()).listener(new WorkerPoolListener() {
                    @Override
                    public void onSaturated(WorkerPool saturated) {
                        saturations.incrementAndGet();
                        throw new IllegalStateException("expected by this test");
                    }

                    @Override
                    public void onResized(WorkerPool resized, int min, int max, int capacity) {
                        resizes.addAndGet(100 * min + 10 * max + capacity);
                    }
                }));
        occupy(pool);
        for (int i = 0; i < 3; i++) {
            assertThrows(RejectedExecutionException.class, () -> pool.execute(() -> {}));
        }
        assertEquals(1, saturations.get());
        gate.countDown();
        await().until(() -> pool.metrics().active() == 0);
        pool.resize(1, 2);
        pool.resizeQueue(3);
        assertEquals(120 + 123, resizes.get());
    }

    @Test
    void the_listener_hears_of_slow_tasks() throws Exception {
        ManualTimeSource time = new ManualTimeSource();
        List<String> slow = Collections.synchronizedList(new ArrayList<>());
        WorkerPool pool = pool(
                one().timeSource(time).slowTaskThreshold(Duration.ofSeconds(1)).listener(new WorkerPoolListener() {
                    @Override
                    public void onSlowTask(WorkerPool slowPool, String task, Duration queued, Duration ran) {
                        slow.add(task + " " + ran);
                    }
                }));
        pool.submit(() -> time.advance(Duration.ofSeconds(1)), TaskOptions.named("quick"))
                .get();
        pool.submit(() -> time.advance(Duration.ofSeconds(2)), TaskOptions.named("slow"))
                .get();
        await().until(() -> slow.equals(List.of("slow PT2S")));
    }

    @Test
    void tasks_over_the_threshold_are_in_a_flight_recording() throws Exception {
        Path file = Files.createTempFile("pool", ".jfr");
        try (Recording recording = new Recording()) {
            recording.enable("dev.weir.WorkerPoolTask").withThreshold(Duration.ofMillis(20));
            recording.start();
            WorkerPool pool = pool(one());
            CountDownLatch begun = new CountDownLatch(1);
            CountDownLatch over = new CountDownLatch(1);
            FutureTask<Void> timer = start(() -> {
                join(begun);
                TimeUnit.MILLISECONDS.sleep(60);
                over.countDown();
                return null;
            });
            Future<?> failing = pool.submit(
                    () -> {
                        begun.countDown();
                        join(over);
                        throw new IllegalStateException("expected by this test");
                    },
                    TaskOptions.named("slow"));
            timer.get();
            for (int i = 0; i < 20; i++) {
                pool.submit(() -> {}, TaskOptions.named("quick")).get();
            }
            assertTrue(failing.isDone());
            recording.stop();
            recording.dump(file);
            List<RecordedEvent> events = RecordingFile.readAllEvents(file);
            // The quick one is, too, if its thread had to wait for a processor for so long.
            assertTrue(events.stream().allMatch(e -> e.getDuration().toMillis() >= 20), events::toString);
            RecordedEvent event = events.get(0);
            assertEquals("slow", event.getString("task"));
            assertEquals("test", event.getString("pool"));
            assertTrue(event.getBoolean("failed"));
        } finally {
            Files.delete(file);
        }
    }

    @Test
    void threads_are_named_and_daemons_if_wanted() throws Exception {
        WorkerPool daemons = pool(WorkerPool.builder("quiet").daemon(true));
        Thread worker = daemons.submit(Thread::currentThread).get();
        assertTrue(worker.isDaemon());
        assertEquals("quiet-1", worker.getName());
        assertFalse(pool(one()).submit(Thread::currentThread).get().isDaemon());
        Thread virtual =
                pool(WorkerPool.ioBound("io")).submit(Thread::currentThread).get();
        assertTrue(virtual.isVirtual());
        assertEquals("io-1", virtual.getName());
        assertFalse(pool(WorkerPool.cpuBound("cpu"))
                .submit(Thread::currentThread)
                .get()
                .isVirtual());
    }

    @Test
    void bad_options_are_named_with_their_value() {
        assertEquals(
                "priority must be from -1000 to 1000, but is 1001",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> TaskOptions.none().priority(1_001))
                        .getMessage());
        assertThrows(IllegalArgumentException.class, () -> TaskOptions.none().queueTimeout(Duration.ZERO));
        assertThrows(IllegalArgumentException.class, () -> TaskOptions.none().runTimeout(Duration.ZERO));
        assertThrows(NullPointerException.class, () -> TaskOptions.named(null));
        assertThrows(IllegalArgumentException.class, () -> one().priorities(Duration.ofDays(2)));
        assertThrows(IllegalArgumentException.class, () -> one().closeTimeout(Duration.ofNanos(-1)));
        assertThrows(
                IllegalArgumentException.class,
                () -> one().priorities(Duration.ofSeconds(1)).queueCapacity(0).build());
        assertThrows(
                IllegalArgumentException.class,
                () -> one().maxWorkers(5_000_000).build());
    }

    @Test
    void close_does_not_wait_for_ever() throws Exception {
        ManualTimeSource time = new ManualTimeSource();
        WorkerPool pool = pool(one().closeTimeout(Duration.ofSeconds(3)).timeSource(time));
        occupy(pool);
        FutureTask<Void> close = start(() -> {
            pool.close();
            return null;
        });
        time.awaitWaiters(1);
        time.advance(Duration.ofSeconds(3));
        close.get(60, TimeUnit.SECONDS);
    }
}
