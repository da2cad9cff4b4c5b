package dev.weir.core.pool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import dev.weir.core.Deadline;
import dev.weir.core.internal.InterruptGuard;
import dev.weir.core.time.TimeSource;
import dev.weir.testkit.CapturedLog;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/** What a pool uses throws in the middle of what the pool does: it ends all the same, and no future is lost. */
@Timeout(30)
class BrokenPartsTest extends PoolFixture {
    /** Not an OutOfMemoryError, at which JUnit itself gives up. */
    private static final Error NO_MEMORY = new InternalError("of a test");

    /** A clock whose timers, or readings, fail from a moment on. */
    private static final class BrokenClock implements TimeSource {
        private final TimeSource time = TimeSource.system();
        private final AtomicBoolean broken = new AtomicBoolean();

        @Override
        public long nanoTime() {
            if (broken.get()) {
                throw NO_MEMORY;
            }
            return time.nanoTime();
        }

        @Override
        public void parkNanos(Object blocker, long nanos) {
            time.parkNanos(blocker, nanos);
        }

        @Override
        public ScheduledTask schedule(Runnable task, Duration delay) {
            ScheduledTask timer = time.schedule(task, delay);
            return () -> {
                boolean unused = timer.cancel();
                throw NO_MEMORY;
            };
        }
    }

    // ---- threads

    @Test
    void a_stop_ends_though_the_stack_of_a_worker_cannot_be_read() throws Exception {
        class Unreadable extends Thread {
            Unreadable(Runnable work) {
                super(work);
            }

            @Override
            public StackTraceElement[] getStackTrace() {
                throw NO_MEMORY;
            }
        }
        WorkerPool pool = pool(one().threadFactory(Unreadable::new));
        occupy(pool);
        Future<?> queued = pool.submit(() -> {});
        List<String> log = CapturedLog.during(WorkerPool.class, () -> {
            ShutdownReport report = pool.shutdown(Deadline.after(Duration.ZERO));
            assertEquals(2, report.unfinished().size());
            assertTrue(pool.awaitTermination(20, TimeUnit.SECONDS));
        });
        assertTrue(queued.isCancelled());
        assertTrue(log.stream().anyMatch(line -> line.contains("of a test")), log::toString);
    }

    @Test
    void each_worker_is_interrupted_though_the_interrupt_of_another_one_throws() throws Exception {
        class Uninterruptible extends Thread {
            Uninterruptible(Runnable work) {
                super(work);
            }

            @Override
            public void interrupt() {
                super.interrupt();
                if (Thread.currentThread() != this) { // which locks of the JDK do when they have been taken
                    throw NO_MEMORY; // as the close of a channel may that the thread waits for
                }
            }
        }
        WorkerPool pool = pool(WorkerPool.builder("test").maxWorkers(3).threadFactory(Uninterruptible::new));
        for (int i = 0; i < 3; i++) {
            occupy(pool);
        }
        Future<?> queued = pool.submit(() -> {});
        assertEquals(1, pool.shutdownNow().size());
        assertTrue(pool.awaitTermination(20, TimeUnit.SECONDS));
        assertTrue(queued.isCancelled());
    }

    /** The interrupt closes a channel that the thread waits for, which is the user's code, too. */
    @Test
    void an_interrupt_that_takes_long_holds_up_nobody_else() throws Exception {
        CountDownLatch interrupted = new CountDownLatch(1);
        CountDownLatch looked = new CountDownLatch(1);
        AtomicBoolean inTime = new AtomicBoolean();
        class Slow extends Thread {
            Slow(Runnable work) {
                super(work);
            }

            @Override
            public void interrupt() {
                if (Thread.currentThread() == this) {
                    super.interrupt();
                    return;
                }
                interrupted.countDown();
                try {
                    inTime.set(looked.await(20, TimeUnit.SECONDS));
                } catch (InterruptedException unexpected) {
                    throw new AssertionError(unexpected);
                }
                super.interrupt();
            }
        }
        WorkerPool pool = pool(one().threadFactory(Slow::new));
        occupy(pool);
        var stop = start(pool::shutdownNow);
        join(interrupted);
        assertEquals(1, pool.metrics().active());
        assertFalse(pool.awaitTermination(1, TimeUnit.MILLISECONDS));
        looked.countDown();
        assertEquals(List.of(), stop.get());
        assertTrue(inTime.get());
    }

    // ---- clocks

    @Test
    void a_task_whose_timer_cannot_be_cancelled_runs() throws Exception {
        WorkerPool pool = pool(one().timeSource(new BrokenClock()));
        occupy(pool);
        TaskOptions limited =
                TaskOptions.none().queueTimeout(Duration.ofHours(1)).runTimeout(Duration.ofHours(1));
        Future<Integer> queued = pool.submit(() -> 7, limited);
        Future<Integer> cancelled = pool.submit(() -> 8, limited);
        assertTrue(cancelled.cancel(true));
        gate.countDown();
        assertEquals(7, queued.get(20, TimeUnit.SECONDS));
    }

    /** The clock fails, and then the appender of what is logged about it. */
    @Test
    void a_task_runs_though_its_worker_can_neither_read_the_clock_nor_log_that() throws Exception {
        BrokenClock clock = new BrokenClock();
        WorkerPool pool = pool(one().timeSource(clock).failureHandler((task, failure) -> {}));
        occupy(pool);
        Future<Integer> queued = pool.submit(() -> 7);
        AtomicInteger ran = new AtomicInteger();
        pool.execute(ran::incrementAndGet);
        Logger logger = (Logger) LoggerFactory.getLogger(WorkerPool.class);
        AppenderBase<ILoggingEvent> throwing = new AppenderBase<>() {
            @Override
            public synchronized void doAppend(ILoggingEvent event) {
                throw NO_MEMORY;
            }

            @Override
            protected void append(ILoggingEvent event) {}
        };
        throwing.start();
        logger.addAppender(throwing);
        logger.setAdditive(false);
        try {
            clock.broken.set(true);
            gate.countDown();
            assertEquals(7, queued.get(20, TimeUnit.SECONDS));
            clock.broken.set(false);
            pool.submit(() -> {}).get(20, TimeUnit.SECONDS);
            assertEquals(1, ran.get());
        } finally {
            clock.broken.set(false);
            logger.detachAppender(throwing);
            logger.setAdditive(true);
        }
    }

    // ---- a worker that dies

    /** As for want of memory between the queue and the task. */
    @Test
    void a_task_that_its_worker_cannot_begin_has_an_end() throws Exception {
        AtomicInteger handled = new AtomicInteger();
        PoolEngine engine = new PoolEngine(
                one().failureHandler((task, failure) -> {
                            assertEquals(NO_MEMORY, failure);
                            handled.incrementAndGet();
                        })
                        .settings(),
                PoolEvents.NONE);
        Future<?> future = engine.tasks.future(() -> null, "task", TaskOptions.none());
        engine.starter.lost((Runnable) future, NO_MEMORY);
        assertTrue(future.isCancelled());
        assertEquals(0, handled.get());
        engine.starter.lost(() -> {}, NO_MEMORY);
        assertEquals(1, handled.get());
    }

    @Test
    void a_task_whose_run_is_broken_off_once_it_was_claimed_fails_with_what_broke_it_off() {
        PoolEngine engine = new PoolEngine(one().settings(), PoolEvents.NONE);
        PoolTask<Integer> task = engine.tasks.future(() -> 1, "task", TaskOptions.none());
        AtomicInteger completed = new AtomicInteger();
        RunSite withoutMemory = new RunSite() {
            @Override
            public InterruptGuard guard() {
                throw NO_MEMORY;
            }

            @Override
            public boolean isWorker() {
                return true;
            }

            @Override
            public void completed(boolean failed) {
                completed.incrementAndGet();
            }

            @Override
            public void neverBegan() {
                completed.addAndGet(10);
            }
        };
        assertSame(NO_MEMORY, assertThrows(InternalError.class, () -> task.runIfWaiting(withoutMemory)));
        assertSame(
                NO_MEMORY,
                assertThrows(ExecutionException.class, () -> task.get(0, TimeUnit.SECONDS))
                        .getCause());
        assertEquals(1, completed.get());
    }
}
