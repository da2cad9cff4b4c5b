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
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class ResizableSemaphoreWaitingTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final ManualTimeSource time = new ManualTimeSource(Long.MAX_VALUE - 5);
    private final ResizableSemaphore fair = ResizableSemaphore.fair(0, time);
    private final ResizableSemaphore unfair = ResizableSemaphore.unfair(0, time);

    private ResizableSemaphore semaphore(boolean isFair) {
        return isFair ? fair : unfair;
    }

    private static <T> Call<T> waiting(ResizableSemaphore semaphore, java.util.concurrent.Callable<T> body) {
        int before = semaphore.waiting();
        Call<T> call = Call.start(body);
        until(() -> semaphore.waiting() == before + 1);
        return call;
    }

    private static Call<Integer> acquiring(ResizableSemaphore semaphore, int permits) {
        return waiting(semaphore, () -> {
            semaphore.acquire(permits);
            return permits;
        });
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void growing_lets_all_in_who_fit(boolean isFair) throws Exception {
        ResizableSemaphore semaphore = semaphore(isFair);
        List<Call<Integer>> calls = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            calls.add(acquiring(semaphore, 1));
        }
        semaphore.resize(9);
        until(() -> semaphore.available() == 0);
        assertEquals(1, semaphore.waiting());
        semaphore.release();
        for (Call<Integer> call : calls) {
            call.result();
        }
        assertEquals(0, semaphore.available());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void a_release_after_a_shrink_wakes_nobody_until_there_is_a_permit_again(boolean isFair) throws Exception {
        ResizableSemaphore semaphore = semaphore(isFair);
        semaphore.resize(3);
        semaphore.acquire(3);
        Call<Boolean> call = waiting(semaphore, () -> semaphore.tryAcquire(SECOND));
        semaphore.resize(1);
        semaphore.release(2);
        assertEquals(0, semaphore.available());
        assertEquals(1, semaphore.waiting());
        semaphore.release();
        assertTrue(call.result());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void one_who_is_woken_in_vain_rests_again(boolean isFair) throws Exception {
        ResizableSemaphore semaphore = semaphore(isFair);
        Call<Integer> call = acquiring(semaphore, 2);
        for (int i = 0; i < 100; i++) {
            semaphore.resize(2);
            semaphore.resize(1);
            call.assertRests();
            if (call.isDone()) {
                semaphore.release(2);
                call = acquiring(semaphore, 2);
            }
        }
        semaphore.resize(2);
        call.result();
    }

    @Test
    void a_fair_semaphore_serves_in_order_of_arrival() throws Exception {
        List<Integer> order = new CopyOnWriteArrayList<>();
        List<Call<Boolean>> calls = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            int number = i;
            calls.add(waiting(fair, () -> {
                fair.acquire();
                order.add(number);
                fair.release();
                return true;
            }));
        }
        fair.resize(1);
        for (Call<Boolean> call : calls) {
            call.result();
        }
        assertEquals(java.util.stream.IntStream.range(0, 20).boxed().toList(), order);
    }

    @Test
    void nobody_passes_the_head_of_a_fair_semaphore() throws Exception {
        fair.resize(2);
        Call<Integer> large = acquiring(fair, 3);
        assertFalse(fair.tryAcquire());
        assertFalse(fair.tryAcquire(Duration.ZERO));
        Call<Integer> small = acquiring(fair, 1);
        fair.resize(3);
        large.result();
        assertFalse(small.isDone());
        fair.release(3);
        small.result();
    }

    @Test
    void a_small_claim_passes_a_large_one_in_an_unfair_semaphore() throws Exception {
        unfair.resize(2);
        Call<Integer> large = acquiring(unfair, 3);
        assertTrue(unfair.tryAcquire(2));
        Call<Integer> small = acquiring(unfair, 1);
        unfair.release(2);
        small.result();
        unfair.resize(4);
        large.result();
        assertEquals(0, unfair.available());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void a_timeout_is_never_early_and_takes_nothing(boolean isFair) throws Exception {
        ResizableSemaphore semaphore = semaphore(isFair);
        Call<Boolean> call = Call.start(() -> semaphore.tryAcquire(2, SECOND));
        time.awaitWaiters(1);
        time.advance(SECOND.minusNanos(1));
        assertFalse(call.isDone());
        time.advance(Duration.ofNanos(1));
        assertFalse(call.result());
        semaphore.resize(2);
        assertEquals(2, semaphore.available());
        assertEquals(0, semaphore.waiting());
    }

    @Test
    void a_permit_in_time_is_taken() throws Exception {
        Call<Boolean> call = Call.start(() -> fair.tryAcquire(SECOND));
        time.awaitWaiters(1);
        time.advance(SECOND.minusNanos(1));
        fair.resize(1);
        assertTrue(call.result());
        assertEquals(0, time.waiters());
    }

    @Test
    void when_the_large_head_gives_up_those_behind_it_move_up() throws Exception {
        fair.resize(1);
        Call<Boolean> timed = Call.start(() -> fair.tryAcquire(2, SECOND));
        time.awaitWaiters(1);
        Call<Integer> behind = acquiring(fair, 1);
        time.advance(SECOND);
        assertFalse(timed.result());
        behind.result();
        Call<Integer> interrupted = acquiring(fair, 2);
        Call<Integer> next = acquiring(fair, 1);
        fair.release();
        assertFalse(next.isDone());
        interrupted.thread().interrupt();
        interrupted.assertThrew(InterruptedException.class);
        next.result();
    }

    @Test
    void a_timeout_of_zero_or_less_does_not_wait_and_an_endless_one_does() throws Exception {
        assertFalse(fair.tryAcquire(Duration.ZERO));
        assertFalse(fair.tryAcquire(SECOND.negated()));
        assertFalse(fair.tryAcquire(Duration.ofSeconds(Long.MIN_VALUE)));
        assertEquals(0, fair.waiting());
        Call<Boolean> call = waiting(fair, () -> fair.tryAcquire(Duration.ofSeconds(Long.MAX_VALUE)));
        fair.resize(1);
        assertTrue(call.result());
        fair.release();
        assertTrue(fair.tryAcquire(Duration.ZERO));
    }

    @Test
    void an_interrupt_before_the_call_throws_even_if_there_are_permits() {
        fair.resize(1);
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, fair::acquire);
        assertFalse(Thread.interrupted());
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, () -> fair.tryAcquire(SECOND));
        assertFalse(Thread.interrupted());
        assertEquals(1, fair.available());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void an_interrupt_during_the_wait_throws_and_takes_nothing(boolean isFair) throws Exception {
        ResizableSemaphore semaphore = semaphore(isFair);
        Call<Integer> untimed = acquiring(semaphore, 1);
        Call<Boolean> timed = waiting(semaphore, () -> semaphore.tryAcquire(SECOND));
        untimed.thread().interrupt();
        timed.thread().interrupt();
        untimed.assertThrew(InterruptedException.class);
        timed.assertThrew(InterruptedException.class);
        assertEquals(0, semaphore.waiting());
        assertEquals(0, semaphore.available());
        assertEquals(0, time.waiters());
    }

    @Test
    void an_uninterruptible_wait_goes_on_and_keeps_the_interrupt() throws Exception {
        Call<Boolean> before = waiting(fair, () -> {
            Thread.currentThread().interrupt();
            fair.acquireUninterruptibly();
            return true;
        });
        Call<Boolean> during = waiting(fair, () -> {
            fair.acquireUninterruptibly();
            return true;
        });
        during.thread().interrupt();
        fair.resize(2);
        assertTrue(before.result());
        assertTrue(during.result());
        assertTrue(before.wasInterruptedAtEnd());
        assertTrue(during.wasInterruptedAtEnd());
    }

    /** Random acquires, timeouts, cancels and resizes: at the end every permit is there. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void permits_are_conserved_and_the_limit_is_kept_under_load(boolean isFair) throws Exception {
        long seed = System.nanoTime();
        System.out.println("permits_are_conserved seed " + seed);
        ResizableSemaphore semaphore = isFair ? ResizableSemaphore.fair(5) : ResizableSemaphore.unfair(5);
        int most = 8;
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger worst = new AtomicInteger();
        List<Call<Void>> calls = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            Random random = new Random(seed + i);
            calls.add(Call.run(() -> {
                for (int j = 0; j < 2_000; j++) {
                    useSome(semaphore, random, inside, worst);
                }
            }));
        }
        Random random = new Random(~seed);
        while (calls.stream().anyMatch(call -> !call.isDone())) {
            semaphore.resize(1 + random.nextInt(most));
            calls.get(random.nextInt(calls.size())).thread().interrupt();
            Thread.sleep(0, 100_000);
            semaphore.resize(most);
        }
        for (Call<Void> call : calls) {
            call.result();
        }
        semaphore.resize(7);
        assertEquals(7, semaphore.available());
        assertEquals(0, semaphore.waiting());
        assertTrue(worst.get() <= most, () -> worst + " inside at once");
    }

    private static void useSome(
            ResizableSemaphore semaphore, Random random, AtomicInteger inside, AtomicInteger worst) {
        int permits = 1 + random.nextInt(3);
        try {
            switch (random.nextInt(4)) {
                case 0 -> semaphore.acquire(permits);
                case 1 -> semaphore.acquireUninterruptibly(permits);
                case 2 -> {
                    if (!semaphore.tryAcquire(permits)) {
                        return;
                    }
                }
                default -> {
                    if (!semaphore.tryAcquire(permits, Duration.ofNanos(random.nextInt(100_000)))) {
                        return;
                    }
                }
            }
        } catch (InterruptedException expected) {
            return;
        }
        worst.accumulateAndGet(inside.addAndGet(permits), Math::max);
        Thread.yield();
        inside.addAndGet(-permits);
        semaphore.release(permits);
    }

    @Test
    void a_clock_that_refuses_to_wait_ends_the_wait_and_leaves_nobody_in_the_line() throws Exception {
        List<Boolean> taken = new ArrayList<>();
        List<String> log = CapturedLog.during(TimeSource.class, () -> {
            time.schedule(() -> taken.add(uninterrupted(() -> fair.tryAcquire(SECOND))), SECOND);
            time.advance(SECOND);
        });
        assertEquals(List.of(false), taken);
        assertEquals(1, log.size(), log::toString);
        assertEquals(0, fair.waiting());
        fair.resize(1);
        assertTrue(fair.tryAcquire());
    }
}
