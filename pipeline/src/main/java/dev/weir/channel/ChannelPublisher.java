package dev.weir.channel;

import dev.weir.core.Deadline;
import dev.weir.core.internal.Callbacks;
import dev.weir.core.internal.Contexts;
import dev.weir.core.internal.Threads;
import dev.weir.core.internal.wait.WaitText;
import dev.weir.core.internal.wait.Waiter;
import dev.weir.core.internal.wait.YieldLock;
import java.util.Objects;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Emits what comes in a channel; each element goes to one of the subscribers, which ask for it. */
final class ChannelPublisher<T> implements Flow.Publisher<T> {
    private static final Logger LOG = LoggerFactory.getLogger(Channel.class);

    private final Channel<T> channel;

    ChannelPublisher(Channel<T> channel) {
        this.channel = channel;
    }

    @Override
    public void subscribe(Flow.Subscriber<? super T> subscriber) {
        new Subscription<>(channel, Objects.requireNonNull(subscriber, "subscriber")).begin();
    }

    /**
     * A subscriber and the virtual thread that emits to it, until the channel ends or the subscriber cancels. The
     * thread waits in the channel as a receiver does, and leaves also when the subscription is over. It takes an
     * element either before that, and then emits it, or not at all: were it to put one back, a receiver might have seen
     * the end of the channel meanwhile.
     */
    private static final class Subscription<T> implements Flow.Subscription, Runnable {
        private final Channel<T> channel;
        private final Buffer<T> buffer;
        private final Flow.Subscriber<? super T> subscriber;
        private final AtomicLong demand = new AtomicLong();
        private final Runnable wakeup = this::wake;
        private final Contexts.Snapshot context;

        /** Held to take, and to end the subscription. */
        private final YieldLock taking = new YieldLock();

        // Volatile: set under the lock by any thread, looked at by the emitting one before each park.
        private volatile boolean cancelled;
        private volatile boolean badRequest;

        /** Keeps a sender of a hand-off from choosing the waiting thread when it is over; guarded by the lock. */
        private @Nullable SelectLatch choice;

        private volatile @Nullable Thread emitter;

        /** How often the emitting thread was woken in vain since it took an element; its own. */
        private int inVain;

        /** When the emitting thread began to wait, or 0; its own, and read racily by what describes the wait. */
        private int waitsSince;

        /** Whether the subscriber was called and has not returned, or was called last; the emitting thread's own. */
        private boolean inSubscriber;

        Subscription(Channel<T> channel, Flow.Subscriber<? super T> subscriber) {
            this.channel = channel;
            this.context = channel.contexts.capture();
            this.buffer = channel.buffer;
            this.subscriber = subscriber;
        }

        void begin() {
            subscriber.onSubscribe(this);
            Thread thread = Threads.virtual(channel.name() + "-publisher", this);
            emitter = thread;
            try {
                channel.onEnd(wakeup);
                thread.start();
            } catch (Throwable failure) { // there is no thread that will end the subscription
                cancelled = true;
                channel.removeOnEnd(wakeup);
                subscriber.onError(failure);
            }
        }

        @Override
        public void request(long count) {
            if (count <= 0) {
                takeNoMore(true);
            } else {
                demand.accumulateAndGet(count, (a, b) -> a + b < 0 ? Long.MAX_VALUE : a + b);
            }
            wake();
        }

        @Override
        public void cancel() {
            takeNoMore(false);
            wake();
        }

        private void takeNoMore(boolean byBadRequest) {
            taking.lock();
            try {
                badRequest |= byBadRequest;
                cancelled |= !byBadRequest;
                if (choice != null) {
                    choice.make();
                }
            } finally {
                taking.unlock();
            }
        }

        private void wake() {
            LockSupport.unpark(emitter);
        }

        private boolean isOver() {
            return cancelled || badRequest;
        }

        @Override
        public void run() {
            Throwable failure = null;
            try {
                context.install(); // the thread ends with it
                context.surroundRun(this::emitAll);
            } catch (Throwable thrown) {
                failure = thrown;
            }
            for (boolean over = false; !over; ) {
                try {
                    leave(failure);
                    over = true;
                } catch (Throwable shortOfMemory) {
                    // again, and nothing here: a call that is the first of its kind needs memory
                }
            }
        }

        private void leave(@Nullable Throwable own) {
            nobodyQueuesBehindThis();
            Throwable failure = inSubscriber ? own : end(own);
            cancelled = true;
            channel.removeOnEnd(wakeup);
            if (failure != null) {
                Callbacks.error(LOG, "a subscriber of a channel threw", failure);
            }
        }

        private void emitAll() {
            while (!isOver() && !buffer.isEnded()) {
                // The thread is the subscription's own, so a status that the subscriber left means nothing; and with it
                // no park would wait.
                Thread.interrupted();
                if (demand.get() == 0) {
                    await(this::hasDemandOrEnd);
                } else {
                    emit(receive());
                }
            }
        }

        private void await(BooleanSupplier condition) {
            waitsSince = WaitText.now();
            Waiter.awaitUninterruptibly(condition, this, Deadline.never());
        }

        /** What thread dumps show as waited for. */
        @Override
        public String toString() {
            Thread thread = emitter;
            return "Channel " + channel.name() + ": "
                    + (demand.get() == 0 ? "a request of a subscriber" : "an element for a subscriber")
                    + (thread == null ? "" : WaitText.sole(thread, waitsSince));
        }

        private boolean hasDemandOrEnd() {
            return demand.get() != 0 || isOver() || buffer.isEnded();
        }

        private @Nullable T receive() {
            ChannelWaiter waiter;
            taking.lock();
            try {
                T element = isOver() || buffer.receiverLimit.mustQueue(inVain) ? null : buffer.poll();
                if (element != null || isOver()) {
                    return element;
                }
                choice = new SelectLatch();
                waiter = buffer.enterReceive(buffer.receiverLimit.position(inVain), choice);
                if (waiter == null) {
                    return buffer.poll();
                }
            } finally {
                taking.unlock();
            }
            T element;
            try {
                await(() -> waiter.isSignalled() || isOver());
                if (waiter.isSignalled()) {
                    inVain = buffer.receiverLimit.woken(inVain);
                }
            } finally {
                element = leave(waiter);
            }
            return element;
        }

        private void nobodyQueuesBehindThis() {
            buffer.receiverLimit.left(inVain);
            inVain = 0;
        }

        private @Nullable T leave(ChannelWaiter waiter) {
            taking.lock();
            try {
                return buffer.leaveReceive(waiter, !isOver());
            } finally {
                taking.unlock();
            }
        }

        private void emit(@Nullable T element) {
            Thread.interrupted(); // as above
            if (element != null) {
                nobodyQueuesBehindThis();
                demand.getAndUpdate(count -> count == Long.MAX_VALUE ? count : count - 1);
                inSubscriber = true;
                subscriber.onNext(element);
                inSubscriber = false;
            }
        }

        /** Ends a subscription that was not cancelled; returns what the subscriber throws. */
        private @Nullable Throwable end(@Nullable Throwable own) {
            Throwable failure = own != null ? own : buffer.failure();
            try {
                if (cancelled) {
                    return own;
                }
                inSubscriber = true; // which learns of the end once, also if this is done again
                if (badRequest) {
                    subscriber.onError(new IllegalArgumentException("a request must be for at least 1 element"));
                } else if (failure != null) {
                    subscriber.onError(failure);
                } else {
                    subscriber.onComplete();
                }
                return own;
            } catch (Throwable thrown) {
                return thrown;
            }
        }
    }
}
