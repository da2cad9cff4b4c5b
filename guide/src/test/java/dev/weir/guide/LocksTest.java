package dev.weir.guide;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.sync.Gate;
import dev.weir.core.sync.KeyedLock;
import dev.weir.core.sync.OrderedLocks;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The code of docs/guide/locks-and-shared-state.md. */
@Timeout(60)
class LocksTest {
    private static void meet(CyclicBarrier barrier) {
        try {
            barrier.await(20, TimeUnit.SECONDS);
        } catch (Exception failure) {
            throw new IllegalStateException(failure);
        }
    }

    private static void runTwice(Runnable task) throws InterruptedException {
        Thread first = Thread.ofPlatform().start(task);
        Thread second = Thread.ofPlatform().start(task);
        first.join();
        second.join();
    }

    // @start region="race"
    static class Shop { // broken
        int stock = 1;
        int sold;

        void buy(Runnable charge) {
            if (stock > 0) { // both threads see 1 ...
                charge.run(); // ... while the other one is here
                stock--;
                sold++;
            }
        }
    }

    // @end

    // @start region="race-fixed"
    static class SafeShop {
        private final Lock lock = new ReentrantLock();
        private int stock = 1;
        private int sold;

        void buy(Runnable charge) {
            lock.lock();
            try {
                if (stock == 0) {
                    return;
                }
                stock--; // look and act in one step
                sold++;
            } finally {
                lock.unlock();
            }
            charge.run(); // foreign code runs without the lock
        }
    }

    // @end

    @Test
    void a_race_sells_one_piece_twice() throws Exception {
        Shop broken = new Shop();
        CyclicBarrier both = new CyclicBarrier(2);
        AtomicInteger chargedTwice = new AtomicInteger();
        runTwice(() -> broken.buy(() -> {
            chargedTwice.incrementAndGet();
            meet(both);
        }));
        assertEquals(2, chargedTwice.get()); // for one piece
        assertTrue(broken.stock < 1 && broken.sold >= 1);

        SafeShop safe = new SafeShop();
        AtomicInteger charged = new AtomicInteger();
        runTwice(() -> safe.buy(charged::incrementAndGet));
        assertEquals(1, charged.get());
        assertEquals(1, safe.sold);
        assertEquals(0, safe.stock);
    }

    /** What money is moved between. */
    static final class Account {
        final ReentrantLock lock = new ReentrantLock();
        long balance = 100;
    }

    // @start region="deadlock"
    static void transfer(Account from, Account to, long amount, Runnable log) throws InterruptedException { // broken
        from.lock.lockInterruptibly();
        try {
            log.run(); // meanwhile another thread has locked "to" and waits for "from"
            to.lock.lockInterruptibly();
            try {
                from.balance -= amount;
                to.balance += amount;
            } finally {
                to.lock.unlock();
            }
        } finally {
            from.lock.unlock();
        }
    }

    // @end

    @Test
    void two_transfers_in_opposite_directions_wait_for_each_other() throws Exception {
        Account a = new Account();
        Account b = new Account();
        CyclicBarrier both = new CyclicBarrier(2);
        CountDownLatch stopped = new CountDownLatch(2);
        List<Thread> threads = new ArrayList<>();
        for (List<Account> pair : List.of(List.of(a, b), List.of(b, a))) {
            threads.add(Thread.ofPlatform().start(() -> {
                try {
                    transfer(pair.get(0), pair.get(1), 10, () -> meet(both));
                } catch (InterruptedException stop) {
                    stopped.countDown();
                }
            }));
        }
        long[] found = null;
        while (found == null) {
            // @start region="deadlock-found"
            long[] deadlocked = ManagementFactory.getThreadMXBean().findDeadlockedThreads(); // null if there are none
            // @end
            found = deadlocked;
        }
        assertEquals(2, found.length);
        threads.forEach(Thread::interrupt);
        for (Thread thread : threads) {
            thread.join();
        }
        assertTrue(stopped.getCount() < 2); // the other one may have got its lock then
    }

    // @start region="deadlock-order"
    static void transferInOrder(Account from, Account to, long amount) throws InterruptedException {
        OrderedLocks both = OrderedLocks.of(from.lock, to.lock); // in one global order, however they are named
        both.run(() -> {
            from.balance -= amount;
            to.balance += amount;
        });
    }

    // @end

    // @start region="deadlock-timeout"
    static boolean transferInTime(Account from, Account to, long amount, Duration patience)
            throws InterruptedException {
        OrderedLocks both = OrderedLocks.of(from.lock, to.lock);
        if (!both.tryLock(patience)) {
            return false; // holds neither: the caller may try again, or say so
        }
        try {
            from.balance -= amount;
            to.balance += amount;
            return true;
        } finally {
            both.unlock();
        }
    }

    // @end

    @Test
    void locks_in_order_or_in_time_do_not_deadlock() throws Exception {
        Account a = new Account();
        Account b = new Account();
        Thread there = Thread.ofPlatform().start(() -> repeat(() -> transferInOrder(a, b, 1)));
        repeat(() -> transferInOrder(b, a, 1));
        there.join();
        assertEquals(100, a.balance);
        assertTrue(transferInTime(a, b, 10, Duration.ofSeconds(20)));
        assertEquals(90, a.balance);

        CountDownLatch held = new CountDownLatch(1);
        CountDownLatch done = new CountDownLatch(1);
        Thread holder = Thread.ofPlatform().start(() -> {
            b.lock.lock();
            held.countDown();
            try {
                repeatOnce(done);
            } finally {
                b.lock.unlock();
            }
        });
        held.await();
        assertFalse(transferInTime(a, b, 10, Duration.ofMillis(20)));
        assertFalse(a.lock.isLocked());
        done.countDown();
        holder.join();
    }

    private static void repeatOnce(CountDownLatch done) {
        try {
            done.await();
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        }
    }

    /** A task that may be interrupted. */
    private interface Step {
        void run() throws InterruptedException;
    }

    private static void repeat(Step step) {
        try {
            for (int i = 0; i < 1_000; i++) {
                step.run();
            }
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        }
    }

    // @start region="event-naive"
    static class Event { // broken
        volatile CountDownLatch latch = new CountDownLatch(1);

        void await() throws InterruptedException {
            latch.await();
        }

        void set() {
            latch.countDown();
        }

        void clear() {
            latch = new CountDownLatch(1); // a thread that waits at the old one waits for ever
        }
    }

    // @end

    @Test
    void a_replaced_latch_forgets_those_that_wait() throws Exception {
        Event event = new Event();
        Thread waiting = Thread.ofPlatform().start(() -> {
            try {
                event.await();
            } catch (InterruptedException stop) {
                Thread.currentThread().interrupt();
            }
        });
        while (waiting.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        event.clear();
        event.set();
        assertEquals(Thread.State.WAITING, waiting.getState());
        waiting.interrupt();
        waiting.join();
    }

    @Test
    void a_gate_opens_and_closes() throws Exception {
        List<String> log = new ArrayList<>();
        // @start region="event"
        Gate connected = Gate.closed();
        Thread sender = Thread.ofVirtual().start(() -> {
            try {
                connected.await(); // also with a timeout; passes at once while the gate is open
                log.add("sent");
            } catch (InterruptedException stop) {
                log.add("stopped");
            }
        });
        connected.open(); // all that wait pass, even if it is closed before they wake
        connected.close(); // later ones wait
        // @end
        if (!sender.join(Duration.ofMillis(50))) { // it came after the close
            connected.open();
            sender.join();
        }
        assertEquals(List.of("sent"), log);
    }

    // @start region="reentrant-naive"
    static class Counters {
        private final ReentrantLock lock = new ReentrantLock();
        private int total;

        void add(int count, int limit) {
            lock.lock();
            if (total + count > limit) {
                throw new IllegalStateException("too many"); // and the lock stays locked
            }
            total += count;
            lock.unlock();
        }
    }

    // @end

    // @start region="reentrant"
    static class Inventory {
        private final KeyedLock<String> locks = new KeyedLock<>();
        private final ConcurrentHashMap<String, Integer> pieces = new ConcurrentHashMap<>();

        int add(String item, int count) throws InterruptedException {
            return locks.call(item, () -> {
                pieces.put(item, get(item) + count);
                return get(item);
            }); // unlocked however it ends
        }

        int get(String item) throws InterruptedException {
            return locks.call(item, () -> pieces.getOrDefault(item, 0)); // reentrant: the thread has it already
        }
    }

    // @end

    @Test
    void a_lock_is_unlocked_however_its_code_ends() throws Exception {
        Counters naive = new Counters();
        naive.add(1, 10);
        try {
            naive.add(100, 10);
        } catch (IllegalStateException tooMany) {
            assertTrue(naive.lock.isLocked());
        }
        assertEquals(3, new Inventory().add("tea", 3));
    }

    // @start region="keyed-naive"
    static class LockPerKey { // broken
        private final ConcurrentHashMap<String, Lock> locks = new ConcurrentHashMap<>();

        Lock of(String key) {
            return locks.computeIfAbsent(key, k -> new ReentrantLock());
        }

        void unlock(String key, Lock lock) {
            lock.unlock();
            locks.remove(key); // a thread that waits for this lock and one that comes now have two locks
        }
    }

    // @end

    @Test
    void a_map_of_locks_has_two_locks_for_one_key() {
        LockPerKey naive = new LockPerKey();
        Lock first = naive.of("account 1");
        first.lock();
        Lock waiting = naive.of("account 1"); // of a second thread
        naive.unlock("account 1", first);
        assertNotNull(waiting);
        assertFalse(waiting == naive.of("account 1"));
    }

    @Test
    void a_keyed_lock_has_one_lock_for_one_key() throws Exception {
        List<String> done = new ArrayList<>();
        // @start region="keyed"
        KeyedLock<String> locks = new KeyedLock<>();
        locks.run("account 1", () -> done.add("one at a time on account 1"));
        if (locks.tryLock("account 2", Duration.ofSeconds(1))) {
            try {
                done.add("others work on account 1 meanwhile");
            } finally {
                locks.unlock("account 2");
            }
        }
        locks.lockForAll(List.of("account 2", "account 1")).run(() -> done.add("both, without deadlock"));
        // @end
        assertEquals(3, done.size());
        assertEquals(0, locks.activeKeys());
    }
}
