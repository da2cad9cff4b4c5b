package dev.weir.channel;

import dev.weir.core.internal.wait.YieldLock;

/** One side of a {@link RendezvousBuffer}, whose waiters are guarded by the buffer's lock. */
final class RendezvousSide implements WaitingSide {
    private final RendezvousBuffer<?> buffer;
    private final String waitsFor;
    private final YieldLock lock;
    private final ChannelWaiters waiters;

    RendezvousSide(RendezvousBuffer<?> buffer, String waitsFor, YieldLock lock, ChannelWaiters waiters) {
        this.buffer = buffer;
        this.waitsFor = waitsFor;
        this.lock = lock;
        this.waiters = waiters;
    }

    @Override
    public int size() {
        lock.lock();
        try {
            return waiters.size();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public String toString() {
        String what = "Channel " + buffer.name + ": " + waitsFor + ", ";
        lock.lock();
        try {
            return what + waiters;
        } finally {
            lock.unlock();
        }
    }
}
