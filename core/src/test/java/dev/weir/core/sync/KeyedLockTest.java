package dev.weir.core.sync;

import static dev.weir.testkit.Call.until;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.sync.SyncSnippets.MapOfLocks;
import dev.weir.testkit.Call;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class KeyedLockTest {
    private final KeyedLock<String> locks = new KeyedLock<>();

    private boolean isFreeForOthers(String key) throws Exception {
        return Call.start(() -> {
                    boolean locked = locks.tryLock(key);
                    if (locked) {
                        locks.unlock(key);
                    }
                    return locked;
                })
                .result();
    }

    @Test
    void documentation_tells_the_truth() throws Exception {
        assertEquals("nobody else is at work on account 1, nor on account 2, nor on both", SyncSnippets.keyed());
        MapOfLocks broken = new MapOfLocks();
        Lock first = broken.of("key");
        first.lock();
        Lock lookedUp = broken.of("key");
        broken.unlock("key", first);
        assertNotSame(lookedUp, broken.of("key"), "two locks for one key, which this example is about");
    }

    @Test
    void equal_keys_exclude_each_other_and_others_do_not() throws Exception {
        locks.lock("a");
        assertTrue(locks.isHeldByCurrentThread(new String("a")));
        assertFalse(isFreeForOthers(new String("a")));
        assertTrue(isFreeForOthers("b"));
        locks.unlock(new String("a"));
        assertFalse(locks.isHeldByCurrentThread("a"));
        assertTrue(isFreeForOthers("a"));
        assertEquals(0, locks.activeKeys());
    }

    @Test
    void a_lock_is_reentrant_in_every_form() throws Exception {
        locks.lock("a");
        locks.lockInterruptibly("a");
        assertTrue(locks.tryLock("a"));
        assertTrue(locks.tryLock("a", Duration.ZERO));
        for (int i = 0; i < 4; i++) {
            assertFalse(isFreeForOthers("a"));
            locks.unlock("a");
        }
        assertTrue(isFreeForOthers("a"));
        assertThrows(IllegalMonitorStateException.class, () -> locks.unlock("a"));
        assertEquals(0, locks.activeKeys());
    }

    @Test
    void a_foreign_unlock_is_refused_and_changes_nothing() throws Exception {
        IllegalMonitorStateException unknown =
                assertThrows(IllegalMonitorStateException.class, () -> locks.unlock("a"));
        assertTrue(unknown.getMessage().endsWith("does not hold the lock of key a"), unknown::getMessage);
        assertEquals(0, locks.activeKeys());
        locks.lock("a");
        Call.run(() -> locks.unlock("a")).assertThrew(IllegalMonitorStateException.class);
        assertTrue(locks.isHeldByCurrentThread("a"));
        locks.unlock("a");
    }

    @Test
    void a_key_that_changes_while_it_is_locked_is_lost_as_documented() {
        KeyedLock<List<String>> byList = new KeyedLock<>();
        List<String> key = new ArrayList<>(List.of("a"));
        byList.lock(key);
        key.add("b");
        assertThrows(IllegalMonitorStateException.class, () -> byList.unlock(key));
        assertEquals(1, byList.activeKeys());
        key.remove("b");
        byList.unlock(key);
        assertEquals(0, byList.activeKeys());
    }

    @Test
    void tasks_hold_the_lock_and_free_it_even_if_they_throw() throws Exception {
        assertTrue(locks.call("a", () -> locks.isHeldByCurrentThread("a")));
        locks.run("a", () -> assertFalse(isFree("a")));
        assertThrows(
                IOException.class,
                () -> locks.run("a", () -> {
                    throw new IOException("expected by this test");
                }));
        assertThrows(
                AssertionError.class,
                () -> locks.call("a", () -> {
                    throw new AssertionError("expected by this test");
                }));
        assertEquals(0, locks.activeKeys());
    }

    private boolean isFree(String key) {
        try {
            return isFreeForOthers(key);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void a_task_that_gets_no_lock_does_not_run() {
        Thread.currentThread().interrupt();
        assertThrows(
                InterruptedException.class,
                () -> locks.run("a", () -> {
                    throw new AssertionError("ran");
                }));
        assertEquals(0, locks.activeKeys());
    }

    @Test
    void a_million_keys_leave_nothing_behind() {
        KeyedLock<Integer> many = new KeyedLock<>();
        int million = 1_000_000;
        for (int i = 0; i < million; i++) {
            many.lock(i);
            many.unlock(i);
        }
        assertEquals(0, many.activeKeys());
        for (int i = 0; i < million; i++) {
            many.lock(i);
        }
        assertEquals(million, many.activeKeys());
        for (int i = 0; i < million; i++) {
            many.unlock(i);
        }
        assertEquals(0, many.activeKeys());
    }

    @Test
    void the_lock_of_a_key_is_a_lock_of_the_jdk() throws Exception {
        Lock lock = locks.lockFor("a");
        lock.lock();
        lock.lockInterruptibly();
        assertTrue(lock.tryLock());
        assertTrue(lock.tryLock(1, java.util.concurrent.TimeUnit.NANOSECONDS));
        for (int i = 0; i < 4; i++) {
            assertTrue(locks.isHeldByCurrentThread("a"));
            lock.unlock();
        }
        assertThrows(IllegalMonitorStateException.class, lock::unlock);
        assertThrows(UnsupportedOperationException.class, lock::newCondition);
        assertEquals(lock, locks.lockFor(new String("a")));
        assertNotEquals(lock, locks.lockFor("b"));
        assertNotEquals(lock, new KeyedLock<String>().lockFor("a"));
        assertEquals(0, locks.activeKeys());
    }

    @Test
    void null_arguments_are_refused() {
        assertThrows(NullPointerException.class, () -> locks.lock(null));
        assertThrows(NullPointerException.class, () -> locks.lockInterruptibly(null));
        assertThrows(NullPointerException.class, () -> locks.tryLock(null));
        assertThrows(NullPointerException.class, () -> locks.tryLock("a", null));
        assertThrows(NullPointerException.class, () -> locks.tryLock(null, Duration.ZERO));
        assertThrows(NullPointerException.class, () -> locks.unlock(null));
        assertThrows(NullPointerException.class, () -> locks.lockFor(null));
        assertThrows(NullPointerException.class, () -> locks.call("a", null));
        assertThrows(NullPointerException.class, () -> locks.run("a", null));
        assertThrows(NullPointerException.class, () -> new KeyedLock<>(null));
        assertEquals(0, locks.activeKeys());
    }

    @Test
    void text_tells_how_many_keys_are_in_use_and_which_are_waited_for() throws Exception {
        locks.lock("a");
        assertEquals(
                "KeyedLock[accounts, 1 active keys]", locks.named("accounts").toString());
        assertEquals("accounts", locks.name());
        assertTrue(new KeyedLock<String>().name().matches("keyed-lock-[0-9]+"));
        assertThrows(IllegalArgumentException.class, () -> locks.named(""));
        Call<Void> waiting = Call.run(() -> locks.lock("a"));
        until(() -> LockSupport.getBlocker(waiting.thread()) == locks);
        assertTrue(locks.toString()
                .matches("KeyedLock\\[accounts, 1 active keys; key a: held by .*, 1 waiting: thread #.* for .*S]"));
    }
}
