package dev.weir.pipeline;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.internal.wait.Waiter;
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
    private final StageWaiters waiters = new StageWaiters();
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
}
