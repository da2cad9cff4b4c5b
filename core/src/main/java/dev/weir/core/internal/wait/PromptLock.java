package dev.weir.core.internal.wait;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A reentrant lock that a platform thread gets soon after it is free, whatever is before it in the queue. A
 * {@link ReentrantLock} wakes the first in its queue and nobody else; if that is a virtual thread that finds no
 * carrier, all behind it wait though the lock is free. So a platform thread here tries again every millisecond; virtual
 * threads wait for each other, as they wait for carriers anyway. An interrupt does not end the wait, and is not lost.
 */
public final class PromptLock extends ReentrantLock {
    private static final long serialVersionUID = 1;

    /** A lock that is free. */
    public PromptLock() {}

    /** Takes the lock. */
    @Override
    public void lock() {
        if (!tryLock()) {
            if (Thread.currentThread().isVirtual()) {
                super.lock();
            } else {
                lockInSlices();
            }
        }
    }

    private void lockInSlices() {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    if (tryLock(1, TimeUnit.MILLISECONDS) || tryLock()) {
                        return;
                    }
                } catch (InterruptedException interrupt) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
