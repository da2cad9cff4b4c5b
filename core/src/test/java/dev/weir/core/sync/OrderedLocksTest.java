package dev.weir.core.sync;

import static dev.weir.testkit.Call.until;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.sync.SyncSnippets.Account;
import dev.weir.core.time.ManualTimeSource;
import dev.weir.core.time.TimeSource;
import dev.weir.testkit.Call;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class OrderedLocksTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final ManualTimeSource time = new ManualTimeSource(Long.MAX_VALUE - 5);
    private final KeyedLock<String> keyed = new KeyedLock<>(time);
    private final List<String> events = new CopyOnWriteArrayList<>();
    private final ReentrantLock a = new Told("a");
    private final ReentrantLock b = new Told("b");
    private final ReentrantLock c = new Told("c");

    /** a before b before c. */
    private final Comparator<Object> byName = Comparator.comparing(lock -> ((Told) lock).name);

    /** Tells of the takes that succeed and of the unlocks. */
    private final class Told extends ReentrantLock {
        private static final long serialVersionUID = 1;
        final String name;

        Told(String name) {
            this.name = name;
        }

        private boolean tell(boolean taken) {
            if (taken) {
                events.add("+" + name);
            }
            return taken;
        }

        @Override
        public void lock() {
            super.lock();
            tell(true);
        }

        @Override
        public void lockInterruptibly() throws InterruptedException {
            super.lockInterruptibly();
            tell(true);
        }

        @Override
        public boolean tryLock() {
            return tell(super.tryLock());
        }

        @Override
        public boolean tryLock(long timeout, TimeUnit unit) throws InterruptedException {
            return tell(super.tryLock(timeout, unit));
        }

        @Override
        public void unlock() {
            super.unlock();
            events.add("-" + name);
        }
    }

    private OrderedLocks all(Lock... locks) {
        return OrderedLocks.of(Arrays.asList(locks), time, byName);
    }

    private static void inAnotherThread(Call.Body body) throws Exception {
        Call.run(body).result();
    }

    @Test
    void documentation_tells_the_truth() throws Exception {
        Account from = new Account();
        Account to = new Account();
        SyncSnippets.transfer(from, to, 5);
        SyncSnippets.transferOrDeadlock(from, to, 1);
        assertEquals(-6, from.balance);
        assertEquals(6, to.balance);

        to.lock.lock();
        Call<Void> stuck = Call.run(() -> SyncSnippets.transferOrDeadlock(from, to, 1));
        until(((ReentrantLock) to.lock)::hasQueuedThreads);
        assertFalse(from.lock.tryLock(), "it holds one and waits for the other, which this example is about");
        to.lock.unlock();
        stuck.result();
    }

    @Test
    void locks_are_taken_in_one_order_and_released_in_reverse() throws Exception {
        OrderedLocks locks = all(c, a, b, a);
        List<String> expected = List.of("+a", "+b", "+c", "-c", "-b", "-a");
        locks.lock();
        locks.unlock();
        assertEquals(expected, events);
        events.clear();
        locks.lockInterruptibly();
        locks.unlock();
        assertEquals(expected, events);
        events.clear();
        assertTrue(locks.tryLock());
        locks.unlock();
        assertEquals(expected, events);
        events.clear();
        assertTrue(locks.tryLock(Duration.ZERO));
        locks.unlock();
        assertEquals(expected, events);
    }

    @Test
    void several_locks_of_several_locks_are_one_order() {
        OrderedLocks locks = all(c, all(b, a), keyed.lockForAll(List.of("k")), keyed.lockFor("k"));
        locks.lock();
        assertTrue(keyed.isHeldByCurrentThread("k"));
        locks.unlock();
        assertEquals(List.of("+a", "+b", "+c", "-c", "-b", "-a"), events);
        assertEquals("OrderedLocks[3 locks, 1 keys]", locks.toString());
        assertEquals(0, keyed.activeKeys());
    }

    @Test
    void keys_have_one_order_for_all_who_want_them_at_a_time() throws Exception {
        keyed.lock("pinned by being held");
        KeyedLock<String> other = new KeyedLock<>();
        long first = keyed.pin("z");
        long second = other.pin("y");
        assertTrue(first < second);
        assertEquals(first, keyed.pin("z"));
        keyed.unpin("z");
        keyed.lock("z");
        keyed.unpin("z");
        assertEquals(first, keyed.pin("z"), "held, and so it keeps its number");
        keyed.unlock("z");
        assertEquals(first, keyed.pin("z"), "pinned, and so it keeps its number");
        keyed.unpin("z");
        keyed.unpin("z");
        assertEquals(1, keyed.activeKeys());
        assertTrue(keyed.pin("z") > second, "forgotten, and so it has a new one");
    }

    @Test
    void keys_named_in_opposite_order_are_taken_in_one() throws Exception {
        for (List<String> numbered : List.of(List.of("k", "l"), List.of("l", "k"))) {
            numbered.forEach(keyed::pin);
            String last = numbered.get(1);
            keyed.lock(last);
            List<Call<Void>> calls = new ArrayList<>();
            for (List<String> named : List.of(List.of("k", "l"), List.of("l", "k"), List.of("k", "l"))) {
                Call<Void> call = Call.run(() -> {
                    OrderedLocks locks = keyed.lockForAll(named);
                    locks.lock();
                    locks.unlock();
                });
                until(() -> LockSupport.getBlocker(call.thread()) == keyed);
                calls.add(call);
            }
            assertFalse(keyed.tryLock(numbered.get(0)), "one of them has taken the key with the lower number");
            keyed.unlock(last);
            for (Call<Void> call : calls) {
                call.result();
            }
            numbered.forEach(keyed::unpin);
            assertEquals(0, keyed.activeKeys());
        }
    }

    @Test
    void a_try_that_fails_releases_in_reverse_what_it_took() throws Exception {
        inAnotherThread(() -> {
            c.lock();
            events.clear();
        });
        OrderedLocks locks = all(c, b, a);
        assertFalse(locks.tryLock());
        assertEquals(List.of("+a", "+b", "-b", "-a"), events);
        events.clear();
        assertFalse(locks.tryLock(Duration.ZERO));
        assertFalse(locks.tryLock(-1, TimeUnit.DAYS));
        assertTrue(all(a, keyed.lockFor("k")).tryLock(Duration.ofSeconds(Long.MAX_VALUE)));
        all(a, keyed.lockFor("k")).unlock();
        assertEquals(List.of("+a", "+b", "-b", "-a", "+a", "+b", "-b", "-a", "+a", "-a"), events);
    }

    @Test
    void a_timeout_is_for_all_locks_together_and_leaves_nothing_taken() throws Exception {
        OrderedLocks locks = OrderedLocks.of(List.of(a, keyed.lockFor("k1"), keyed.lockFor("k2")), time);
        long one = keyed.pin("k1");
        assertTrue(one < keyed.pin("k2"));
        keyed.lock("k1");
        keyed.lock("k2");
        Call<Boolean> call = Call.start(() -> locks.tryLock(SECOND));
        time.awaitWaiters(1);
        time.advance(SECOND.minusNanos(1));
        keyed.unlock("k1");
        until(() -> keyed.toString().contains("key k2: held by"));
        time.awaitWaiters(1);
        assertFalse(call.isDone());
        time.advance(Duration.ofNanos(1));
        assertFalse(call.result());
        assertEquals(List.of("+a", "-a"), events);
        assertTrue(keyed.tryLock("k1"));
        keyed.unlock("k1");
        keyed.unlock("k2");
        keyed.unpin("k1");
        keyed.unpin("k2");
        assertEquals(0, keyed.activeKeys());
    }

    @Test
    void an_interrupt_before_the_call_throws_and_takes_nothing() {
        OrderedLocks locks = all(a, b);
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, locks::lockInterruptibly);
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, () -> locks.tryLock(SECOND));
        assertFalse(Thread.interrupted());
        assertEquals(List.of(), events);
    }

    @Test
    void an_interrupt_during_the_wait_throws_and_releases_in_reverse_what_was_taken() throws Exception {
        keyed.lock("k");
        OrderedLocks locks = all(b, a, keyed.lockFor("k"));
        for (boolean timed : new boolean[] {false, true}) {
            events.clear();
            Call<Void> call = Call.run(() -> {
                if (timed) {
                    locks.tryLock(SECOND);
                } else {
                    locks.lockInterruptibly();
                }
            });
            until(() -> events.size() == 2 && call.thread().getState() == Thread.State.WAITING);
            call.thread().interrupt();
            call.assertThrew(InterruptedException.class);
            assertEquals(List.of("+a", "+b", "-b", "-a"), events);
        }
        keyed.unlock("k");
        assertEquals(0, keyed.activeKeys());
    }

    @Test
    void an_uninterruptible_wait_goes_on_and_keeps_the_interrupt() throws Exception {
        keyed.lock("k");
        OrderedLocks locks = keyed.lockForAll(List.of("k", "l"));
        Call<Void> call = Call.run(() -> {
            Thread.currentThread().interrupt();
            locks.lock();
            locks.unlock();
        });
        until(() -> call.thread().getState() == Thread.State.WAITING);
        keyed.unlock("k");
        call.result();
        assertTrue(call.wasInterruptedAtEnd());
        assertEquals(0, keyed.activeKeys());
    }

    @Test
    void what_was_held_before_stays_held_if_the_rest_cannot_be_had() throws Exception {
        inAnotherThread(b::lock);
        a.lock();
        assertFalse(all(a, b).tryLock());
        assertEquals(1, a.getHoldCount());
    }

    /** A lock that throws. */
    private record Broken(RuntimeException onLock, RuntimeException onUnlock) implements Lock {
        @Override
        public void lock() {
            if (onLock != null) {
                throw onLock;
            }
        }

        @Override
        public void lockInterruptibly() {
            lock();
        }

        @Override
        public boolean tryLock() {
            lock();
            return true;
        }

        @Override
        public boolean tryLock(long time, TimeUnit unit) {
            return tryLock();
        }

        @Override
        public void unlock() {
            throw onUnlock;
        }

        @Override
        public Condition newCondition() {
            throw new UnsupportedOperationException();
        }
    }

    @Test
    void a_lock_that_throws_does_not_keep_the_others_locked() {
        RuntimeException onLock = new IllegalStateException("lock, expected by this test");
        RuntimeException onUnlock = new IllegalStateException("unlock, expected by this test");
        Broken unlockable = new Broken(null, onUnlock);
        Broken unlockableToo = new Broken(null, onUnlock);
        List<Lock> order = List.of(a, unlockable, b, unlockableToo, new Broken(onLock, null));
        OrderedLocks locks = OrderedLocks.of(order, TimeSource.system(), Comparator.comparingInt(order::indexOf));
        assertSame(onLock, assertThrows(IllegalStateException.class, locks::lock));
        assertEquals(List.of(onUnlock), List.of(onLock.getSuppressed()));
        assertEquals(List.of("+a", "+b", "-b", "-a"), events);
    }

    @Test
    void a_foreign_unlock_is_refused_and_one_s_own_locks_are_unlocked() throws Exception {
        OrderedLocks locks = all(a, b);
        locks.lock();
        Call.run(locks::unlock).assertThrew(IllegalMonitorStateException.class);
        assertTrue(a.isHeldByCurrentThread() && b.isHeldByCurrentThread());
        b.unlock();
        assertThrows(IllegalMonitorStateException.class, locks::unlock);
        assertFalse(a.isLocked() || b.isLocked());
    }

    @Test
    void tasks_hold_all_locks_and_free_them_even_if_they_throw() throws Exception {
        OrderedLocks locks = all(a, b);
        assertTrue(locks.call(() -> a.isHeldByCurrentThread() && b.isHeldByCurrentThread()));
        locks.run(() -> assertTrue(a.isHeldByCurrentThread()));
        assertThrows(
                IOException.class,
                () -> locks.run(() -> {
                    throw new IOException("expected by this test");
                }));
        assertFalse(a.isLocked() || b.isLocked());
    }

    @Test
    void bad_arguments_are_refused() {
        assertEquals(
                "locks must not be empty",
                assertThrows(IllegalArgumentException.class, OrderedLocks::of).getMessage());
        assertThrows(IllegalArgumentException.class, () -> keyed.lockForAll(List.of()));
        assertThrows(NullPointerException.class, () -> OrderedLocks.of(a, null));
        assertThrows(NullPointerException.class, () -> OrderedLocks.of(List.of(a), null));
        assertThrows(NullPointerException.class, () -> all(a).run(null));
        assertThrows(NullPointerException.class, () -> all(a).call(null));
        assertThrows(NullPointerException.class, () -> all(a).tryLock(null));
        assertThrows(UnsupportedOperationException.class, all(a)::newCondition);
    }

    /** Random sets of locks and keys, in random order, all hash codes colliding: no deadlock, and exclusion. */
    @Test
    void nobody_deadlocks_under_load() throws Exception {
        long seed = System.nanoTime();
        System.out.println("nobody_deadlocks seed " + seed);
        IdentityOrder colliding = new IdentityOrder(lock -> 0);
        KeyedLock<Integer> keys = new KeyedLock<>();
        int each = 3;
        List<Lock> pool = new ArrayList<>();
        IntStream.range(0, each).forEach(i -> pool.add(new ReentrantLock()));
        IntStream.range(0, each).forEach(i -> pool.add(keys.lockFor(i)));
        long[] plain = new long[pool.size()];
        List<Call<long[]>> calls = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            Random random = new Random(seed + i);
            calls.add(Call.start(() -> {
                long[] own = new long[pool.size()];
                for (int j = 0; j < 1_000; j++) {
                    List<Integer> chosen = new ArrayList<>(
                            IntStream.range(0, pool.size()).boxed().toList());
                    Collections.shuffle(chosen, random);
                    chosen = chosen.subList(0, 1 + random.nextInt(4));
                    OrderedLocks locks =
                            OrderedLocks.of(chosen.stream().map(pool::get).toList(), TimeSource.system(), colliding);
                    if (takeSomehow(locks, random)) {
                        for (int k : chosen) {
                            plain[k]++;
                            own[k]++;
                        }
                        locks.unlock();
                    }
                }
                return own;
            }));
        }
        Random random = new Random(~seed);
        while (calls.stream().anyMatch(call -> !call.isDone())) {
            calls.get(random.nextInt(calls.size())).thread().interrupt();
            Thread.sleep(1);
        }
        long[] sum = new long[pool.size()];
        for (Call<long[]> call : calls) {
            long[] own = call.result();
            for (int k = 0; k < own.length; k++) {
                sum[k] += own[k];
            }
        }
        assertEquals(Arrays.toString(sum), Arrays.toString(plain));
        assertEquals(0, keys.activeKeys());
        assertTrue(pool.subList(0, each).stream().noneMatch(lock -> ((ReentrantLock) lock).isLocked()));
    }

    private static boolean takeSomehow(OrderedLocks locks, Random random) {
        try {
            switch (random.nextInt(4)) {
                case 0 -> locks.lock();
                case 1 -> locks.lockInterruptibly();
                case 2 -> {
                    return locks.tryLock();
                }
                default -> {
                    return locks.tryLock(Duration.ofNanos(random.nextInt(200_000)));
                }
            }
            return true;
        } catch (InterruptedException expected) {
            return false;
        }
    }
}
