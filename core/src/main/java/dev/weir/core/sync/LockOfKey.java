package dev.weir.core.sync;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;

/** A key of a {@link KeyedLock} as the JDK's interface. */
record LockOfKey<K>(KeyedLock<K> locks, K key) implements Lock {
    @Override
    public void lock() {
        locks.lock(key);
    }

    @Override
    public void lockInterruptibly() throws InterruptedException {
        locks.lockInterruptibly(key);
    }

    @Override
    public boolean tryLock() {
        return locks.tryLock(key);
    }

    @Override
    public boolean tryLock(long timeout, TimeUnit unit) throws InterruptedException {
        return locks.tryLock(key, Duration.ofNanos(unit.toNanos(timeout)));
    }

    @Override
    public void unlock() {
        locks.unlock(key);
    }

    @Override
    public Condition newCondition() {
        throw new UnsupportedOperationException("the lock of a key has no conditions");
    }

    long pin() {
        return locks.pin(key);
    }

    void unpin() {
        locks.unpin(key);
    }
}
