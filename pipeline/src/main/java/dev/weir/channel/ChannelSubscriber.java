package dev.weir.channel;

import java.util.Objects;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Sends what a publisher emits into a channel, and ends the channel with the publisher. */
final class ChannelSubscriber<T> implements Flow.Subscriber<T> {
    private final Channel<T> channel;
    private final int window;
    private final AtomicReference<Flow.@Nullable Subscription> subscription = new AtomicReference<>();

    private final Runnable cancel = this::cancel;

    // Volatile: set while subscribing, which need not happen in the thread that emits.
    private volatile @Nullable Inlet<T> inlet;

    ChannelSubscriber(Channel<T> channel, int window) {
        this.channel = channel;
        this.window = window;
    }

    @Override
    public void onSubscribe(Flow.Subscription offered) {
        Objects.requireNonNull(offered, "subscription");
        if (!subscription.compareAndSet(null, offered)) {
            offered.cancel();
            return;
        }
        Inlet<T> created = new Inlet<>(channel, window, offered::request);
        inlet = created;
        try {
            channel.onClose(cancel);
            created.start();
        } catch (Throwable failure) { // of the JVM
            channel.endSurely(failure);
            throw failure;
        }
    }

    private void cancel() {
        Flow.Subscription current = subscription.get();
        if (current != null) {
            current.cancel();
        }
    }

    @Override
    public void onNext(T element) {
        Inlet<T> in = Objects.requireNonNull(inlet, "onNext came before onSubscribe");
        Objects.requireNonNull(element, "element");
        boolean pushed = false;
        try {
            pushed = in.push(element);
        } catch (Throwable failure) { // too many, or of the JVM; the publisher may not know what to do with it
            channel.endSurely(failure); // which cancels the subscription
            throw failure;
        } finally {
            if (!pushed) {
                channel.overflow.undelivered(element);
            }
        }
    }

    @Override
    public void onError(Throwable thrown) {
        Objects.requireNonNull(thrown, "thrown");
        channel.removeOnClose(cancel); // a subscription that has ended is not to be cancelled
        Inlet<T> in = inlet;
        if (in == null) {
            channel.fail(thrown);
        } else {
            in.fail(thrown);
        }
    }

    @Override
    public void onComplete() {
        channel.removeOnClose(cancel); // a subscription that has ended is not to be cancelled
        Inlet<T> in = inlet;
        if (in == null) {
            channel.close();
        } else {
            in.complete();
        }
    }
}
