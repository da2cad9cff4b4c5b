package dev.weir.channel;

import dev.weir.core.ThrowingConsumer;
import dev.weir.core.internal.Callbacks;
import dev.weir.core.internal.StackRoom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Decides what happens to an element that a buffer is full for. */
final class Overflow<T> {
    private static final Logger LOG = LoggerFactory.getLogger(Channel.class);

    private final WhenFull policy;
    private final @Nullable ThrowingConsumer<? super T, ?> onUndelivered;

    /** The elements that did not get to a receiver. */
    final ChannelCounts counts = new ChannelCounts();

    Overflow(WhenFull policy, @Nullable ThrowingConsumer<? super T, ?> onUndelivered) {
        this.policy = policy;
        this.onUndelivered = onUndelivered;
    }

    static <T> Overflow<T> waiting() {
        return new Overflow<>(WhenFull.WAIT, null);
    }

    boolean waits() {
        return policy == WhenFull.WAIT;
    }

    /** Called with an element that the buffer was full for. */
    SendResult handle(T element, Buffer<T> buffer) {
        return switch (policy) {
            case WAIT, FAIL -> SendResult.FULL;
            case DROP_OLDEST -> replaceOldest(element, buffer);
            case DROP_LATEST -> {
                counts.refused();
                undelivered(element);
                yield SendResult.DROPPED;
            }
        };
    }

    /** As a select's clause: one that drops its own element, or would have to be refused, is not ready. */
    SendResult offer(T element, Buffer<T> buffer) {
        SendResult result = buffer.offer(element);
        return result == SendResult.FULL && policy == WhenFull.DROP_OLDEST ? replaceOldest(element, buffer) : result;
    }

    private SendResult replaceOldest(T element, Buffer<T> buffer) {
        SendResult result;
        StackRoom.check(); // before an element is taken that is then in no hands but these
        do {
            T oldest = pollIfFull(buffer);
            try {
                result = buffer.offer(element); // first, so that the room goes to no other while the callback runs
            } finally {
                if (oldest != null) { // also if there was no memory to put the other one in
                    undelivered(oldest);
                }
            }
        } while (result == SendResult.FULL);
        return result;
    }

    private @Nullable T pollIfFull(Buffer<T> buffer) {
        T oldest = null;
        counts.beginReplacing();
        try {
            oldest = buffer.pollIfFull();
            return oldest;
        } finally {
            counts.endReplacing(oldest != null);
        }
    }

    void undelivered(T element) {
        if (onUndelivered == null) {
            return;
        }
        try {
            onUndelivered.accept(element);
        } catch (Throwable thrown) {
            if (thrown instanceof InterruptedException) {
                Thread.currentThread().interrupt(); // for what the sender does next: its own element is in
            }
            Callbacks.error(LOG, "a callback for undelivered elements threw", thrown);
        }
    }
}
