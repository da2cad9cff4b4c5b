package dev.weir.jcstress.channel;

import dev.weir.channel.Channel;
import dev.weir.jcstress.Uninterrupted;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IZ_Result;

/** A subscriber requests an element while one is sent and the channel is closed. */
@JCStressTest
@Outcome(id = "1, true", expect = Expect.ACCEPTABLE, desc = "it came, and then the end")
@Outcome(expect = Expect.FORBIDDEN, desc = "the element or the end got lost")
@State
public class RequestOrSend {

    private final Channel<Integer> channel = Channel.bounded(1);
    private final CountDownLatch ended = new CountDownLatch(1);
    private final CountDownLatch subscribed = new CountDownLatch(1);
    private Flow.Subscription subscription;
    private volatile int received;

    public RequestOrSend() {
        channel.asPublisher().subscribe(new Flow.Subscriber<>() {
            @Override
            public void onSubscribe(Flow.Subscription given) {
                subscription = given;
                subscribed.countDown();
            }

            @Override
            public void onNext(Integer element) {
                received = element;
            }

            @Override
            public void onError(Throwable failure) {
                received = -1;
                ended.countDown();
            }

            @Override
            public void onComplete() {
                ended.countDown();
            }
        });
        Uninterrupted.run(subscribed::await);
    }

    @Actor
    public void request() {
        subscription.request(1);
    }

    @Actor
    public void send() {
        channel.trySend(1);
        channel.close();
    }

    @Arbiter
    public void account(IZ_Result result) {
        result.r2 = Uninterrupted.get(() -> ended.await(10, java.util.concurrent.TimeUnit.SECONDS));
        result.r1 = received;
    }
}
