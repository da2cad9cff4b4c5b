package dev.weir.core.fanout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.Deadline;
import dev.weir.core.time.ManualTimeSource;
import dev.weir.testkit.Eventually;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A call on an executor that is full, drops workers, or is stopped under it. */
@Timeout(60)
class FanOutExecutorTest {
    private static final CountDownLatch NEVER = new CountDownLatch(1);

    private static List<Integer> numbers(int count) {
        return IntStream.range(0, count).boxed().toList();
    }

    /** Makes those that hand in a task wait, as a full pool may; an interrupted one is rejected. */
    private static final class Full implements Executor {
        final CountDownLatch waits = new CountDownLatch(1);

        @Override
        public void execute(Runnable task) {
            waits.countDown();
            try {
                NEVER.await();
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                throw new RejectedExecutionException(interrupted);
            }
        }
    }

    /** Public report: golang/go#27837, a deadline that does not hold while the call waits for a connection. */
    @Test
    void a_deadline_holds_while_the_executor_makes_the_call_wait() throws Exception {
        ManualTimeSource time = new ManualTimeSource();
        Full full = new Full();
        FutureTask<CancellationException> call = new FutureTask<>(() -> {
            CancellationException thrown = assertThrows(
                    CancellationException.class,
                    () -> FanOut.over(numbers(3))
                            .on(full)
                            .deadline(Deadline.after(Duration.ofSeconds(1), time))
                            .map(i -> i));
            assertFalse(Thread.currentThread().isInterrupted(), "the interrupt of the deadline leaked");
            return thrown;
        });
        Thread.ofVirtual().start(call);
        full.waits.await();
        time.advance(Duration.ofSeconds(1));
        assertInstanceOf(TimeoutException.class, call.get().getCause());
    }

    @Test
    void an_interrupt_while_the_executor_makes_the_call_wait_is_the_callers() throws Exception {
        Full full = new Full();
        FutureTask<Boolean> call = new FutureTask<>(() -> {
            assertThrows(
                    InterruptedException.class,
                    () -> FanOut.over(numbers(3)).on(full).map(i -> i));
            return Thread.currentThread().isInterrupted();
        });
        Thread caller = Thread.ofVirtual().start(call);
        full.waits.await();
        caller.interrupt();
        assertFalse(call.get());
    }

    @Test
    void an_executor_that_cancels_the_first_worker_ends_the_call() {
        Executor atOnce = task -> assertInstanceOf(Future.class, task).cancel(false);
        Executor later = task -> Thread.ofVirtual().start(() -> atOnce.execute(task));
        for (Executor executor : List.of(atOnce, later)) {
            CancellationException thrown = assertThrows(
                    CancellationException.class,
                    () -> FanOut.over(numbers(3)).named("pages").on(executor).map(i -> i));
            assertEquals("the executor of pages dropped its workers", thrown.getMessage());
        }
    }

    @Test
    void an_executor_that_cancels_later_workers_leaves_the_work_to_the_others() throws Exception {
        AtomicInteger handed = new AtomicInteger();
        Executor two = task -> {
            if (handed.incrementAndGet() <= 2) {
                Thread.ofVirtual().start(task);
            } else {
                assertInstanceOf(Future.class, task).cancel(false);
            }
        };
        assertEquals(
                numbers(500), FanOut.over(numbers(500)).concurrency(8).on(two).map(i -> i));
    }

    /** The JDK's pools cancel nothing that they return from shutdownNow. */
    @Test
    void an_executor_that_is_terminated_with_the_worker_in_its_queue_ends_the_call() throws Exception {
        ThreadPoolExecutor pool = new ThreadPoolExecutor(1, 1, 1, TimeUnit.MINUTES, new ArrayBlockingQueue<>(1));
        pool.execute(() -> {
            try {
                NEVER.await();
            } catch (InterruptedException stop) {
                // it ends
            }
        });
        FutureTask<CancellationException> call = new FutureTask<>(() -> assertThrows(
                CancellationException.class,
                () -> FanOut.over(numbers(3)).on(pool).map(i -> i)));
        FutureTask<CancellationException> stream = new FutureTask<>(() -> assertThrows(
                CancellationException.class,
                () -> FanOut.over(numbers(3)).on(pool).stream(i -> i, results -> results.toList())));
        for (FutureTask<CancellationException> each : List.of(call, stream)) {
            Thread.ofPlatform().start(each);
            Eventually.await().until(() -> pool.getQueue().size() == 1);
            pool.getQueue().clear(); // as its shutdownNow does below
        }
        pool.shutdownNow();
        for (FutureTask<CancellationException> each : List.of(call, stream)) {
            assertEquals(
                    "the executor of fan-out dropped its workers", each.get().getMessage());
        }
    }

    @Test
    void a_call_with_a_thread_per_item_whose_next_worker_is_dropped_ends() {
        AtomicInteger handed = new AtomicInteger();
        Executor one = task -> {
            if (handed.incrementAndGet() == 1) {
                Thread.ofVirtual().start(task);
            } else {
                assertInstanceOf(Future.class, task).cancel(false);
            }
        };
        assertThrows(
                CancellationException.class,
                () -> FanOut.over(numbers(3))
                        .concurrency(1)
                        .threadPerItem()
                        .on(one)
                        .map(i -> i));
    }

    @Test
    void a_stop_of_the_executor_ends_a_call_between_items_that_compute() throws Exception {
        ExecutorService executor = Executors.newFixedThreadPool(2);
        AtomicInteger done = new AtomicInteger();
        FutureTask<CancellationException> call = new FutureTask<>(() -> assertThrows(
                CancellationException.class,
                () -> FanOut.over(Collections.nCopies(1_000_000_000, 1))
                        .concurrency(2)
                        .on(executor)
                        .forEach(i -> done.incrementAndGet())));
        Thread.ofPlatform().start(call);
        Eventually.await().until(() -> done.get() > 3);
        executor.shutdownNow();
        assertEquals(
                "a worker of fan-out was interrupted by its executor",
                call.get().getMessage());
        assertTrue(executor.awaitTermination(60, TimeUnit.SECONDS));
    }

    @Test
    void a_stop_of_the_executor_under_items_that_wait_is_no_interrupt_of_the_caller() throws Exception {
        ExecutorService executor = Executors.newFixedThreadPool(2);
        CountDownLatch in = new CountDownLatch(2);
        FutureTask<CancellationException> call = new FutureTask<>(() -> assertThrows(
                CancellationException.class,
                () -> FanOut.over(numbers(2)).concurrency(2).on(executor).outcomes(i -> {
                    in.countDown();
                    NEVER.await();
                    return i;
                })));
        Thread.ofPlatform().start(call);
        in.await();
        executor.shutdownNow();
        assertInstanceOf(InterruptedException.class, call.get().getCause());
    }

    @Test
    void an_interrupt_by_the_executor_is_left_to_it() throws Exception {
        Queue<Boolean> statuses = new ConcurrentLinkedQueue<>();
        Queue<Thread> threads = new ConcurrentLinkedQueue<>();
        Executor limiting = task -> {
            Thread thread = Thread.ofPlatform().unstarted(() -> {
                task.run();
                statuses.add(Thread.interrupted());
            });
            threads.add(thread);
            thread.start();
        };
        assertThrows(
                CancellationException.class,
                () -> FanOut.over(numbers(1)).on(limiting).map(i -> {
                    Thread.currentThread().interrupt(); // as a limit of the run time of the executor's tasks
                    NEVER.await();
                    return i;
                }));
        for (Thread thread : threads) {
            thread.join();
        }
        assertEquals(List.of(true), List.copyOf(statuses));
    }

    /** Public reports: Netflix/Hystrix#1796, apple/servicetalk#158. */
    @Test
    void calls_that_are_over_leave_nothing_in_the_queue_of_a_stuck_pool() throws Exception {
        CountDownLatch stuck = new CountDownLatch(1);
        try (ThreadPoolExecutor pool = new ThreadPoolExecutor(1, 1, 1, TimeUnit.MINUTES, new ArrayBlockingQueue<>(1))) {
            pool.execute(() -> {
                try {
                    stuck.await();
                } catch (InterruptedException stop) {
                    throw new IllegalStateException(stop);
                }
            });
            for (int i = 0; i < 3; i++) { // of which the second were rejected if the first had its place still
                assertThrows(
                        CancellationException.class,
                        () -> FanOut.over(numbers(1))
                                .on(pool)
                                .deadline(Deadline.after(Duration.ofMillis(20)))
                                .map(item -> item));
                assertEquals(0, pool.getQueue().size());
            }
            stuck.countDown();
        }
    }

    @Test
    void a_worker_that_has_not_begun_does_not_keep_the_items_of_a_call_that_is_over() throws Exception {
        Queue<Runnable> queue = new ConcurrentLinkedQueue<>();
        WeakReference<Object> item = timedOut(queue);
        Eventually.await().until(() -> {
            System.gc();
            return item.refersTo(null);
        });
        queue.forEach(Runnable::run); // does nothing
        assertEquals(1, queue.size());
    }

    private static WeakReference<Object> timedOut(Queue<Runnable> queue) {
        ManualTimeSource time = new ManualTimeSource();
        List<Object> items = new ArrayList<>(List.of(new Object()));
        Executor stuck = task -> {
            queue.add(task);
            time.advance(Duration.ofSeconds(1));
        };
        assertThrows(
                CancellationException.class,
                () -> FanOut.over(items)
                        .on(stuck)
                        .deadline(Deadline.after(Duration.ofSeconds(1), time))
                        .map(i -> i));
        return new WeakReference<>(items.getFirst());
    }
}
