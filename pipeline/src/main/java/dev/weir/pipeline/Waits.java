package dev.weir.pipeline;

import dev.weir.core.time.TimeSource;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The waiting operations of a channel: look, yield a little, enter, park, leave with another look, until there is a
 * result.
 *
 * <p>An operation without a timeout parks without one, always: on JDK 25 before 25.0.3, a virtual thread may stay parked
 * for ever in an untimed park that follows a timed one (JDK-8369227).
 */
final class Waits<T> {
    /** An untimed wait. */
    static final long FOREVER = -1;

    /**
     * How often a platform thread yields before it parks: what it waits for is often there by then, and to park and be
     * woken costs as much as some twenty yields. A virtual thread parks at once: its yield is hardly cheaper.
     */
    private static final int YIELDS = 20;

    private final Buffer<T> buffer;
    private final TimeSource time;

    Waits(Buffer<T> buffer, TimeSource time) {
        this.buffer = buffer;
        this.time = time;
    }

    /** {@code FULL} only at the timeout. */
    SendResult send(T element, long nanos) throws InterruptedException {
        throwIfInterrupted();
        SendResult result = buffer.offer(element);
        return result == SendResult.FULL ? sendSlowly(element, nanos) : result;
    }

    private SendResult sendSlowly(T element, long nanos) throws InterruptedException {
        long start = start(nanos);
        boolean ahead = false;
        int yields = yields();
        while (true) {
            SendResult result;
            Waiter waiter = null;
            if (left(start, nanos) == 0) {
                return SendResult.FULL;
            }
            if (yields-- > 0) {
                Thread.yield();
                result = Thread.currentThread().isInterrupted() ? SendResult.FULL : buffer.offer(element);
            } else if ((waiter = buffer.enterSend(element, ahead, null)) != null) {
                park(waiter, start, nanos);
                ahead = waiter.signalled;
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
    }

    /** Null at the end, and at the timeout. */
    @Nullable
    T receive(long nanos) throws InterruptedException {
        throwIfInterrupted();
        T element = buffer.poll();
        return element == null ? receiveSlowly(nanos) : element;
    }

    private @Nullable T receiveSlowly(long nanos) throws InterruptedException {
        long start = start(nanos);
        boolean ahead = false;
        int yields = yields();
        while (true) {
            T element;
            Waiter waiter = null;
            if (left(start, nanos) == 0 || buffer.isEnded()) {
                return null;
            }
            if (yields-- > 0) {
                Thread.yield();
                element = Thread.currentThread().isInterrupted() ? null : buffer.poll();
            } else if ((waiter = buffer.enterReceive(ahead, null)) != null) {
                park(waiter, start, nanos);
                ahead = waiter.signalled;
                element = buffer.leaveReceive(waiter, !Thread.currentThread().isInterrupted());
            } else {
                element = buffer.poll();
            }
            if (element != null) {
                return element;
            }
            throwIfInterrupted();
        }
    }

    void park(Waiter waiter, long start, long nanos) {
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

    static int yields() {
        return Thread.currentThread().isVirtual() ? 0 : YIELDS;
    }

    static void throwIfInterrupted() throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
    }
}
