package dev.weir.channel;

import dev.weir.core.Deadline;
import dev.weir.core.ThrowingConsumer;
import dev.weir.core.internal.Interrupts;
import dev.weir.core.internal.wait.Waiter;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The consumers that a channel has started, and who waits for the end of all that is in it. */
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
        for (int i = 0; i < concurrency; i++) {
            running.incrementAndGet();
            boolean started = false;
            try {
                Thread.ofVirtual().name("weir-consumer-" + i).start(() -> consume(handler));
                started = true;
            } finally {
                if (!started) {
                    stopped();
                }
            }
        }
    }

    private void consume(ThrowingConsumer<? super T, ?> handler) {
        try {
            while (true) {
                try {
                    T element = channel.waits.receive();
                    if (element == null) {
                        return;
                    }
                    handler.accept(element);
                } catch (Throwable thrown) {
                    LOG.error("a handler of a channel's elements threw", thrown);
                    failure.compareAndSet(null, thrown);
                    channel.fail(thrown);
                }
                Thread.interrupted(); // the thread is this channel's own, so one left by a handler means nothing
            }
        } finally {
            stopped();
        }
    }

    /** The first failure of a handler, or else that of the channel. */
    @Nullable
    Throwable failure() {
        Throwable first = failure.get();
        return first != null ? first : channel.buffer.failure();
    }

    private void stopped() {
        if (running.decrementAndGet() == 0) {
            completion.signalIfDone();
        }
    }

    /** Whether all is done; false only at the deadline. */
    boolean await(Deadline deadline) throws InterruptedException {
        Interrupts.throwIfInterrupted();
        while (!completion.available()) {
            ChannelWaiter waiter = completion.enter(QueuePosition.TAIL);
            if (waiter != null) {
                Waiter.End end = Waiter.End.INTERRUPTED;
                try {
                    end = waiter.await(channel, deadline);
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
        private final Runnable watcher = this::signalIfDone;

        @Override
        boolean available() {
            return channel.buffer.isEnded() && running.get() == 0;
        }

        @Override
        boolean mark() {
            channel.buffer.watchEnd(watcher);
            return !available();
        }

        @Override
        void unmark() {
            // The watcher may stay: it does nothing while nobody waits.
        }

        void signalIfDone() {
            if (available()) {
                signalAll();
            }
        }
    }
}
