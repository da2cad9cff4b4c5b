package dev.weir.channel;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Another buffer; tests change what it does. */
class WrappedBuffer<T> extends Buffer<T> {
    private final Buffer<T> wrapped;

    WrappedBuffer(Buffer<T> wrapped) {
        this.wrapped = wrapped;
    }

    @Override
    long capacity() {
        return wrapped.capacity();
    }

    @Override
    WaitingSide senders() {
        return wrapped.senders();
    }

    @Override
    WaitingSide receivers() {
        return wrapped.receivers();
    }

    @Override
    long sent() {
        return wrapped.sent();
    }

    @Override
    long gone() {
        return wrapped.gone();
    }

    @Override
    SendResult offer(T element) {
        return wrapped.offer(element);
    }

    @Override
    @Nullable
    T poll() {
        return wrapped.poll();
    }

    @Override
    @Nullable
    T pollIfFull() {
        return wrapped.pollIfFull();
    }

    @Override
    @Nullable
    ChannelWaiter enterSend(T element, QueuePosition position, @Nullable SelectLatch choice) {
        return wrapped.enterSend(element, position, choice);
    }

    @Override
    SendResult leaveSend(ChannelWaiter waiter, T element, boolean retry) {
        return wrapped.leaveSend(waiter, element, retry);
    }

    @Override
    @Nullable
    ChannelWaiter enterReceive(QueuePosition position, @Nullable SelectLatch choice, boolean toDrain) {
        return wrapped.enterReceive(position, choice, toDrain);
    }

    @Override
    @Nullable
    T leaveReceive(ChannelWaiter waiter, boolean retry) {
        return wrapped.leaveReceive(waiter, retry);
    }

    @Override
    boolean close(@Nullable Throwable cause) {
        return wrapped.close(cause);
    }

    @Override
    List<T> removeAll() {
        return wrapped.removeAll();
    }

    @Override
    void putBack(T taken) {
        wrapped.putBack(taken);
    }

    @Override
    void beginDrain() {
        wrapped.beginDrain();
    }

    @Override
    void endDrain() {
        wrapped.endDrain();
    }

    @Override
    int size() {
        return wrapped.size();
    }

    @Override
    @Nullable
    T peek() {
        return wrapped.peek();
    }

    @Override
    List<T> snapshot() {
        return wrapped.snapshot();
    }

    @Override
    boolean isClosed() {
        return wrapped.isClosed();
    }

    @Override
    boolean isEnded() {
        return wrapped.isEnded();
    }

    @Override
    @Nullable
    Throwable failure() {
        return wrapped.failure();
    }
}
