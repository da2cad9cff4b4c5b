package dev.weir.jcstress.channel;

import dev.weir.jcstress.Uninterrupted;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;

/** A subscriber that asks for nothing, and waits for the end. */
final class IdleSubscriber implements Flow.Subscriber<Integer> {
    private final CountDownLatch ended = new CountDownLatch(1);

    @Override
    public void onSubscribe(Flow.Subscription given) {}

    @Override
    public void onNext(Integer element) {}

    @Override
    public void onError(Throwable failure) {}

    @Override
    public void onComplete() {
        ended.countDown();
    }

    /** Whether the end comes. */
    boolean awaitEnd() {
        return Uninterrupted.get(() -> ended.await(10, TimeUnit.SECONDS));
    }
}
