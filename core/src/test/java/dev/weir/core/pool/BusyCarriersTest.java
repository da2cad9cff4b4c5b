package dev.weir.core.pool;

import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.weir.testkit.Call;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Virtual threads that try again and again, as on a full pool, leave no carrier to one that is the first to get the
 * pool's lock. The soak run stood still so.
 */
@Timeout(60)
class BusyCarriersTest {
    @Test
    void a_platform_thread_gets_on_though_a_virtual_one_before_it_finds_no_carrier() throws Exception {
        PoolEngine engine =
                new PoolEngine(WorkerPool.builder("busy").maxWorkers(1).settings(), PoolEvents.NONE);
        AtomicBoolean over = new AtomicBoolean();
        engine.state.lock.lock();
        Call<Void> virtual = Call.start(() -> resize(engine, 2));
        virtual.awaitParked();
        Call<Void> platform = Call.onPlatformThread(() -> resize(engine, 3));
        platform.awaitParked();
        for (int i = 0; i < Runtime.getRuntime().availableProcessors(); i++) {
            Thread.startVirtualThread(() -> {
                while (!over.get()) {
                    Thread.onSpinWait();
                }
            });
        }
        try {
            engine.state.lock.unlock();
            platform.result();
            assertFalse(virtual.isDone());
        } finally {
            over.set(true);
        }
        virtual.result();
    }

    private static Void resize(PoolEngine engine, int workers) {
        engine.control.resizeWorkers(0, workers);
        return null;
    }
}
