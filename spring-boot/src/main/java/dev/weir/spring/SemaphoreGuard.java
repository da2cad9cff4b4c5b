package dev.weir.spring;

import dev.weir.core.sync.KeyedSemaphore;
import dev.weir.core.sync.ResizableSemaphore;
import java.time.Duration;

/** A permit of a semaphore. */
record SemaphoreGuard(String name, Semaphore semaphore, Wait maxWait) implements Guard {
    /** Of all, or of a key. */
    interface Semaphore {
        boolean tryAcquire();

        boolean tryAcquire(Duration timeout) throws InterruptedException;

        void release();
    }

    record OfAll(ResizableSemaphore semaphore) implements Semaphore {
        @Override
        public boolean tryAcquire() {
            return semaphore.tryAcquire();
        }

        @Override
        public boolean tryAcquire(Duration timeout) throws InterruptedException {
            return semaphore.tryAcquire(timeout);
        }

        @Override
        public void release() {
            semaphore.release();
        }
    }

    record OfKey(KeyedSemaphore<String> semaphore, String key) implements Semaphore {
        @Override
        public boolean tryAcquire() {
            return semaphore.tryAcquire(key);
        }

        @Override
        public boolean tryAcquire(Duration timeout) throws InterruptedException {
            return semaphore.tryAcquire(key, timeout);
        }

        @Override
        public void release() {
            semaphore.release(key);
        }
    }

    @Override
    public void enter() throws InterruptedException {
        if (!(maxWait.isNone() ? semaphore.tryAcquire() : semaphore.tryAcquire(maxWait.duration()))) {
            throw new ConcurrencyLimitExceededException(name);
        }
    }

    @Override
    public boolean enterNow() {
        boolean entered = semaphore.tryAcquire();
        if (!entered && maxWait.isNone()) {
            throw new ConcurrencyLimitExceededException(name);
        }
        return entered;
    }

    @Override
    public boolean answersAtOnce() {
        return true;
    }

    @Override
    public void undo() {
        semaphore.release();
    }

    @Override
    public void exit() {
        semaphore.release();
    }
}
