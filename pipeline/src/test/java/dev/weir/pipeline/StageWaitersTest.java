package dev.weir.pipeline;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.internal.wait.Waiter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(180)
class StageWaitersTest {
    private final StageWaiters waiters = new StageWaiters(() -> "test", () -> "a change");
    private final AtomicBoolean wanted = new AtomicBoolean();

    /** One that waits until the state is as wanted, once it does wait. */
    private FutureTask<Boolean> behind() throws InterruptedException {
        FutureTask<Boolean> waiting = new FutureTask<>(() -> {
            waiters.await(wanted::get, new Waiter());
            return true;
        });
        Thread thread = Thread.startVirtualThread(waiting);
        while (thread.getState() != Thread.State.WAITING) {
            Thread.sleep(1);
        }
        return waiting;
    }

    /** The signal comes after the last look, and the thread does not use it. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void a_signal_that_its_waiter_does_not_need_is_passed_on(boolean interrupted) throws Exception {
        CompletableFuture<FutureTask<Boolean>> next = new CompletableFuture<>();
        AtomicBoolean over = new AtomicBoolean();
        Thread first = Thread.startVirtualThread(() -> {
            try {
                waiters.await(
                        () -> {
                            try {
                                next.complete(behind());
                            } catch (InterruptedException unexpected) {
                                throw new IllegalStateException(unexpected);
                            }
                            wanted.set(true);
                            waiters.signal();
                            if (interrupted) {
                                Thread.currentThread().interrupt();
                            }
                            return !interrupted;
                        },
                        new Waiter());
                over.set(!interrupted);
            } catch (InterruptedException expected) {
                over.set(interrupted);
            }
        });
        assertTrue(next.get(60, TimeUnit.SECONDS).get(60, TimeUnit.SECONDS));
        first.join();
        assertTrue(over.get());
        assertTrue(waiters.isEmpty());
    }

    /** For a change whose signal came before it enlisted, and found nobody. */
    @Test
    void a_waiter_that_enlists_looks_once_more() throws Exception {
        FutureTask<Boolean> waiting = new FutureTask<>(() -> {
            waiters.await(() -> !waiters.isEmpty(), new Waiter());
            return true;
        });
        Thread.startVirtualThread(waiting);
        assertTrue(waiting.get(60, TimeUnit.SECONDS));
        assertTrue(waiters.isEmpty());
    }

    /** A stage may have ten thousand workers, all of which wait. */
    @Test
    void to_leave_takes_no_longer_when_many_wait() throws Exception {
        long alone = nanosOfRounds();
        List<Thread> others = new ArrayList<>();
        for (int i = 0; i < 30_000; i++) {
            others.add(Thread.startVirtualThread(() -> {
                try {
                    waiters.await(wanted::get, new Waiter());
                } catch (InterruptedException unexpected) {
                    // ends
                }
            }));
        }
        for (Thread other : others) {
            while (other.getState() != Thread.State.WAITING) {
                Thread.sleep(1);
            }
        }
        long behind = nanosOfRounds();
        wanted.set(true);
        waiters.signalAll();
        for (Thread other : others) {
            other.join();
        }
        assertTrue(behind < 10 * alone + 30_000_000, behind + " ns behind others, " + alone + " ns alone");
    }

    /** Enlists and leaves 2,000 times; the quickest of some attempts. */
    private long nanosOfRounds() throws Exception {
        FutureTask<Long> best = new FutureTask<>(() -> {
            Waiter me = new Waiter();
            long least = Long.MAX_VALUE;
            for (int attempt = 0; attempt < 30; attempt++) {
                long start = System.nanoTime();
                for (int i = 0; i < 2_000; i++) {
                    waiters.await(() -> true, me);
                }
                least = Math.min(least, System.nanoTime() - start);
            }
            return least;
        });
        Thread.startVirtualThread(best);
        return best.get(60, TimeUnit.SECONDS);
    }
}
