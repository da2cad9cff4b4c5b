package dev.weir.channel;

import dev.weir.core.internal.wait.YieldLock;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way into a {@link Channel} for a source that calls back and must not be blocked, but sends only as much as it was
 * asked for: a the {@code WebSocket.Listener} of {@code java.net.http}, for instance.
 *
 * {@snippet file="dev/weir/channel/ChannelSnippets.java" region="webSocket"}
 *
 * <p><b>Backpressure.</b> At first as many elements are requested as the inlet's window, and then as many more as the
 * channel has taken. What comes while the channel is full is kept here, at most a window's worth, and sent by a virtual
 * thread that lives until it is done; so a slow receiver slows the source down, and no thread of the source waits.
 *
 * <p><b>The end.</b> {@link #complete} and {@link #fail} end the channel after what was pushed before. If the channel is
 * closed otherwise, {@link #push} returns false, and what was kept here goes to the channel's {@linkplain
 * ChannelBuilder#onUndelivered callback}.
 *
 * <p><b>Threads.</b> The source calls from one thread at a time; receivers of the channel see what it did before. No
 * method waits. The request function is called by the pushing thread or by the virtual one.
 *
 * @param <T> the type of the elements
 */
public final class Inlet<T> {
    private static final Logger LOG = LoggerFactory.getLogger(Channel.class);

    private final Channel<T> channel;
    private final int window;
    private final LongConsumer request;
    private final YieldLock lock = new YieldLock();

    // Guarded by the lock. While a thread sends what is kept, nobody else sends.
    private final ArrayDeque<T> kept = new ArrayDeque<>();
    private boolean sending;
    private @Nullable Runnable end;

    /** Elements that the channel has taken and that were not requested again; used by whoever sends. */
    private int taken;

    Inlet(Channel<T> channel, int window, LongConsumer request) {
        this.channel = channel;
        this.window = window;
        this.request = Objects.requireNonNull(request, "request");
    }

    void start() {
        request.accept(window);
    }

    /**
     * Sends an element, or keeps it until there is room.
     *
     * @param element the element
     * @return false if the channel takes no more elements, so that the caller still has this one
     * @throws IllegalStateException if more elements were pushed than requested, and so many wait already; the channel
     *     fails with this as its cause
     */
    public boolean push(T element) {
        Objects.requireNonNull(element, "element");
        if (channel.isClosed()) {
            return false;
        }
        if (!isSending()) {
            SendResult result = channel.trySend(element);
            if (result != SendResult.FULL) {
                if (result != SendResult.CLOSED) {
                    taken();
                }
                return result != SendResult.CLOSED;
            }
        }
        keep(element);
        return true;
    }

    private boolean isSending() {
        lock.lock();
        boolean is = sending;
        lock.unlock();
        return is;
    }

    private void keep(T element) {
        lock.lock();
        boolean tooMany = kept.size() >= window;
        if (!tooMany) {
            kept.add(element);
        }
        boolean start = !tooMany && !sending;
        sending |= start;
        lock.unlock();
        if (tooMany) {
            IllegalStateException thrown =
                    new IllegalStateException("more than the " + window + " elements requested were pushed");
            channel.fail(thrown);
            throw thrown;
        }
        if (start) {
            Thread.ofVirtual().name("weir-inlet").start(this::sendKept);
        }
    }

    /** Sends until nothing is kept; then it is the pushing thread that sends again. */
    private void sendKept() {
        for (T element; (element = nextKept()) != null; ) {
            try {
                if (send(element)) {
                    taken();
                } else {
                    channel.overflow.undelivered(element);
                }
            } catch (Throwable thrown) { // by the request function
                LOG.error("the source of a channel threw when it was asked for more", thrown);
                channel.fail(thrown);
            }
        }
    }

    private boolean send(T element) {
        while (true) {
            try {
                return channel.waits.send(element) == SendResult.SENT;
            } catch (InterruptedException ownThread) {
                // left behind by the request function, as nobody else has this thread; it means nothing
            }
        }
    }

    private @Nullable T nextKept() {
        lock.lock();
        T element = kept.poll();
        sending = element != null;
        Runnable ending = sending ? null : end;
        lock.unlock();
        if (ending != null) {
            ending.run();
        }
        return element;
    }

    /** In batches of half a window, so that the source is asked less often and yet never runs dry. */
    private void taken() {
        taken++;
        if (taken >= (window + 1) / 2) {
            int more = taken;
            taken = 0;
            request.accept(more);
        }
    }

    /** Closes the channel after what was pushed; nothing may be pushed after this. */
    public void complete() {
        end(channel::close);
    }

    /**
     * Fails the channel after what was pushed; nothing may be pushed after this.
     *
     * @param cause why
     */
    public void fail(Throwable cause) {
        Objects.requireNonNull(cause, "cause");
        end(() -> channel.fail(cause));
    }

    private void end(Runnable action) {
        lock.lock();
        boolean later = sending;
        if (later) {
            end = action;
        }
        lock.unlock();
        if (!later) {
            action.run();
        }
    }
}
