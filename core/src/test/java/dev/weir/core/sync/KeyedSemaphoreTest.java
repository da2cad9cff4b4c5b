package dev.weir.core.sync;

import static dev.weir.testkit.Call.until;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.time.ManualTimeSource;
import dev.weir.testkit.Call;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class KeyedSemaphoreTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final ManualTimeSource time = new ManualTimeSource(Long.MAX_VALUE - 5);
    private final KeyedSemaphore<String> semaphore = new KeyedSemaphore<>(2, time);

    @Test
    void each_key_has_its_permits_and_an_idle_key_is_forgotten() throws Exception {
        assertEquals(2, semaphore.available("a"));
        semaphore.acquire("a");
        assertTrue(semaphore.tryAcquire(new String("a")));
        assertFalse(semaphore.tryAcquire("a"));
        assertFalse(semaphore.tryAcquire("a", Duration.ZERO));
        assertEquals(0, semaphore.available("a"));
        assertTrue(semaphore.tryAcquire("b", SECOND));
        assertEquals(2, semaphore.activeKeys());
        assertEquals("KeyedSemaphore[" + semaphore.name() + ", 2 permits a key, 2 active keys]", semaphore.toString());
        semaphore.release("a");
        assertEquals(1, semaphore.available("a"));
        semaphore.release("a");
        semaphore.release("b");
        assertEquals(0, semaphore.activeKeys());
        assertEquals(2, semaphore.size());
    }

    @Test
    void a_permit_that_nobody_holds_is_not_released() {
        assertThrows(IllegalStateException.class, () -> semaphore.release("a"));
        assertTrue(semaphore.tryAcquire("a"));
        semaphore.release("a");
        assertThrows(IllegalStateException.class, () -> semaphore.release("a"));
        assertEquals(0, semaphore.activeKeys());
        assertEquals(2, semaphore.available("a"));
    }

    private <T> Call<T> waiting(String key, Callable<T> body) {
        int before = semaphore.waiting(key);
        Call<T> call = Call.start(body);
        until(() -> semaphore.waiting(key) == before + 1);
        return call;
    }

    @Test
    void permits_go_to_waiting_calls_in_their_order_of_arrival_and_nobody_passes_them() throws Exception {
        semaphore.acquire("a");
        semaphore.acquire("a");
        List<Integer> order = new CopyOnWriteArrayList<>();
        List<Call<Boolean>> calls = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            int number = i;
            calls.add(waiting("a", () -> {
                semaphore.acquire("a");
                order.add(number);
                semaphore.release("a");
                return true;
            }));
        }
        assertTrue(semaphore.tryAcquire("b"));
        semaphore.release("a");
        for (Call<Boolean> call : calls) {
            assertTrue(call.result());
        }
        assertEquals(IntStream.range(0, 10).boxed().toList(), order);
        semaphore.release("a");
        semaphore.release("b");
        assertEquals(0, semaphore.activeKeys());
    }

    @Test
    void an_interrupt_before_or_in_the_wait_takes_nothing() throws Exception {
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, () -> semaphore.acquire("a"));
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, () -> semaphore.tryAcquire("a", SECOND));
        assertEquals(0, semaphore.activeKeys());
        Thread.currentThread().interrupt();
        assertTrue(semaphore.tryAcquire("a"));
        assertTrue(Thread.interrupted());
        semaphore.acquire("a");
        Call<Void> untimed = waiting("a", () -> {
            semaphore.acquire("a");
            return null;
        });
        untimed.interrupt();
        untimed.assertThrew(InterruptedException.class);
        Call<Boolean> timed = waiting("a", () -> semaphore.tryAcquire("a", SECOND));
        timed.interrupt();
        timed.assertThrew(InterruptedException.class);
        assertEquals(0, semaphore.waiting("a"));
        semaphore.release("a");
        semaphore.release("a");
        assertEquals(0, semaphore.activeKeys());
    }

    @Test
    void a_timed_call_waits_on_the_given_clock_and_leaves_nothing_behind() throws Exception {
        semaphore.acquire("a");
        semaphore.acquire("a");
        Call<Boolean> call = waiting("a", () -> semaphore.tryAcquire("a", SECOND));
        time.awaitWaiters(1);
        time.advance(SECOND.minusNanos(1));
        call.assertRests();
        time.advance(Duration.ofNanos(1));
        assertFalse(call.result());
        semaphore.release("a");
        semaphore.release("a");
        assertEquals(0, semaphore.activeKeys());
    }

    @Test
    void a_task_has_a_permit_and_gives_it_back_however_it_ends() throws Exception {
        assertEquals(1, semaphore.call("a", () -> semaphore.available("a")));
        IOException thrown = new IOException();
        assertSame(
                thrown,
                assertThrows(
                        IOException.class,
                        () -> semaphore.run("a", () -> {
                            throw thrown;
                        })));
        assertEquals(0, semaphore.activeKeys());
        assertEquals("downloaded by one of two at once", SyncSnippets.keyedSemaphore());
    }

    @Test
    void never_more_than_the_permits_are_held_and_all_come_back() throws Exception {
        long seed = System.nanoTime();
        System.out.println("never_more_than_the_permits_are_held seed " + seed);
        KeyedSemaphore<Integer> keyed = new KeyedSemaphore<>(2);
        AtomicIntegerArray held = new AtomicIntegerArray(3);
        List<Call<Boolean>> calls = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            Random random = new Random(seed + i);
            calls.add(Call.start(() -> {
                for (int n = 0; n < 2_000; n++) {
                    int key = random.nextInt(3);
                    boolean taken = random.nextBoolean()
                            ? keyed.tryAcquire(key)
                            : keyed.tryAcquire(key, Duration.ofNanos(random.nextInt(20_000)));
                    if (taken) {
                        int now = held.incrementAndGet(key);
                        if (now > 2) {
                            throw new AssertionError(now + " hold key " + key + ", seed " + seed);
                        }
                        if (random.nextInt(4) == 0) {
                            Thread.yield();
                        }
                        held.decrementAndGet(key);
                        keyed.release(key);
                    }
                }
                return true;
            }));
        }
        for (Call<Boolean> call : calls) {
            assertTrue(call.result());
        }
        assertEquals(0, keyed.activeKeys());
    }

    @Test
    void bad_input_is_refused() {
        assertThrows(IllegalArgumentException.class, () -> new KeyedSemaphore<>(0));
        assertThrows(NullPointerException.class, () -> new KeyedSemaphore<>(1, null));
        assertThrows(NullPointerException.class, () -> semaphore.acquire(null));
        assertThrows(NullPointerException.class, () -> semaphore.tryAcquire(null));
        assertThrows(NullPointerException.class, () -> semaphore.tryAcquire(null, SECOND));
        assertThrows(NullPointerException.class, () -> semaphore.tryAcquire("a", null));
        assertThrows(NullPointerException.class, () -> semaphore.release(null));
        assertThrows(NullPointerException.class, () -> semaphore.call("a", null));
        assertThrows(NullPointerException.class, () -> semaphore.run("a", null));
        assertEquals(0, semaphore.activeKeys());
    }
}
