package dev.weir.channel;

import dev.weir.core.Deadline;
import dev.weir.core.internal.Callbacks;
import dev.weir.core.internal.FlightEvents;
import dev.weir.core.internal.Interrupts;
import dev.weir.core.internal.wait.Waiter;
import dev.weir.core.internal.wait.Yields;
import dev.weir.core.time.TimeSource;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The waiting operations of a channel: look, yield a little, enter, park, leave with another look, until there is a
 * result.
 */
final class BlockingOperations<T> {
    private static final Logger LOG = LoggerFactory.getLogger(Channel.class);
    private static final FlightEvents<ChannelWaitEvent> WAITS = new FlightEvents<>(ChannelWaitEvent::new);

    final Yields yields = new Yields();
    private final Buffer<T> buffer;
    private final TimeSource time;

    BlockingOperations(Buffer<T> buffer, TimeSource time) {
        this.buffer = buffer;
        this.time = time;
    }

    /** The deadline of a wait that begins now. */
    Deadline after(Duration timeout) {
        return Deadline.after(timeout, time);
    }

    /** {@code SENT} or {@code CLOSED}. */
    SendResult send(T element) throws InterruptedException {
        Interrupts.throwIfInterrupted();
        SendResult result = buffer.senderLimit.isReached() ? SendResult.FULL : buffer.offer(element);
        return result != SendResult.FULL ? result : sendSlowly(element, Deadline.never());
    }

    /** {@code FULL} only at the timeout. */
    SendResult send(T element, Duration timeout) throws InterruptedException {
        Objects.requireNonNull(timeout, "timeout");
        Interrupts.throwIfInterrupted();
        boolean waits = timeout.isPositive();
        SendResult result = waits && buffer.senderLimit.isReached() ? SendResult.FULL : buffer.offer(element);
        return result != SendResult.FULL || !waits ? result : sendSlowly(element, after(timeout));
    }

    private SendResult sendSlowly(T element, Deadline deadline) throws InterruptedException {
        ChannelWaitEvent event = WAITS.begun();
        int yieldsLeft = yields.most();
        int inVain = 0;
        try {
            while (true) {
                if (deadline.isExpired()) {
                    return buffer.offer(element); // a thread that queues behind another may not have looked yet
                }
                SendResult result;
                ChannelWaiter waiter = null;
                if (yieldsLeft > 0 && !buffer.senderLimit.mustQueue(inVain)) {
                    yieldsLeft = yields.once(yieldsLeft);
                    result = Thread.currentThread().isInterrupted() ? SendResult.FULL : buffer.offer(element);
                } else if ((waiter = buffer.enterSend(element, buffer.senderLimit.position(inVain), null)) == null) {
                    result = buffer.offer(element);
                } else {
                    Waiter.End end;
                    try {
                        end = waiter.await(buffer.senders(), deadline);
                    } catch (Throwable failure) { // of the JVM, at the end of its stack for instance
                        result = buffer.leaveSend(waiter, element, false);
                        if (result == SendResult.FULL) {
                            throw failure;
                        }
                        return keep(result, failure);
                    }
                    if (waiter.isSignalled()) {
                        inVain = buffer.senderLimit.woken(inVain);
                    }
                    result = buffer.leaveSend(waiter, element, end != Waiter.End.INTERRUPTED);
                    if (end == Waiter.End.EXPIRED) {
                        return result;
                    }
                }
                if (result != SendResult.FULL) {
                    return result;
                }
                Interrupts.throwIfInterrupted();
            }
        } finally {
            buffer.senderLimit.left(inVain);
            if (event != null) {
                event.end(buffer.name.toString(), "send");
            }
        }
    }

    /** Null at the end. */
    @Nullable
    T receive() throws InterruptedException {
        Interrupts.throwIfInterrupted();
        T element = buffer.receiverLimit.isReached() ? null : buffer.poll();
        return element != null ? element : receiveSlowly(Deadline.never(), false);
    }

    /** Null at the end, and at the timeout. */
    @Nullable
    T receive(Duration timeout) throws InterruptedException {
        Objects.requireNonNull(timeout, "timeout");
        Interrupts.throwIfInterrupted();
        boolean waits = timeout.isPositive();
        T element = waits && buffer.receiverLimit.isReached() ? null : buffer.poll();
        return element != null || !waits ? element : receiveSlowly(after(timeout), false);
    }

    /** As {@link #receive(Duration)}; if there is an element, a drain of the buffer has begun before it was taken. */
    @Nullable
    T receiveToDrain(Duration timeout) throws InterruptedException {
        Interrupts.throwIfInterrupted();
        boolean waits = timeout.isPositive();
        T element = waits && buffer.receiverLimit.isReached() ? null : poll(true);
        return element != null || !waits ? element : receiveSlowly(after(timeout), true);
    }

    private @Nullable T poll(boolean toDrain) {
        return toDrain ? draining(buffer::poll) : buffer.poll();
    }

    private @Nullable T leave(ChannelWaiter waiter, boolean retry, boolean toDrain) {
        return toDrain ? draining(() -> buffer.leaveReceive(waiter, retry)) : buffer.leaveReceive(waiter, retry);
    }

    private @Nullable T draining(Supplier<@Nullable T> taking) {
        T element = null;
        buffer.beginDrain();
        try {
            element = taking.get();
            return element;
        } finally {
            if (element == null) {
                buffer.endDrain();
            }
        }
    }

    private @Nullable T receiveSlowly(Deadline deadline, boolean toDrain) throws InterruptedException {
        ChannelWaitEvent event = WAITS.begun();
        int yieldsLeft = yields.most();
        int inVain = 0;
        try {
            while (true) {
                if (deadline.isExpired()) {
                    return poll(toDrain); // a thread that queues behind another may not have looked yet
                }
                if (buffer.isEnded()) {
                    return null;
                }
                T element;
                ChannelWaiter waiter = null;
                if (yieldsLeft > 0 && !buffer.receiverLimit.mustQueue(inVain)) {
                    yieldsLeft = yields.once(yieldsLeft);
                    element = Thread.currentThread().isInterrupted() ? null : poll(toDrain);
                } else if ((waiter = buffer.enterReceive(buffer.receiverLimit.position(inVain), null, toDrain))
                        == null) {
                    element = poll(toDrain);
                } else {
                    Waiter.End end;
                    try {
                        end = waiter.await(buffer.receivers(), deadline);
                    } catch (Throwable failure) { // of the JVM, at the end of its stack for instance
                        element = leave(waiter, false, toDrain);
                        if (element == null) {
                            throw failure;
                        }
                        return keep(element, failure);
                    }
                    if (waiter.isSignalled()) {
                        inVain = buffer.receiverLimit.woken(inVain);
                    }
                    element = leave(waiter, end != Waiter.End.INTERRUPTED, toDrain);
                    if (end == Waiter.End.EXPIRED) {
                        return element;
                    }
                }
                if (element != null) {
                    return element;
                }
                Interrupts.throwIfInterrupted();
            }
        } finally {
            buffer.receiverLimit.left(inVain);
            if (event != null) {
                event.end(buffer.name.toString(), "receive");
            }
        }
    }

    /** The result of a rendezvous that had taken place when the wait for it failed, and that is not undone. */
    static <R> R keep(R result, Throwable failure) {
        Callbacks.error(LOG, "a wait of a channel failed", failure);
        return result;
    }
}
