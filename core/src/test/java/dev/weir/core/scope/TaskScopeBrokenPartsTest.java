package dev.weir.core.scope;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.Outcome;
import dev.weir.core.internal.wait.HandedTask;
import dev.weir.testkit.Call;
import dev.weir.testkit.CapturedLog;
import java.io.IOException;
import java.nio.channels.spi.AbstractInterruptibleChannel;
import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a scope calls that is not its own blocks or throws: the scope ends as it should all the same. */
@Timeout(60)
class TaskScopeBrokenPartsTest {
    private final AtomicReference<TaskScope<?>> scopeOf = new AtomicReference<>();

    /** The interrupt of a stop closes the channel that a task waits for, which is the user's code. */
    @Test
    void a_channel_that_closes_slowly_holds_up_nobody_who_uses_the_scope() throws Exception {
        CountDownLatch waits = new CountDownLatch(1);
        CountDownLatch used = new CountDownLatch(1);
        AtomicBoolean inTime = new AtomicBoolean();
        class Channel extends AbstractInterruptibleChannel {
            void await() throws IOException {
                try {
                    begin();
                    waits.countDown();
                    while (isOpen()) {
                        LockSupport.parkNanos(1_000_000);
                    }
                } finally {
                    end(false);
                }
            }

            @Override
            protected void implCloseChannel() {
                Thread.ofPlatform().start(() -> {
                    scopeOf.get().cancel(); // takes its lock
                    used.countDown();
                });
                inTime.set(Call.uninterrupted(() -> used.await(20, TimeUnit.SECONDS)));
            }
        }
        try (var scope = TaskScope.joinAll()) {
            scopeOf.set(scope);
            Subtask<?> reader = scope.fork(() -> new Channel().await());
            waits.await();
            scope.cancel();
            scope.join();
            assertInstanceOf(Outcome.Cancelled.class, reader.outcome());
        }
        assertTrue(inTime.get());
    }

    /** An executor that drops nothing, and does not know whether it has ended. */
    @Test
    void an_executor_that_throws_when_it_is_asked_for_its_end_does_not_end_the_wait() throws Exception {
        CountDownLatch asked = new CountDownLatch(2);
        AbstractExecutorService broken = new AbstractExecutorService() {
            @Override
            public boolean isTerminated() {
                asked.countDown();
                throw new IllegalStateException("of a test");
            }

            @Override
            public boolean isShutdown() {
                throw new IllegalStateException("of a test");
            }

            @Override
            public void execute(Runnable task) {
                Thread.ofVirtual().start(task);
            }

            @Override
            public void shutdown() {}

            @Override
            public List<Runnable> shutdownNow() {
                return List.of();
            }

            @Override
            public boolean awaitTermination(long timeout, TimeUnit unit) {
                return false;
            }
        };
        List<String> log = CapturedLog.during(HandedTask.class, () -> {
            try (TaskScope<InterruptedException> scope =
                    TaskScope.builder().on(broken).failFast()) {
                Subtask<Integer> task = scope.fork(() -> {
                    asked.await();
                    return 7;
                });
                scope.join();
                assertEquals(7, task.get());
            }
        });
        assertTrue(log.getFirst().contains("of a test"), log::toString);
    }

    /** Each is withdrawn, though the executor throws when the first of them is. */
    @Test
    void all_tasks_are_withdrawn_though_the_executor_throws() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        ThreadPoolExecutor broken = new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>()) {
            @Override
            public boolean remove(Runnable task) {
                super.remove(task);
                throw new IllegalStateException("of a test");
            }
        };
        broken.execute(() -> {
            try {
                gate.await();
            } catch (InterruptedException stopped) {
                Thread.currentThread().interrupt();
            }
        });
        try (var scope = TaskScope.builder().on(broken).joinAll()) {
            List<Subtask<Integer>> tasks = List.of(scope.fork(() -> 1), scope.fork(() -> 2), scope.fork(() -> 3));
            scope.cancel();
            assertEquals(0, broken.getQueue().size());
            scope.join();
            for (Subtask<Integer> task : tasks) {
                assertInstanceOf(Outcome.Cancelled.class, task.outcome());
            }
        } finally {
            gate.countDown();
            broken.shutdown();
        }
        assertThrows(IllegalStateException.class, () -> broken.remove(() -> {}));
    }
}
