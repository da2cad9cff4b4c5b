package dev.weir.core.time;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.Deadline;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class ManualTimeSourceTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final ManualTimeSource time = new ManualTimeSource();

    private static FutureTask<Void> start(boolean virtual, ThrowingBody body) {
        FutureTask<Void> task = new FutureTask<>(() -> {
            body.run();
            return null;
        });
        (virtual ? Thread.ofVirtual() : Thread.ofPlatform().daemon()).start(task);
        return task;
    }

    /**
     * A second does for all repeats; on a machine where threads have to wait long for a processor, fewer have to do.
     */
    private static boolean isTimeLeft(long startNanos) {
        return System.nanoTime() - startNanos < 10_000_000_000L;
    }

    private interface ThrowingBody {
        void run() throws Exception;
    }

    @Test
    void a_park_until_a_reading_ends_there_and_returns_at_once_if_that_has_passed() throws Exception {
        FutureTask<Void> parked = start(false, () -> {
            time.parkUntilNanos(this, 10);
            assertEquals(10, time.nanoTime());
        });
        time.awaitWaiters(1);
        time.advance(Duration.ofNanos(9));
        assertEquals(1, time.waiters());
        time.advance(Duration.ofNanos(5));
        parked.get();
        time.parkUntilNanos(this, 13);
        time.parkUntilNanos(this, 14);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void a_wait_for_a_deadline_ends_though_time_moves_while_the_thread_is_about_to_park(boolean virtual)
            throws Exception {
        long start = System.nanoTime();
        for (int i = 0; i < 20_000 && isTimeLeft(start); i++) {
            Deadline deadline = Deadline.after(SECOND, time);
            CountDownLatch begun = new CountDownLatch(1);
            FutureTask<Void> wait = start(virtual, () -> {
                begun.countDown();
                while (!deadline.isExpired()) {
                    deadline.parkUntilExpired(this);
                }
            });
            begun.await();
            time.advance(SECOND); // and never again
            wait.get();
        }
    }

    @Test
    void stands_still_until_it_is_advanced() {
        assertEquals(0, time.nanoTime());
        time.advance(SECOND);
        assertEquals(1_000_000_000, time.nanoTime());
        time.advance(Duration.ZERO);
        assertEquals(1_000_000_000, time.nanoTime());
    }

    @Test
    void documentation_tells_the_truth() throws Exception {
        assertEquals(List.of("scheduled", "slept"), ManualTimeSourceSnippets.advance());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void sleepers_wake_in_time_order_whatever_order_they_came_in(boolean virtual) throws Exception {
        long seed = System.nanoTime();
        System.out.println("sleepers_wake_in_time_order seed " + seed);
        Random random = new Random(seed);
        long begun = System.nanoTime();
        for (int repeat = 0; repeat < 1_000 && isTimeLeft(begun); repeat++) {
            ManualTimeSource clock = new ManualTimeSource(random.nextLong());
            long start = clock.nanoTime();
            List<Integer> seconds =
                    new ArrayList<>(IntStream.rangeClosed(1, 6).boxed().toList());
            Collections.shuffle(seconds, random);
            List<Long> woken = new CopyOnWriteArrayList<>();
            List<FutureTask<Void>> sleepers = new ArrayList<>();
            for (int second : seconds) {
                sleepers.add(start(virtual, () -> {
                    clock.sleep(Duration.ofSeconds(second));
                    woken.add(clock.nanoTime() - start);
                }));
            }
            clock.awaitWaiters(6);
            clock.advance(Duration.ofSeconds(10));
            assertEquals(
                    LongStream.rangeClosed(1, 6)
                            .map(s -> s * 1_000_000_000)
                            .boxed()
                            .toList(),
                    woken,
                    "repeat " + repeat);
            for (FutureTask<Void> sleeper : sleepers) {
                sleeper.get();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void one_advance_wakes_a_thread_that_sleeps_again_and_again(boolean virtual) throws Exception {
        long begun = System.nanoTime();
        for (int repeat = 0; repeat < 1_000 && isTimeLeft(begun); repeat++) {
            ManualTimeSource clock = new ManualTimeSource();
            List<Long> woken = new CopyOnWriteArrayList<>();
            FutureTask<Void> sleeper = start(virtual, () -> {
                for (int i = 0; i < 5; i++) {
                    clock.sleep(SECOND);
                    woken.add(clock.nanoTime() / 1_000_000_000);
                }
            });
            clock.awaitWaiters(1);
            clock.advance(Duration.ofSeconds(5));
            assertEquals(List.of(1L, 2L, 3L, 4L, 5L), woken, "repeat " + repeat);
            sleeper.get();
        }
    }

    @Test
    void tasks_and_sleepers_of_one_instant_go_in_the_order_they_came_in() throws Exception {
        List<String> events = new CopyOnWriteArrayList<>();
        time.schedule(() -> events.add("a"), SECOND);
        FutureTask<Void> sleeper = start(true, () -> {
            time.sleep(SECOND);
            events.add("b");
        });
        time.awaitWaiters(2);
        time.schedule(() -> events.add("c"), SECOND);
        time.advance(SECOND);
        assertEquals(List.of("a", "b", "c"), events);
        sleeper.get();
    }

    @Test
    void a_task_reads_its_own_due_time_and_may_schedule_another_on_the_way() {
        List<Long> read = new ArrayList<>();
        time.schedule(
                () -> {
                    read.add(time.nanoTime());
                    time.schedule(() -> read.add(time.nanoTime()), Duration.ofNanos(5));
                },
                Duration.ofNanos(10));
        time.advance(Duration.ofNanos(20));
        assertEquals(List.of(10L, 15L), read);
        assertEquals(20, time.nanoTime());
    }

    @Test
    void a_cancelled_task_never_runs_and_is_forgotten() {
        List<String> events = new ArrayList<>();
        TimeSource.ScheduledTask task = time.schedule(() -> events.add("ran"), SECOND);
        assertTrue(task.cancel());
        assertFalse(task.cancel());
        assertEquals(0, time.waiters());
        time.advance(SECOND);
        assertEquals(List.of(), events);
    }

    @Test
    void a_task_that_has_run_cannot_be_cancelled() {
        TimeSource.ScheduledTask task = time.schedule(() -> {}, SECOND);
        time.advance(SECOND);
        assertFalse(task.cancel());
    }

    @Test
    void a_task_that_throws_stops_neither_the_clock_nor_the_next_task() {
        List<String> events = new ArrayList<>();
        time.schedule(
                () -> {
                    throw new IllegalStateException("expected by this test");
                },
                SECOND);
        time.schedule(() -> events.add("ran"), SECOND);
        time.advance(SECOND);
        assertEquals(List.of("ran"), events);
    }

    @Test
    void sleep_is_never_early() throws Exception {
        FutureTask<Void> sleeper = start(false, () -> time.sleep(SECOND));
        time.awaitWaiters(1);
        time.advance(SECOND.minusNanos(1));
        assertFalse(sleeper.isDone());
        assertEquals(1, time.waiters());
        time.advance(Duration.ofNanos(1));
        sleeper.get();
    }

    @Test
    void an_unparked_waiter_returns_before_its_time_and_leaves_the_queue() throws Exception {
        Object blocker = new Object();
        FutureTask<Void> waiter = new FutureTask<>(() -> {
            time.parkNanos(blocker, Long.MAX_VALUE);
            return null;
        });
        Thread thread = Thread.ofPlatform().daemon().start(waiter);
        time.awaitWaiters(1);
        java.util.concurrent.locks.LockSupport.unpark(thread);
        waiter.get();
        assertEquals(0, time.waiters());
    }

    @Test
    void interrupt_before_a_sleep_throws_and_clears_the_status() {
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, () -> time.sleep(SECOND));
        assertFalse(Thread.interrupted());
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, () -> time.sleep(Duration.ZERO));
        assertEquals(0, time.waiters());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void interrupt_during_a_sleep_throws_and_leaves_the_queue(boolean virtual) throws Exception {
        FutureTask<Void> sleeper = new FutureTask<>(() -> {
            time.sleep(SECOND);
            return null;
        });
        Thread thread = (virtual ? Thread.ofVirtual() : Thread.ofPlatform()).start(sleeper);
        time.awaitWaiters(1);
        thread.interrupt();
        ExecutionException thrown = assertThrows(ExecutionException.class, sleeper::get);
        assertEquals(InterruptedException.class, thrown.getCause().getClass());
        assertEquals(0, time.waiters());
    }

    @Test
    void a_released_thread_that_blocks_elsewhere_does_not_hold_time_up() throws Exception {
        java.util.concurrent.CountDownLatch latch = new java.util.concurrent.CountDownLatch(1);
        FutureTask<Void> sleeper = start(false, () -> {
            time.sleep(SECOND);
            latch.await();
        });
        time.awaitWaiters(1);
        time.advance(Duration.ofSeconds(2));
        assertEquals(2_000_000_000, time.nanoTime());
        latch.countDown();
        sleeper.get();
    }

    @Test
    void advance_from_a_task_of_the_clock_is_refused() {
        List<Throwable> thrown = new ArrayList<>();
        time.schedule(
                () -> {
                    thrown.add(assertThrows(IllegalStateException.class, () -> time.advance(SECOND)));
                    thrown.add(assertThrows(IllegalStateException.class, () -> time.sleep(SECOND)));
                },
                SECOND);
        time.advance(SECOND);
        assertEquals(2, thrown.size());
    }

    @Test
    void an_unpark_is_not_lost_while_others_use_the_clock() throws Exception {
        long start = System.nanoTime();
        for (int repeat = 0; repeat < 20_000 && isTimeLeft(start); repeat++) {
            AtomicBoolean condition = new AtomicBoolean();
            FutureTask<Void> parked = new FutureTask<>(() -> {
                while (!condition.get()) {
                    time.parkNanos(this, Long.MAX_VALUE);
                }
                return null;
            });
            Thread thread = Thread.ofVirtual().start(parked);
            FutureTask<Void> others = start(true, () -> {
                for (int i = 1; !parked.isDone(); i++) {
                    time.schedule(() -> {}, SECOND).cancel();
                    if (i % 16 == 0) {
                        LockSupport.parkNanos(1); // the other one may need the only carrier, which a yield keeps
                    }
                }
            });
            condition.set(true);
            LockSupport.unpark(thread);
            parked.get();
            others.get();
        }
    }

    @Test
    void advance_backwards_or_beyond_the_clock_is_refused() {
        assertEquals(
                "duration must not be negative, but is PT-1S",
                assertThrows(IllegalArgumentException.class, () -> time.advance(SECOND.negated()))
                        .getMessage());
        assertThrows(IllegalArgumentException.class, () -> time.advance(Duration.ofSeconds(Long.MAX_VALUE)));
        assertEquals(0, time.nanoTime());
    }

    @Test
    void a_self_advancing_clock_sleeps_for_a_year_at_once() throws Exception {
        ManualTimeSource auto = ManualTimeSource.autoAdvancing();
        List<String> events = new ArrayList<>();
        auto.schedule(() -> events.add("on the way"), Duration.ofDays(100));
        auto.schedule(() -> events.add("too late"), Duration.ofDays(400));
        auto.sleep(Duration.ofDays(365));
        assertEquals(Duration.ofDays(365).toNanos(), auto.nanoTime());
        assertEquals(List.of("on the way"), events);
    }

    @Test
    void threads_of_a_self_advancing_clock_all_get_their_time() throws Exception {
        for (int repeat = 0; repeat < 200; repeat++) {
            ManualTimeSource auto = ManualTimeSource.autoAdvancing();
            List<FutureTask<Void>> sleepers = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                sleepers.add(start(i % 2 == 0, () -> {
                    for (int j = 0; j < 10; j++) {
                        long before = auto.nanoTime();
                        auto.sleep(SECOND);
                        assertTrue(auto.nanoTime() - before >= SECOND.toNanos());
                    }
                }));
            }
            for (FutureTask<Void> sleeper : sleepers) {
                sleeper.get();
            }
            assertEquals(0, auto.waiters());
        }
    }

    @Test
    void a_waiter_that_leaves_a_self_advancing_clock_lets_another_one_advance_it() throws Exception {
        ManualTimeSource auto = ManualTimeSource.autoAdvancing();
        CountDownLatch halted = new CountDownLatch(1);
        CompletableFuture<Void> go = new CompletableFuture<>();
        auto.schedule(
                () -> {
                    halted.countDown();
                    go.join();
                },
                Duration.ZERO);
        FutureTask<Void> advances = start(false, () -> auto.sleep(SECOND));
        halted.await();
        Thread leaves = Thread.ofPlatform().daemon().start(() -> auto.parkNanos(this, 3_600_000_000_000L));
        awaitParked(leaves);
        FutureTask<Void> stays = new FutureTask<>(() -> {
            auto.sleep(Duration.ofHours(2));
            return null;
        });
        awaitParked(Thread.ofPlatform().daemon().start(stays));
        go.complete(null);
        advances.get();
        leaves.join();
        stays.get();
        assertTrue(auto.nanoTime() >= Duration.ofHours(2).toNanos());
    }

    private static void awaitParked(Thread thread) {
        while (thread.getState() != Thread.State.TIMED_WAITING && thread.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
    }

    @Test
    void an_interrupted_thread_does_not_move_a_self_advancing_clock() {
        ManualTimeSource auto = ManualTimeSource.autoAdvancing();
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, () -> auto.sleep(SECOND));
        assertEquals(0, auto.nanoTime());
    }

    @Test
    void text_tells_time_and_waiters() {
        time.schedule(() -> {}, SECOND);
        assertEquals("ManualTimeSource[0 ns, 1 waiters]", time.toString());
    }

    @Test
    void a_self_advancing_clock_runs_what_is_scheduled_when_the_thread_that_scheduled_it_rests() throws Exception {
        ManualTimeSource auto = ManualTimeSource.autoAdvancing();
        CompletableFuture<Long> done = new CompletableFuture<>();
        auto.schedule(
                () -> auto.schedule(() -> done.complete(auto.nanoTime()), Duration.ofHours(1)), Duration.ofHours(1));
        assertFalse(done.isDone(), "time passed although this thread was busy");
        assertEquals(0, auto.nanoTime());
        assertEquals(Duration.ofHours(2).toNanos(), done.thenApply(at -> at).get(20, TimeUnit.SECONDS));
        assertEquals(0, auto.waiters());
    }

    @Test
    void a_cancelled_task_of_a_self_advancing_clock_does_not_move_it() throws Exception {
        ManualTimeSource auto = ManualTimeSource.autoAdvancing();
        assertTrue(auto.schedule(() -> {}, Duration.ofHours(1)).cancel());
        CompletableFuture<Void> done = new CompletableFuture<>();
        auto.schedule(() -> done.complete(null), Duration.ofMinutes(1));
        done.get(20, TimeUnit.SECONDS);
        assertEquals(Duration.ofMinutes(1).toNanos(), auto.nanoTime());
    }
}
