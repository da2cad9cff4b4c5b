package dev.weir.channel;

import dev.weir.testkit.Heap;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;

/** Runs in a JVM with a small heap: a handler, a publisher or a subscriber of a channel uses all of it for a second. */
final class OutOfMemoryProgram {
    private static final CountDownLatch[] CALLED = {new CountDownLatch(1), new CountDownLatch(1), new CountDownLatch(1)
    };

    private OutOfMemoryProgram() {}

    public static void main(String[] args) throws Exception {
        List<String> ends = new ArrayList<>();
        ends.add("consumer " + consumer());
        ends.add("subscriber " + subscriber());
        ends.add("publisher " + publisher());
        System.out.println("ends: " + ends);
        System.exit(0);
    }

    private static void shortOfMemory(CountDownLatch begun) throws InterruptedException {
        while (true) {
            try {
                begun.await();
                Heap.freeAfterASecond();
                return;
            } catch (OutOfMemoryError mine) {
                // memory is short here, too
            }
        }
    }

    private static boolean within(Callable<Boolean> condition) throws Exception {
        for (int i = 0; i < 500; i++) {
            if (condition.call()) {
                return true;
            }
            Thread.sleep(100);
        }
        return false;
    }

    /** The senders learn that the only consumer has failed. */
    private static String consumer() throws Exception {
        Channel<Integer> channel = Channel.bounded(1);
        channel.consume(1, element -> {
            if (element == 1) { // and not one that is sent before the failure is known
                CALLED[0].countDown();
                Heap.fill();
            }
        });
        channel.send(1);
        shortOfMemory(CALLED[0]);
        return within(() -> channel.trySend(2, Duration.ofMillis(10)) == SendResult.CLOSED) ? "ended" : "is open";
    }

    /** A publisher that emits when memory is short, and nothing any more once that has thrown. */
    private static String subscriber() throws Exception {
        Channel<Integer> channel = Channel.bounded(1);
        Flow.Subscriber<Integer> subscriber = channel.asSubscriber(16);
        subscriber.onSubscribe(new Flow.Subscription() {
            @Override
            public void request(long count) {}

            @Override
            public void cancel() {}
        });
        subscriber.onNext(0); // the next has no room, and is kept for a thread that sends it
        Thread publisher = new Thread(() -> {
            try {
                CALLED[1].countDown();
                Heap.fill();
            } catch (OutOfMemoryError full) {
                subscriber.onNext(1);
            }
        });
        publisher.setUncaughtExceptionHandler((thread, thrown) -> {});
        publisher.start();
        shortOfMemory(CALLED[1]);
        publisher.join();
        if (!channel.isClosed()) { // there was memory for it
            subscriber.onComplete();
        }
        return within(() -> {
                    channel.tryReceive();
                    return channel.buffer.isEnded();
                })
                ? "ended"
                : "is open";
    }

    /** A subscriber that fails gets no more, and the elements behind go to another. */
    private static String publisher() throws Exception {
        Channel<Integer> channel = Channel.bounded(8);
        channel.asPublisher().subscribe(new Flow.Subscriber<>() {
            @Override
            public void onSubscribe(Flow.Subscription subscription) {
                subscription.request(Long.MAX_VALUE);
            }

            @Override
            public void onNext(Integer element) {
                CALLED[2].countDown();
                Heap.fill();
            }

            @Override
            public void onError(Throwable thrown) {}

            @Override
            public void onComplete() {}
        });
        channel.send(1);
        shortOfMemory(CALLED[2]);
        channel.send(2);
        boolean received =
                within(() -> channel.tryReceive(Duration.ofMillis(10)).isPresent());
        channel.close();
        return received && channel.awaitCompletion(Duration.ofSeconds(50)) ? "ended" : "is open";
    }
}
