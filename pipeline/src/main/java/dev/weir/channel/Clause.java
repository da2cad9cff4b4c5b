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

    /**
     * What a select has done: the clause, and the element if it is a receive. It is made before anything is done, so
     * that an element that was taken is not lost when there is no memory.
     */
    static final class Done<R> {
        private @Nullable Clause<?, R> clause;
        private @Nullable Object element;

        boolean isDone() {
            return clause != null;
        }

        /** Calls what the clause has to call. */
        R result() {
            return Objects.requireNonNull(clause).result(element);
        }
    }

    /** Does it, if it is ready. */
    abstract boolean attempt(Done<R> done);

    /** What it waits for, at which channel. */
    abstract String what();

    /** Whether it can never be ready any more. */
    abstract boolean isOver();

    /** The limit of those that wait for the same as this. */
    abstract OvertakingLimit limit();

    /** Begins to wait, or returns null if an attempt may succeed or it is over. */
    abstract @Nullable ChannelWaiter enter(QueuePosition position, SelectLatch choice);

    /** Ends the wait, and passes on a signal; whether a hand-off has chosen this clause, and so it was done. */
    abstract boolean leave(ChannelWaiter waiter, Done<R> done);

    /** The result of this clause, given the element that was received. */
    abstract R result(@Nullable Object element);

    final boolean did(@Nullable Object element, Done<R> done) {
        if (element != null) {
            done.element = element;
            done.clause = this;
        }
        return element != null;
    }

    static final class Receive<T, R> extends Clause<T, R> {
        private final Function<? super T, ? extends R> then;

        Receive(Channel<T> channel, Function<? super T, ? extends R> then) {
            super(channel);
            this.then = Objects.requireNonNull(then, "then");
        }

        @Override
        boolean attempt(Done<R> done) {
            return did(buffer.poll(), done);
        }

        @Override
        OvertakingLimit limit() {
            return buffer.receiverLimit;
        }

        @Override
        String what() {
            return "an element of channel " + buffer.name;
        }

        @Override
        boolean isOver() {
            return buffer.isEnded();
        }

        @Override
        @Nullable
        ChannelWaiter enter(QueuePosition position, SelectLatch choice) {
            return buffer.enterReceive(position, choice);
        }

        @Override
        boolean leave(ChannelWaiter waiter, Done<R> done) {
            return did(buffer.leaveReceive(waiter, false), done);
        }

        @Override
        @SuppressWarnings("unchecked") // what this has received
        R result(@Nullable Object element) {
            return then.apply((T) Objects.requireNonNull(element));
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
        boolean attempt(Done<R> done) {
            return did(sent(channel.overflow.offer(element, buffer)), done);
        }

        @Override
        OvertakingLimit limit() {
            return buffer.senderLimit;
        }

        @Override
        String what() {
            return "room in channel " + buffer.name;
        }

        @Override
        boolean isOver() {
            return buffer.isClosed();
        }

        @Override
        @Nullable
        ChannelWaiter enter(QueuePosition position, SelectLatch choice) {
            return buffer.enterSend(element, position, choice);
        }

        @Override
        boolean leave(ChannelWaiter waiter, Done<R> done) {
            return did(sent(buffer.leaveSend(waiter, element, false)), done);
        }

        private static @Nullable Object sent(SendResult result) {
            return result == SendResult.SENT ? result : null;
        }

        @Override
        R result(@Nullable Object element) {
            return then.get();
        }
    }
}
