package dev.weir.channel;

import dev.weir.core.Deadline;
import dev.weir.core.ThrowingConsumer;
import dev.weir.core.internal.Callbacks;
import dev.weir.core.internal.Contexts;
import dev.weir.core.internal.Interrupts;
import dev.weir.core.internal.Threads;
import dev.weir.core.internal.wait.Waiter;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The consumers that a channel has started, and the threads that wait for the end of all that is in it. A consumer ends
 * only with its channel: whatever its handler, the logger or the JVM throws, it fails the channel first, and takes the
 * next element.
 */
final class Consumption<T> {
    private static final Logger LOG = LoggerFactory.getLogger(Channel.class);

    private final Channel<T> channel;
    private final AtomicInteger running = new AtomicInteger();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final Completion completion = new Completion();

    Consumption(Channel<T> channel) {
        this.channel = channel;
    }

    void start(int concurrency, ThrowingConsumer<? super T, ?> handler) {
        Contexts.Snapshot context = channel.contexts.capture();
        for (int i = 0; i < concurrency; i++) {
            running.incrementAndGet();
            boolean started = false;
            try {
                Threads.virtual(channel.name() + "-consumer-" + i, () -> consume(handler, context))
                        .start();
                started = true;
            } finally {
                if (!started) {
                    stopped();
                }
            }
        }
    }

    private void consume(ThrowingConsumer<? super T, ?> handler, Contexts.Snapshot context) {
        boolean ended = false;
        Throwable failed = null;
        while (!ended) {
            try {
                T element = channel.waits.receive();
                ended = element == null;
                if (element != null) {
                    handle(element, handler, context);
                }
            } catch (Throwable thrown) {
                failed = thrown;
            }
            while (failed != null) {
                try {
                    failed(failed);
                    failed = null;
                } catch (Throwable shortOfMemory) {
                    // again, and nothing here: a call that is the first of its kind needs memory
                }
            }
            Thread.interrupted(); // the thread is this channel's own, so one left by a handler means nothing
        }
        stopped();
    }

    private void handle(T element, ThrowingConsumer<? super T, ?> handler, Contexts.Snapshot context) throws Throwable {
        Contexts.Installed installed = context.install();
        try {
            if (context.surrounds()) {
                context.surroundRun(() -> handler.accept(element));
            } else {
                handler.accept(element);
            }
        } finally {
            installed.restore();
        }
    }

    private void failed(Throwable thrown) {
        failure.compareAndSet(null, thrown);
        channel.endSurely(thrown);
        Callbacks.error(LOG, "a handler of a channel's elements threw", thrown);
    }

    /** The first failure of a handler, or else that of the channel. */
    @Nullable
    Throwable failure() {
        Throwable first = failure.get();
        return first != null ? first : channel.buffer.failure();
    }

    private void stopped() {
        if (running.decrementAndGet() == 0) {
            signalIfDone();
        }
    }

    /** Wakes the threads that wait for the end, if it has come. */
    void signalIfDone() {
        if (completion.available()) {
            completion.signalAll();
        }
    }

    /** Whether all is done; false only at the deadline. */
    boolean await(Deadline deadline) throws InterruptedException {
        Interrupts.throwIfInterrupted();
        while (!completion.available()) {
            ChannelWaiter waiter = completion.enter(QueuePosition.TAIL);
            if (waiter != null) {
                Waiter.End end;
                try {
                    end = waiter.await(completion, deadline);
                } finally {
                    completion.leave(waiter);
                }
                if (end == Waiter.End.EXPIRED) {
                    return completion.available();
                }
                Interrupts.throwIfInterrupted();
            }
        }
        return true;
    }

    /** The threads that wait for the end; it comes once, for all of them. */
    private final class Completion extends WaitList {
        @Override
        boolean available() {
            return channel.buffer.isEnded() && running.get() == 0;
        }

        @Override
        boolean mark() {
            channel.buffer.watchEnd(channel.endWatcher);
            return !available();
        }

        @Override
        void unmark() {
            // The watcher may stay: it does nothing while nobody waits.
        }

        @Override
        String what() {
            return "Channel " + channel.name() + ": the end of all elements and of " + running.get() + " consumers";
        }
    }
}
