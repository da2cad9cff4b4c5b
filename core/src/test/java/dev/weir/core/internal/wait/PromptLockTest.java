package dev.weir.core.internal.wait;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.testkit.Call;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class PromptLockTest {
    private final PromptLock lock = new PromptLock();
    private int guarded;

    private Void increment() {
        lock.lock();
        try {
            guarded++;
        } finally {
            lock.unlock();
        }
        return null;
    }

    @Test
    void one_thread_at_a_time_has_it_and_that_one_again() throws Exception {
        lock.lock();
        assertTrue(lock.tryLock());
        assertFalse(Call.onPlatformThread(lock::tryLock).result());
        Call<Void> platform = Call.onPlatformThread(this::increment);
        Call<Void> virtual = Call.start(this::increment);
        platform.awaitParked();
        virtual.awaitParked();
        lock.unlock();
        platform.awaitParked();
        assertFalse(virtual.isDone());
        lock.unlock();
        platform.result();
        virtual.result();
        lock.lock();
        assertEquals(2, guarded);
        lock.unlock();
    }

    @Test
    void an_interrupt_does_not_end_the_wait_and_is_not_lost() throws Exception {
        assertTrue(locked(true).wasInterruptedAtEnd());
        assertTrue(locked(false).wasInterruptedAtEnd());
    }

    private Call<Void> locked(boolean platform) throws Exception {
        lock.lock();
        Call<Void> call = platform ? Call.onPlatformThread(this::increment) : Call.start(this::increment);
        call.awaitParked();
        call.interrupt();
        lock.unlock();
        call.result();
        return call;
    }

    /** As if all carriers were busy. */
    @Test
    void a_platform_thread_does_not_wait_for_a_virtual_one_that_does_not_run() throws Exception {
        lock.lock();
        Call<Void> virtual = Call.start(this::increment);
        virtual.awaitParked();
        Call<Void> platform = Call.onPlatformThread(this::increment);
        platform.awaitParked();
        int carriers = Runtime.getRuntime().availableProcessors();
        CountDownLatch busy = new CountDownLatch(carriers);
        AtomicBoolean over = new AtomicBoolean();
        for (int i = 0; i < carriers; i++) {
            Thread.startVirtualThread(() -> {
                busy.countDown();
                while (!over.get()) {
                    Thread.onSpinWait();
                }
            });
        }
        try {
            busy.await();
            lock.unlock();
            platform.result();
            assertFalse(virtual.isDone());
        } finally {
            over.set(true);
        }
        virtual.result();
    }
}
