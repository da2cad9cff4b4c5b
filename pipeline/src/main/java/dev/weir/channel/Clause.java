package dev.weir.channel;

import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One of the things that a {@link Select} may do. */
abstract sealed class Clause<T, R> {
    final Channel<T> channel;
    final Buffer<T> buffer;

    private Clause(Channel<T> channel) {
        this.channel = Objects.requireNonNull(channel, "channel");
        this.buffer = channel.buffer;
    }

    /** A clause that was done, and what remains: the call of its function. */
    record Done<R>(Supplier<? extends R> then) {
        R result() {
            return then.get();
        }
    }

    /** Does it, if it is ready. */
    abstract @Nullable Done<R> attempt();

    /** Whether it can never be ready any more. */
    abstract boolean isOver();

    /** Begins to wait, or returns null if an attempt may succeed or it is over. */
    abstract @Nullable ChannelWaiter enter(SelectLatch choice);

    /** Ends the wait, and passes on a signal; what was done if a hand-off chose this clause. */
    abstract @Nullable Done<R> leave(ChannelWaiter waiter);

    static final class Receive<T, R> extends Clause<T, R> {
        private final Function<? super T, ? extends R> then;

        Receive(Channel<T> channel, Function<? super T, ? extends R> then) {
            super(channel);
            this.then = Objects.requireNonNull(then, "then");
        }

        @Override
        @Nullable
        Done<R> attempt() {
            return done(buffer.poll());
        }

        @Override
        boolean isOver() {
            return buffer.isEnded();
        }

        @Override
        @Nullable
        ChannelWaiter enter(SelectLatch choice) {
            return buffer.enterReceive(QueuePosition.TAIL, choice);
        }

        @Override
        @Nullable
        Done<R> leave(ChannelWaiter waiter) {
            return done(buffer.leaveReceive(waiter, false));
        }

        private @Nullable Done<R> done(@Nullable T element) {
            return element == null ? null : new Done<>(() -> then.apply(element));
        }
    }

    static final class Send<T, R> extends Clause<T, R> {
        private final T element;
        private final Supplier<? extends R> then;

        Send(Channel<T> channel, T element, Supplier<? extends R> then) {
            super(channel);
            this.element = Objects.requireNonNull(element, "element");
            this.then = Objects.requireNonNull(then, "then");
        }

        @Override
        @Nullable
        Done<R> attempt() {
            return done(channel.overflow.offer(element, buffer));
        }

        @Override
        boolean isOver() {
            return buffer.isClosed();
        }

        @Override
        @Nullable
        ChannelWaiter enter(SelectLatch choice) {
            return buffer.enterSend(element, QueuePosition.TAIL, choice);
        }

        @Override
        @Nullable
        Done<R> leave(ChannelWaiter waiter) {
            return done(buffer.leaveSend(waiter, element, false));
        }

        private @Nullable Done<R> done(SendResult result) {
            return result == SendResult.SENT ? new Done<>(then) : null;
        }
    }
}
