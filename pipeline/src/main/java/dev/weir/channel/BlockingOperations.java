package dev.weir.channel;

import dev.weir.core.internal.wait.Yields;
import dev.weir.core.time.TimeSource;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The waiting operations of a channel: look, yield a little, enter, park, leave with another look, until there is a
 * result.
 *
 * <p>An operation without a timeout parks without one, always: on JDK 25 before 25.0.3, a virtual thread may stay parked
 * for ever in an untimed park that follows a timed one (JDK-8369227).
 */
final class BlockingOperations<T> {
    private static final Logger LOG = LoggerFactory.getLogger(Channel.class);

    /** An untimed wait. */
    static final long FOREVER = -1;

    /**
     * How often a thread may be woken and find nothing, as others came first. After that the others queue behind it
     * until it is done, so that nobody starves.
     */
    private static final int PATIENCE = 8;

    final Yields yields = new Yields();
    private final Buffer<T> buffer;
    private final TimeSource time;

    BlockingOperations(Buffer<T> buffer, TimeSource time) {
        this.buffer = buffer;
        this.time = time;
    }

    /** {@code FULL} only at the timeout. */
    SendResult send(T element, long nanos) throws InterruptedException {
        throwIfInterrupted();
        if (nanos == 0 || buffer.overtakenSenders.get() == 0) {
            SendResult result = buffer.offer(element);
            if (result != SendResult.FULL) {
                return result;
            }
        }
        return sendSlowly(element, start(nanos), nanos);
    }

    private SendResult sendSlowly(T element, long start, long nanos) throws InterruptedException {
        int more = yields.most();
        int inVain = 0;
        try {
            while (true) {
                SendResult result;
                ChannelWaiter waiter = null;
                if (left(start, nanos) == 0) {
                    return buffer.offer(element); // who is to queue behind another may not have looked yet
                }
                boolean behind = inVain == 0 && buffer.overtakenSenders.get() != 0;
                if (more > 0 && !behind) {
                    more = yields.once(more);
                    result = Thread.currentThread().isInterrupted() ? SendResult.FULL : buffer.offer(element);
                } else if ((waiter = buffer.enterSend(element, turn(inVain, behind), null)) != null) {
                    try {
                        park(waiter, start, nanos);
                    } catch (Throwable broken) { // the clock is
                        result = buffer.leaveSend(waiter, element, false);
                        if (result == SendResult.FULL) {
                            throw broken;
                        }
                        log(broken);
                        return result;
                    }
                    if (waiter.signalled && ++inVain == PATIENCE) {
                        buffer.overtakenSenders.incrementAndGet();
                    }
                    result = buffer.leaveSend(
                            waiter, element, !Thread.currentThread().isInterrupted());
                } else {
                    result = buffer.offer(element);
                }
                if (result != SendResult.FULL) {
                    return result;
                }
                throwIfInterrupted();
            }
        } finally {
            if (inVain >= PATIENCE) {
                buffer.overtakenSenders.decrementAndGet();
            }
        }
    }

    /** Null at the end, and at the timeout. */
    @Nullable
    T receive(long nanos) throws InterruptedException {
        throwIfInterrupted();
        if (nanos == 0 || buffer.overtakenReceivers.get() == 0) {
            T element = buffer.poll();
            if (element != null) {
                return element;
            }
        }
        return receiveSlowly(start(nanos), nanos);
    }

    private @Nullable T receiveSlowly(long start, long nanos) throws InterruptedException {
        int more = yields.most();
        int inVain = 0;
        try {
            while (true) {
                T element;
                ChannelWaiter waiter = null;
                if (left(start, nanos) == 0) {
                    return buffer.poll(); // who is to queue behind another may not have looked yet
                }
                if (buffer.isEnded()) {
                    return null;
                }
                boolean behind = inVain == 0 && buffer.overtakenReceivers.get() != 0;
                if (more > 0 && !behind) {
                    more = yields.once(more);
                    element = Thread.currentThread().isInterrupted() ? null : buffer.poll();
                } else if ((waiter = buffer.enterReceive(turn(inVain, behind), null)) != null) {
                    try {
                        park(waiter, start, nanos);
                    } catch (Throwable broken) { // the clock is
                        element = buffer.leaveReceive(waiter, false);
                        if (element == null) {
                            throw broken;
                        }
                        log(broken);
                        return element;
                    }
                    if (waiter.signalled && ++inVain == PATIENCE) {
                        buffer.overtakenReceivers.incrementAndGet();
                    }
                    element =
                            buffer.leaveReceive(waiter, !Thread.currentThread().isInterrupted());
                } else {
                    element = buffer.poll();
                }
                if (element != null) {
                    return element;
                }
                throwIfInterrupted();
            }
        } finally {
            if (inVain >= PATIENCE) {
                buffer.overtakenReceivers.decrementAndGet();
            }
        }
    }

    private static QueuePosition turn(int inVain, boolean behind) {
        return inVain > 0 ? QueuePosition.FIRST : behind ? QueuePosition.BEHIND : QueuePosition.LAST;
    }

    void park(ChannelWaiter waiter, long start, long nanos) {
        while (!waiter.signalled && parkOnce(start, nanos)) {}
    }

    /** Parks unless the thread is interrupted or the time is over; returns whether to look again. */
    boolean parkOnce(long start, long nanos) {
        if (Thread.currentThread().isInterrupted()) {
            return false;
        }
        if (nanos == FOREVER) {
            LockSupport.park(this);
            return true;
        }
        long left = left(start, nanos);
        if (left > 0) {
            time.parkNanos(this, left);
        }
        return left > 0;
    }

    /** When a wait begins; not looked at by one without a timeout. */
    long start(long nanos) {
        return nanos == FOREVER ? 0 : time.nanoTime();
    }

    long left(long start, long nanos) {
        return nanos == FOREVER ? Long.MAX_VALUE : Math.max(0, nanos - (time.nanoTime() - start));
    }

    /** What a clock threw while a hand-off had been done already, which is not to be undone. */
    static void log(Throwable broken) {
        LOG.error("the clock of a channel threw", broken);
    }

    static void throwIfInterrupted() throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
    }
}
