package dev.weir.channel;

import static dev.weir.core.internal.ring.Positions.position;

/** The senders that wait for room in an {@link IndexedBuffer}. Its mark is a flag in the head. */
final class RoomLine extends WaitList {
    private final IndexedBuffer<?> buffer;

    RoomLine(IndexedBuffer<?> buffer) {
        this.buffer = buffer;
    }

    @Override
    boolean available() {
        long t = buffer.tail();
        return (t & IndexedBuffer.CLOSED) != 0 || position(t) - position(buffer.head()) < buffer.capacity;
    }

    @Override
    boolean mark() {
        while (true) {
            long t = buffer.tail();
            long h = buffer.head();
            if ((t & IndexedBuffer.CLOSED) != 0 || position(t) - position(h) < buffer.capacity) {
                return false;
            }
            // The tail is at least t and so the buffer full as long as the head is h.
            if (buffer.moveHead(h, h | IndexedBuffer.WAITING)) {
                return true;
            }
        }
    }

    @Override
    void unmark() {
        buffer.unflagHead(IndexedBuffer.WAITING);
    }

    @Override
    String what() {
        return "Channel " + buffer.name + ": room in a buffer of " + buffer.capacity;
    }
}
