package dev.weir.core.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.time.ManualTimeSource;
import dev.weir.testkit.Call;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Priorities and fair shares of calls that wait for permits. */
class ClassedSemaphoreTest {
    private final ManualTimeSource time = new ManualTimeSource();
    private final BlockingQueue<String> served = new LinkedBlockingQueue<>();

    /** A thread that waits, and reports when it has got its permits, which it keeps. */
    private Call<Void> waits(ResizableSemaphore semaphore, int permits, String name) {
        int before = semaphore.waiting();
        Call<Void> call = Call.onPlatformThread(() -> {
            semaphore.acquire(permits);
            served.add(name);
            return null;
        });
        Call.until(() -> semaphore.waiting() == before + 1);
        return call;
    }

    private ResizableSemaphore emptyPriorities() {
        ResizableSemaphore semaphore = ResizableSemaphore.priorities(1, Duration.ofSeconds(1), time);
        assertTrue(semaphore.tryAcquire());
        return semaphore;
    }

    private List<String> release(ResizableSemaphore semaphore, int times) throws InterruptedException {
        List<String> order = new ArrayList<>();
        for (int i = 0; i < times; i++) {
            semaphore.release();
            order.add(served.take());
        }
        return order;
    }

    @Test
    void a_call_of_a_higher_priority_is_served_first_but_none_waits_longer_than_its_ageing() throws Exception {
        ResizableSemaphore semaphore = emptyPriorities();
        waits(semaphore, 1, "low");
        waits(semaphore.withPriority(2), 1, "high");
        time.advance(Duration.ofSeconds(2).plusNanos(1));
        waits(semaphore.withPriority(2), 1, "late");
        waits(semaphore.withPriority(3), 1, "higher");
        assertEquals(List.of("high", "higher", "low", "late"), release(semaphore, 4));
        semaphore.release();
        assertEquals(1, semaphore.available());
    }

    @Test
    void calls_of_one_priority_are_served_as_they_came() throws Exception {
        ResizableSemaphore semaphore = emptyPriorities();
        for (int i = 0; i < 5; i++) {
            waits(semaphore.withPriority(7), 1, "" + i);
        }
        assertEquals(List.of("0", "1", "2", "3", "4"), release(semaphore, 5));
    }

    @Test
    void a_call_that_wants_few_does_not_wait_behind_a_lower_one_that_wants_many() throws Exception {
        ResizableSemaphore semaphore = ResizableSemaphore.priorities(3, Duration.ofSeconds(1), time);
        semaphore.acquire(2);
        waits(semaphore, 3, "many");
        assertFalse(semaphore.withPriority(1).tryAcquire(), "what does not wait passes nobody");
        assertTrue(semaphore.withPriority(1).tryAcquire(1, Duration.ofDays(1)));
        assertEquals(0, semaphore.available());
        semaphore.release(3);
        assertEquals("many", served.take());
    }

    @Test
    void the_first_of_all_that_leaves_lets_the_next_in() throws Exception {
        ResizableSemaphore semaphore = ResizableSemaphore.priorities(3, Duration.ofSeconds(1), time);
        semaphore.acquire(2);
        Call<Void> first = waits(semaphore.withPriority(5), 3, "first");
        waits(semaphore, 1, "next");
        first.interrupt();
        first.assertThrew(InterruptedException.class);
        assertEquals("next", served.take());
    }

    /** In a line of shares another call may become the first when one leaves that was not. */
    @Test
    void one_that_was_not_the_first_and_leaves_lets_its_tenants_next_in() throws Exception {
        ResizableSemaphore semaphore = ResizableSemaphore.fairShares(10, Map.of(), time);
        semaphore.acquire(9);
        Call<Void> large = waits(semaphore.forTenant("a"), 9, "large");
        waits(semaphore.forTenant("a"), 1, "small");
        waits(semaphore.forTenant("b"), 2, "other");
        large.interrupt();
        large.assertThrew(InterruptedException.class);
        assertEquals("small", served.take());
    }

    @Test
    void a_tenant_that_floods_gets_its_share() throws Exception {
        ResizableSemaphore semaphore = ResizableSemaphore.fairShares(1, Map.of("paid", 2));
        semaphore.acquire();
        for (int i = 0; i < 6; i++) {
            waits(semaphore.forTenant("free"), 1, "free");
        }
        for (int i = 0; i < 4; i++) {
            waits(semaphore.forTenant("paid"), 1, "paid");
        }
        assertEquals(List.of("paid", "free", "paid", "paid", "free", "paid", "free", "free"), release(semaphore, 8));
        release(semaphore, 2);
    }

    @Test
    void a_call_that_times_out_has_taken_nothing_and_costs_its_tenant_nothing() throws Exception {
        ResizableSemaphore semaphore = ResizableSemaphore.fairShares(1, Map.of(), time);
        semaphore.acquire();
        for (int i = 0; i < 20; i++) {
            Call<Boolean> call =
                    Call.onPlatformThread(() -> semaphore.forTenant("a").tryAcquire(Duration.ofSeconds(1)));
            time.awaitWaiters(1);
            time.advance(Duration.ofSeconds(1));
            assertFalse(call.result());
        }
        waits(semaphore.forTenant("b"), 1, "b");
        waits(semaphore.forTenant("b"), 1, "b again");
        waits(semaphore.forTenant("a"), 1, "a");
        assertEquals(List.of("b", "a", "b again"), release(semaphore, 3));
        semaphore.release();
        assertEquals(1, semaphore.available());
    }

    @Test
    void an_interrupted_thread_takes_nothing_and_an_uninterruptible_wait_keeps_its_place() throws Exception {
        ResizableSemaphore semaphore = emptyPriorities();
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, () -> semaphore.withPriority(1).acquire());
        Call<Void> stays = Call.onPlatformThread(() -> {
            semaphore.withPriority(1).acquireUninterruptibly();
            served.add("stays");
            return null;
        });
        Call.until(() -> semaphore.waiting() == 1);
        stays.interrupt();
        waits(semaphore, 1, "low");
        assertEquals(List.of("stays", "low"), release(semaphore, 2));
        stays.result();
        assertTrue(stays.wasInterruptedAtEnd());
    }

    @Test
    void a_view_shares_all_but_the_class() throws Exception {
        ResizableSemaphore semaphore = emptyPriorities();
        ResizableSemaphore view = semaphore.withPriority(3).forTenant("a");
        assertEquals(0, view.available());
        view.resize(2);
        assertEquals(2, semaphore.size());
        view.release();
        assertEquals(
                "ResizableSemaphore[" + semaphore.name() + ", fair, 2 of 2 available, 0 waiting]",
                semaphore.toString());
        assertThrows(IllegalArgumentException.class, () -> semaphore.withPriority(1_001));
        assertThrows(IllegalArgumentException.class, () -> ResizableSemaphore.priorities(-1, Duration.ofSeconds(1)));
        assertThrows(IllegalArgumentException.class, () -> ResizableSemaphore.priorities(1, Duration.ZERO));
        assertThrows(IllegalArgumentException.class, () -> ResizableSemaphore.fairShares(1, Map.of("a", 0)));
    }

    @Test
    void another_semaphore_ignores_priorities_and_tenants() throws Exception {
        for (ResizableSemaphore semaphore : List.of(ResizableSemaphore.fair(1), ResizableSemaphore.unfair(1))) {
            semaphore.acquire();
            waits(semaphore, 1, "first");
            waits(semaphore.withPriority(9), 1, "second");
            assertEquals("first", release(semaphore, 1).get(0));
            assertEquals("second", release(semaphore, 1).get(0));
        }
    }

    @Test
    void permits_are_conserved_whatever_calls_of_all_classes_do() throws Exception {
        long seed = System.nanoTime();
        System.out.println("permits_are_conserved seed " + seed);
        for (ResizableSemaphore semaphore : List.of(
                ResizableSemaphore.priorities(3, Duration.ofNanos(1_000)),
                ResizableSemaphore.fairShares(3, Map.of("1", 3)))) {
            AtomicInteger held = new AtomicInteger();
            List<Call<Void>> calls = new ArrayList<>();
            for (int t = 0; t < 6; t++) {
                Random random = new Random(seed + t);
                calls.add(Call.onPlatformThread(() -> {
                    for (int i = 0; i < 300; i++) {
                        int permits = 1 + random.nextInt(3);
                        ResizableSemaphore view =
                                semaphore.withPriority(random.nextInt(3)).forTenant("" + random.nextInt(3));
                        if (random.nextInt(10) == 0) {
                            Thread.currentThread().interrupt();
                        }
                        try {
                            boolean timed = random.nextBoolean();
                            if (!timed) {
                                view.acquire(permits);
                            }
                            if (!timed || view.tryAcquire(permits, Duration.ofNanos(random.nextInt(100_000)))) {
                                assertTrue(held.addAndGet(permits) <= 3);
                                Thread.yield();
                                held.addAndGet(-permits);
                                view.release(permits);
                            }
                        } catch (InterruptedException interrupted) {
                            // nothing was taken
                        }
                    }
                    return null;
                }));
            }
            for (Call<Void> call : calls) {
                call.result();
            }
            assertEquals(3, semaphore.available(), "seed " + seed);
            assertEquals(0, semaphore.waiting());
        }
    }
}
