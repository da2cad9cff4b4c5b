package dev.weir.channel;

import dev.weir.core.internal.Callbacks;
import dev.weir.core.internal.Contexts;
import dev.weir.core.internal.Threads;
import dev.weir.core.internal.wait.YieldLock;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way into a {@link Channel} for a source that calls back and must not be blocked, but sends no more elements than
 * it was asked for: a {@code WebSocket.Listener} of {@code java.net.http}, for instance.
 *
 * {@snippet file="dev/weir/channel/ChannelSnippets.java" region="webSocket"}
 *
 * <p><b>Backpressure.</b> At first as many elements are requested as the inlet's window, and then as many more as the
 * channel has taken. What comes while the channel is full is kept here, at most a window's worth, and sent by a virtual
 * thread that lives until it is done; so a slow receiver slows the source down, and no thread of the source waits.
 *
 * <p><b>The end.</b> {@link #complete} and {@link #fail} end the channel after what was pushed before. If the channel
 * is closed otherwise, {@link #push} returns false, and what was kept here goes to the channel's
 * {@linkplain ChannelBuilder#onUndelivered callback}.
 *
 * <p><b>Thread-safety.</b> The source calls from one thread at a time. Nothing blocks. <b>Memory effects.</b> Receivers
 * of the channel see what the source did before. <b>Threads.</b> The request function is called by the pushing thread
 * or by the virtual one, which has what is {@linkplain ChannelBuilder#context carried} from the thread that made the
 * inlet; one call at a time. It may push within the call. If it throws, the channel fails with that as its cause, and
 * it is logged at ERROR; what was pushed before is delivered.
 *
 * @param <T> the type of the elements
 */
public final class Inlet<T> {
    private static final Logger LOG = LoggerFactory.getLogger(Channel.class);

    private final Channel<T> channel;
    private final int window;
    private final LongConsumer request;
    private final Contexts.Snapshot context;
    private final YieldLock lock = new YieldLock();

    // Guarded by the lock. While a thread sends what is kept, no other one sends.
    private final ArrayDeque<T> kept = new ArrayDeque<>();
    private boolean sending;
    private boolean ending;
    private @Nullable Throwable failure;

    // Guarded by the lock: elements that the channel has taken and that were not requested again, and whether a thread
    // is in the request function.
    private int taken;
    private boolean requesting;

    Inlet(Channel<T> channel, int window, LongConsumer request) {
        this.channel = channel;
        this.context = channel.contexts.capture();
        this.window = window;
        this.request = Objects.requireNonNull(request, "request");
    }

    void start() {
        taken = window;
        request();
    }

    /**
     * Sends an element, or keeps it until there is room.
     *
     * @param element the element
     * @return false if the channel takes no more elements, so that the caller still has this one
     * @throws IllegalStateException if more elements were pushed than requested, and a window's worth waits already;
     *     the channel fails with this as its cause
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
        try {
            return sending;
        } finally {
            lock.unlock();
        }
    }

    private void keep(T element) {
        boolean tooMany;
        boolean start;
        lock.lock();
        try {
            tooMany = kept.size() >= window;
            if (!tooMany) {
                kept.add(element);
            }
            start = !tooMany && !sending;
            sending |= start;
        } finally {
            lock.unlock();
        }
        if (tooMany) {
            IllegalStateException thrown =
                    new IllegalStateException("more than the " + window + " elements requested were pushed");
            channel.fail(thrown);
            throw thrown;
        }
        if (start) {
            startSending();
        }
    }

    private void startSending() {
        boolean started = false;
        try {
            Runnable sends = this::sendKept; // made here: the thread must not need memory to begin
            Threads.virtual(channel.name() + "-inlet", () -> context.runSurely(sends))
                    .start();
            started = true;
        } finally {
            if (!started) {
                withdraw();
            }
        }
    }

    /** The thread could not be started, so the caller, to whom this is thrown, still has the element. */
    private void withdraw() {
        lock.lock();
        try {
            kept.clear(); // only this one: while no thread sends, nothing is kept
            sending = false;
        } finally {
            lock.unlock();
        }
    }

    /** Sends until nothing is kept; then it is the pushing thread that sends again. */
    private void sendKept() {
        for (T element; (element = nextKept()) != null; ) {
            boolean sent = false;
            Throwable failed = null;
            try {
                sent = send(element);
            } catch (Throwable thrown) { // of the JVM
                failed = thrown;
            }
            while (failed != null) {
                try {
                    failed("a thread that sends to a channel failed", failed);
                    failed = null;
                } catch (Throwable shortOfMemory) {
                    // again, and nothing here: a call that is the first of its kind needs memory
                }
            }
            if (sent) {
                taken();
            } else {
                channel.overflow.undelivered(element);
            }
        }
    }

    private boolean send(T element) {
        while (true) {
            try {
                return channel.waits.send(element) == SendResult.SENT;
            } catch (InterruptedException ownThread) {
                // left behind by the request function, as nothing else has this thread; it means nothing
            }
        }
    }

    private @Nullable T nextKept() {
        T element;
        boolean endsNow;
        lock.lock();
        try {
            element = kept.poll();
            sending = element != null;
            endsNow = !sending && ending;
        } finally {
            lock.unlock();
        }
        if (endsNow) {
            endNow();
        }
        return element;
    }

    private void taken() {
        lock.lock();
        try {
            taken++;
        } finally {
            lock.unlock();
        }
        request();
    }

    /**
     * Requests what is due, in batches of half a window, so that the source is asked less often and yet never runs dry.
     * A push within the call of the request function leaves what is due to this loop instead of calling it again.
     */
    private void request() {
        for (int due; (due = beginRequest()) > 0; ) {
            try {
                request.accept(due);
            } catch (Throwable thrown) {
                failed("the source of a channel threw when it was asked for more", thrown);
            } finally {
                endRequest();
            }
        }
    }

    private int beginRequest() {
        lock.lock();
        try {
            if (requesting || taken < window - window / 2) {
                return 0;
            }
            int due = taken;
            taken = 0;
            requesting = true;
            return due;
        } finally {
            lock.unlock();
        }
    }

    private void endRequest() {
        lock.lock();
        try {
            requesting = false;
        } finally {
            lock.unlock();
        }
    }

    private void failed(String what, Throwable thrown) {
        channel.endSurely(thrown);
        Callbacks.error(LOG, what, thrown);
    }

    /** Closes the channel after what was pushed; nothing may be pushed after this. */
    public void complete() {
        end(null);
    }

    /**
     * Fails the channel after what was pushed; nothing may be pushed after this.
     *
     * @param cause why
     */
    public void fail(Throwable cause) {
        end(Objects.requireNonNull(cause, "cause"));
    }

    private void end(@Nullable Throwable cause) {
        boolean later;
        lock.lock();
        try {
            failure = cause;
            later = sending;
            ending = later;
        } finally {
            lock.unlock();
        }
        if (!later) {
            endNow();
        }
    }

    private void endNow() {
        channel.endSurely(failure);
    }

    /**
     * The channel and the window.
     *
     * @return for instance {@code Inlet[window 16, into Channel[…]]}
     */
    @Override
    public String toString() {
        return "Inlet[window " + window + ", into " + channel + "]";
    }
}
