package dev.weir.core.sync;

import static dev.weir.testkit.Call.uninterrupted;
import static dev.weir.testkit.Call.until;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.time.ManualTimeSource;
import dev.weir.core.time.TimeSource;
import dev.weir.testkit.Call;
import dev.weir.testkit.CapturedLog;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class KeyedLockWaitingTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final ManualTimeSource time = new ManualTimeSource(Long.MAX_VALUE - 5);
    private final KeyedLock<String> locks = new KeyedLock<>(time);

    /** A call that waits for a key, and so has its place in the line. */
    private <T> Call<T> parked(Callable<T> body) {
        Call<T> call = Call.start(body);
        until(() -> LockSupport.getBlocker(call.thread()) == locks);
        return call;
    }

    /** Waits for key a, and frees it. */
    private Call<Boolean> waiting() {
        return parked(() -> {
            locks.lockInterruptibly("a");
            locks.unlock("a");
            return true;
        });
    }

    @Test
    void those_who_wait_are_served_in_order_of_arrival() throws Exception {
        List<Integer> order = new CopyOnWriteArrayList<>();
        List<Call<Boolean>> calls = new ArrayList<>();
        locks.lock("a");
        for (int i = 0; i < 20; i++) {
            int number = i;
            calls.add(parked(() -> {
                locks.run("a", () -> order.add(number));
                return true;
            }));
        }
        assertEquals(1, locks.activeKeys());
        locks.unlock("a");
        for (Call<Boolean> call : calls) {
            call.result();
        }
        assertEquals(IntStream.range(0, 20).boxed().toList(), order);
        assertEquals(0, locks.activeKeys());
    }

    @Test
    void one_who_is_woken_in_vain_rests_again() throws Exception {
        locks.lock("a");
        for (int i = 0; i < 100; i++) {
            Call<Boolean> call = waiting();
            locks.unlock("a");
            locks.lock("a"); // before the other has woken, mostly
            call.assertRests();
            locks.unlock("a");
            assertTrue(call.result());
            locks.lock("a");
        }
        locks.unlock("a");
        assertEquals(0, locks.activeKeys());
    }

    @Test
    void a_timeout_is_never_early_and_leaves_nothing() throws Exception {
        locks.lock("a");
        Call<Boolean> call = Call.start(() -> locks.tryLock("a", SECOND));
        time.awaitWaiters(1);
        time.advance(SECOND.minusNanos(1));
        assertFalse(call.isDone());
        time.advance(Duration.ofNanos(1));
        assertFalse(call.result());
        locks.unlock("a");
        assertEquals(0, locks.activeKeys());
    }

    @Test
    void a_key_that_is_freed_in_time_is_taken() throws Exception {
        locks.lock("a");
        Call<Boolean> call = Call.start(() -> {
            boolean locked = locks.tryLock("a", SECOND);
            locks.unlock("a");
            return locked;
        });
        time.awaitWaiters(1);
        time.advance(SECOND.minusNanos(1));
        locks.unlock("a");
        assertTrue(call.result());
        assertEquals(0, time.waiters());
        assertEquals(0, locks.activeKeys());
    }

    @Test
    void a_timeout_of_zero_or_less_does_not_wait_and_an_endless_one_does() throws Exception {
        locks.lock("a");
        assertFalse(Call.start(() -> locks.tryLock("a", Duration.ZERO)).result());
        assertFalse(Call.start(() -> locks.tryLock("a", SECOND.negated())).result());
        Call<Boolean> call = parked(() -> locks.tryLock("a", Duration.ofSeconds(Long.MAX_VALUE)));
        assertEquals(0, time.waiters());
        locks.unlock("a");
        assertTrue(call.result());
    }

    @Test
    void an_interrupt_before_the_call_throws_even_if_the_key_is_free() {
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, () -> locks.lockInterruptibly("a"));
        assertFalse(Thread.interrupted());
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, () -> locks.tryLock("a", SECOND));
        assertFalse(Thread.interrupted());
        assertEquals(0, locks.activeKeys());
    }

    @Test
    void an_interrupt_during_the_wait_throws_and_leaves_nothing() throws Exception {
        locks.lock("a");
        Call<Boolean> untimed = waiting();
        Call<Boolean> timed = parked(() -> locks.tryLock("a", SECOND.multipliedBy(2)));
        Call<Boolean> stays = waiting();
        untimed.thread().interrupt();
        timed.thread().interrupt();
        untimed.assertThrew(InterruptedException.class);
        timed.assertThrew(InterruptedException.class);
        assertEquals(0, time.waiters());
        locks.unlock("a");
        assertTrue(stays.result());
        assertEquals(0, locks.activeKeys());
    }

    @Test
    void an_uninterruptible_wait_goes_on_and_keeps_the_interrupt() throws Exception {
        locks.lock("a");
        Call<Boolean> call = parked(() -> {
            locks.lock("a");
            locks.unlock("a");
            return true;
        });
        call.thread().interrupt();
        until(() -> call.thread().getState() == Thread.State.WAITING);
        locks.unlock("a");
        assertTrue(call.result());
        assertTrue(call.wasInterruptedAtEnd());
    }

    /** Random locks, timeouts and interrupts on few keys: never two inside, and at the end no entry is left. */
    @Test
    void keys_exclude_and_are_freed_under_load() throws Exception {
        long seed = System.nanoTime();
        System.out.println("keys_exclude_and_are_freed seed " + seed);
        KeyedLock<Integer> keyed = new KeyedLock<>();
        int keys = 3;
        long[] plain = new long[keys];
        List<Call<long[]>> calls = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            Random random = new Random(seed + i);
            calls.add(Call.start(() -> {
                long[] own = new long[keys];
                for (int j = 0; j < 5_000; j++) {
                    int key = random.nextInt(keys);
                    if (lockSomehow(keyed, key, random)) {
                        plain[key]++;
                        own[key]++;
                        if (random.nextInt(4) == 0) {
                            Thread.yield();
                        }
                        keyed.unlock(key);
                    }
                }
                return own;
            }));
        }
        Random random = new Random(~seed);
        while (calls.stream().anyMatch(call -> !call.isDone())) {
            calls.get(random.nextInt(calls.size())).thread().interrupt();
            Thread.sleep(0, 100_000);
        }
        long[] sum = new long[keys];
        for (Call<long[]> call : calls) {
            long[] own = call.result();
            for (int k = 0; k < keys; k++) {
                sum[k] += own[k];
            }
        }
        for (int k = 0; k < keys; k++) {
            assertEquals(sum[k], plain[k]);
        }
        assertEquals(0, keyed.activeKeys());
    }

    private static boolean lockSomehow(KeyedLock<Integer> keyed, int key, Random random) {
        try {
            switch (random.nextInt(4)) {
                case 0 -> keyed.lock(key);
                case 1 -> keyed.lockInterruptibly(key);
                case 2 -> {
                    return keyed.tryLock(key);
                }
                default -> {
                    return keyed.tryLock(key, Duration.ofNanos(random.nextInt(100_000)));
                }
            }
            return true;
        } catch (InterruptedException expected) {
            return false;
        }
    }

    @Test
    void a_clock_that_refuses_to_wait_ends_the_wait_and_leaves_nobody_in_the_line() throws Exception {
        CountDownLatch held = new CountDownLatch(1);
        CountDownLatch refused = new CountDownLatch(1);
        Call<Boolean> holder = Call.start(() -> {
            locks.lock("a");
            held.countDown();
            refused.await();
            locks.unlock("a");
            return true;
        });
        held.await();
        List<Boolean> locked = new ArrayList<>();
        List<String> log = CapturedLog.during(TimeSource.class, () -> {
            time.schedule(() -> locked.add(uninterrupted(() -> locks.tryLock("a", SECOND))), SECOND);
            time.advance(SECOND);
        });
        assertEquals(List.of(false), locked);
        assertEquals(1, log.size(), log::toString);
        refused.countDown();
        holder.result();
        assertEquals(0, locks.activeKeys());
    }
}
