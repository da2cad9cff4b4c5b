package dev.weir.channel;

import dev.weir.core.internal.StackRoom;
import dev.weir.core.internal.ring.MpmcRing;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A buffer of a fixed number of slots. */
final class RingBuffer<T> extends IndexedBuffer<T> {
    private final MpmcRing<T> ring;

    RingBuffer(int capacity) {
        super(capacity);
        ring = new MpmcRing<>(capacity);
    }

    @Override
    SendResult offer(T element) {
        long t = ring.offer(this, element);
        if (t < 0) {
            if (t == MpmcRing.FULL) {
                saw(capacity);
                return SendResult.FULL;
            }
            return SendResult.CLOSED;
        }
        if ((t & WAITING) != 0) {
            receivers.signal();
        }
        return SendResult.SENT;
    }

    @Override
    @Nullable
    T poll() {
        int tries = 0;
        while (true) {
            long h = head();
            if ((h & RETURNED) != 0) {
                T element = pollReturned();
                if (element != null) {
                    return element;
                }
                continue;
            }
            look(h);
            T element = pollAt(h);
            if (element != null || isEmptyAt(h)) {
                return element;
            }
            tries = pause(tries);
        }
    }

    @Override
    @Nullable
    T pollAt(long h) {
        if ((h & (WAITING | AWAITED)) == 0) {
            return ring.poll(this, h);
        }
        StackRoom.check(); // before the element is taken: what comes then must not end half-way
        T element = ring.poll(this, h);
        if (element != null) {
            tookFrom(h);
        }
        return element;
    }

    @Override
    boolean isLongerThan(long length, long h) {
        return length < capacity && ring.isPublished(position(h) + length);
    }

    @Override
    T takeClaimed(long position) {
        return ring.takeClaimed(position);
    }

    @Override
    void peek(long from, long to, List<T> target) {
        ring.peek(from, to, target);
    }
}
