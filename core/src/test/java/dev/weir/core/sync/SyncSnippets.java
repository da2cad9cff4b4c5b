package dev.weir.core.sync;

import dev.weir.core.ThrowingFunction;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;

/** The code of this package's documentation. */
final class SyncSnippets {
    private SyncSnippets() {}

    static String bulkhead() throws InterruptedException {
        // @start region="bulkhead"
        ResizableSemaphore bulkhead = ResizableSemaphore.fair(8);
        ThrowingFunction<String, String, RuntimeException> lookup = bulkhead.decorate(SyncSnippets::query);
        String answer = lookup.apply("weir"); // at most 8 at once
        bulkhead.resize(4); // at most 4 from now on, when the calls at work have ended
        // @end
        return answer;
    }

    static void priorities(Runnable answer, Runnable report) throws InterruptedException {
        // @start region="priorities"
        ResizableSemaphore database = ResizableSemaphore.priorities(8, Duration.ofSeconds(1));
        ResizableSemaphore interactive = database.withPriority(10); // passes reports that have waited up to 10 s
        interactive.acquire();
        try {
            answer.run();
        } finally {
            interactive.release();
        }

        database.acquire();
        try {
            report.run();
        } finally {
            database.release();
        }
        // @end
    }

    static String shares(String customer) throws InterruptedException {
        // @start region="shares"
        ResizableSemaphore database = ResizableSemaphore.fairShares(8, Map.of("internal", 3));
        ThrowingFunction<String, String, RuntimeException> lookup =
                database.forTenant(customer).decorate(SyncSnippets::query);
        String answer = lookup.apply("weir"); // a customer that floods waits for itself
        // @end
        return answer;
    }

    static String adaptive() throws InterruptedException {
        // @start region="adaptive"
        AdaptiveLimit limit = AdaptiveLimit.gradient(1, 200).build();
        String answer = limit.call(() -> query("weir")); // waits while the limit is reached

        try (AdaptiveLimit.Permit permit = limit.acquire()) { // or with an outcome of your own
            if (answer.isEmpty()) {
                permit.refused();
            } else {
                permit.succeeded();
            }
        }
        // @end
        return answer;
    }

    private static String query(String name) {
        return "found " + name;
    }

    // @start region="replaced-semaphore"
    static class ReplacedSemaphore { // broken
        volatile Semaphore permits = new Semaphore(1);

        boolean enter() {
            return permits.tryAcquire();
        }

        void leave() {
            permits.release(); // of which semaphore? After a resize, not the one that was entered
        }

        void resize(int size) {
            permits = new Semaphore(size); // and those inside are not counted any more
        }
    }

    // @end

    // @start region="gate"
    static class Worker {
        private final Gate running = Gate.opened();

        void work() throws InterruptedException {
            running.await(); // passes at once unless paused
            // does a piece of work
        }

        void pause() {
            running.close();
        }

        void resume() {
            running.open();
        }
    }

    // @end

    // @start region="replaced-latch"
    static class ReplacedLatch { // broken
        volatile CountDownLatch latch = new CountDownLatch(1);

        void await() throws InterruptedException {
            latch.await();
        }

        void open() {
            latch.countDown();
        }

        void close() {
            latch = new CountDownLatch(1); // if the old one was still closed, those at it wait for ever
        }
    }

    // @end

    static String keyed() throws InterruptedException {
        // @start region="keyed"
        KeyedLock<String> locks = new KeyedLock<>();
        String done = locks.call("account 1", () -> "nobody else is at work on account 1");

        locks.lock("account 2");
        try {
            done += ", nor on account 2";
        } finally {
            locks.unlock("account 2");
        }

        OrderedLocks both = locks.lockForAll(List.of("account 2", "account 1")); // without deadlock
        done += both.call(() -> ", nor on both");
        // @end
        return done;
    }

    static String keyedSemaphore() throws InterruptedException {
        // @start region="keyed-semaphore"
        KeyedSemaphore<String> perHost = new KeyedSemaphore<>(2);
        String page = perHost.call("example.org", () -> "downloaded by one of two at once");
        // @end
        return page;
    }

    // @start region="map-of-locks"
    static class MapOfLocks { // broken
        final ConcurrentHashMap<String, Lock> locks = new ConcurrentHashMap<>();

        Lock of(String key) {
            return locks.computeIfAbsent(key, k -> new ReentrantLock());
        }

        void unlock(String key, Lock lock) {
            lock.unlock(); // somebody who has called of() before may lock it now
            locks.remove(key); // and somebody who calls of() from now on locks another one
        }
    }

    // @end

    static class Account {
        final Lock lock = new ReentrantLock();
        long balance;
    }

    // @start region="ordered"
    static void transfer(Account from, Account to, long amount) throws InterruptedException {
        OrderedLocks.of(from.lock, to.lock).run(() -> {
            from.balance -= amount;
            to.balance += amount;
        });
    }

    // @end

    // @start region="deadlock"
    static void transferOrDeadlock(Account from, Account to, long amount) { // broken
        from.lock.lock();
        to.lock.lock(); // waits for ever, if another thread transfers from "to" to "from"
        from.balance -= amount;
        to.balance += amount;
        to.lock.unlock();
        from.lock.unlock();
    }
    // @end
}
