package dev.weir.core.scope;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the JDK's own means do in the same place, and so what a scope is for. */
@Timeout(60)
class ScopeBesideTheJdkTest {
    /** A loser that takes a moment to clean up, when it is interrupted. */
    private static String lose(CountDownLatch started, CountDownLatch mayEnd, AtomicBoolean ended)
            throws InterruptedException {
        started.countDown();
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException lost) {
            mayEnd.await();
        }
        ended.set(true);
        return "lost";
    }

    @Test
    void invokeAny_returns_while_a_loser_still_runs_and_a_scope_does_not() throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch mayEnd = new CountDownLatch(1);
        AtomicBoolean ended = new AtomicBoolean();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Callable<String> loser = () -> lose(started, mayEnd, ended);
            Callable<String> winner = () -> {
                started.await();
                return "won";
            };
            assertEquals("won", threads.invokeAny(List.of(loser, winner)));
            assertFalse(ended.get(), "the JDK's loser has ended");
            mayEnd.countDown();
        }

        CountDownLatch startedHere = new CountDownLatch(1);
        AtomicBoolean endedHere = new AtomicBoolean();
        try (TaskScope<RuntimeException> scope = TaskScope.firstSuccess()) {
            scope.fork(() -> lose(startedHere, mayEnd, endedHere));
            Subtask<String> winner = scope.fork(() -> {
                startedHere.await();
                return "won";
            });
            scope.join();
            assertEquals("won", winner.get());
            assertTrue(endedHere.get(), "a loser still runs");
        }
    }

    @Test
    void invokeAny_keeps_one_of_three_causes_and_a_scope_keeps_all() throws Exception {
        List<IOException> failures = List.of(new IOException("1"), new IOException("2"), new IOException("3"));
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<String>> tasks = failures.stream()
                    .<Callable<String>>map(failure -> () -> {
                        throw failure;
                    })
                    .toList();
            ExecutionException thrown = assertThrows(ExecutionException.class, () -> threads.invokeAny(tasks));
            assertNotNull(thrown.getCause());
            assertEquals(0, thrown.getSuppressed().length);
        }

        try (TaskScope<IOException> scope = TaskScope.firstSuccess()) {
            for (IOException failure : failures) {
                scope.fork(() -> {
                    throw failure;
                });
            }
            IOException thrown = assertThrows(IOException.class, scope::join);
            List<Throwable> others = Arrays.asList(thrown.getSuppressed());
            assertTrue(failures.stream().allMatch(failure -> failure == thrown || others.contains(failure)));
        }
    }

    @Test
    void cancelling_a_CompletableFuture_interrupts_nobody_and_cancelling_a_scope_does() throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
        CompletableFuture<Void> future = CompletableFuture.runAsync(
                () -> {
                    started.countDown();
                    try {
                        release.await();
                        interrupted.complete(false);
                    } catch (InterruptedException stopped) {
                        interrupted.complete(true);
                    }
                },
                task -> Thread.ofVirtual().start(task));
        started.await();
        assertTrue(future.cancel(true));
        release.countDown();
        assertFalse(interrupted.get());

        AtomicBoolean interruptedHere = new AtomicBoolean();
        try (TaskScope<RuntimeException> scope = TaskScope.failFast()) {
            CountDownLatch startedHere = new CountDownLatch(1);
            scope.fork(() -> {
                startedHere.countDown();
                try {
                    new CountDownLatch(1).await();
                } finally {
                    interruptedHere.set(true);
                }
            });
            startedHere.await();
            scope.cancel();
            assertThrows(CancellationException.class, scope::join);
        }
        assertTrue(interruptedHere.get());
    }
}
