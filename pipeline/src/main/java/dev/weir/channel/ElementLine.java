package dev.weir.channel;

/** The receivers that wait for an element of an {@link IndexedBuffer}. Its mark is a flag in the tail. */
final class ElementLine extends WaitList {
    private final IndexedBuffer<?> buffer;

    ElementLine(IndexedBuffer<?> buffer) {
        this.buffer = buffer;
    }

    @Override
    boolean available() {
        return available(buffer.tail());
    }

    private boolean available(long t) {
        return !buffer.isEmptyAtTail(t) || ((t & IndexedBuffer.CLOSED) != 0 && buffer.isEndedAt(t));
    }

    @Override
    boolean mark() {
        while (true) {
            long t = buffer.tail();
            if (available(t)) {
                return false;
            }
            // The head was at the tail, and cannot be beyond it as long as the tail is t.
            if (buffer.moveTail(t, t | IndexedBuffer.WAITING)) {
                return true;
            }
        }
    }

    @Override
    void unmark() {
        buffer.unflagTail(IndexedBuffer.WAITING);
    }

    @Override
    String what() {
        return "Channel " + buffer.name + ": an element";
    }
}
