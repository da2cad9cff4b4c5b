package dev.weir.guide;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.channel.Channel;
import dev.weir.channel.ChannelClosedException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Flow;
import java.util.concurrent.SubmissionPublisher;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The code of docs/guide/channels.md. */
@Timeout(60)
class ChannelsTest {
    private static final String END = "end";

    // @start region="queue-naive"
    static void consume(BlockingQueue<String> orders, LongAdder handled) throws InterruptedException {
        while (true) {
            String order = orders.take();
            if (order.equals(END)) { // a value that no order may have
                return; // and the other consumers? Each needs an end of its own
            }
            handled.increment();
        }
    }

    // @end

    @Test
    void one_sentinel_ends_one_consumer() throws Exception {
        BlockingQueue<String> orders = new ArrayBlockingQueue<>(16);
        LongAdder handled = new LongAdder();
        List<Thread> consumers = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            consumers.add(Thread.ofPlatform().daemon().start(() -> {
                try {
                    consume(orders, handled);
                } catch (InterruptedException stop) {
                    handled.reset();
                }
            }));
        }
        orders.put("tea");
        orders.put(END);
        while (consumers.stream().noneMatch(consumer -> consumer.getState() == Thread.State.TERMINATED)) {
            Thread.onSpinWait();
        }
        Thread other = consumers.stream().filter(Thread::isAlive).findAny().orElseThrow();
        while (other.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        other.interrupt(); // or it would wait for ever
        other.join();
        assertEquals(0, handled.sum());
    }

    @Test
    void a_channel_has_an_end() throws Exception {
        LongAdder handled = new LongAdder();
        // @start region="channel"
        Channel<String> orders = Channel.bounded(16);
        orders.consume(4, order -> handled.increment()); // four consumers
        for (int i = 0; i < 100; i++) {
            orders.send("order " + i); // waits while the consumers are behind
        }
        orders.close(); // no more; what is in is delivered
        orders.awaitCompletion(); // every order is handled, or the failure of a consumer is thrown
        // @end
        assertEquals(100, handled.sum());
    }

    @Test
    void a_failure_of_either_side_reaches_the_other() throws Exception {
        Channel<String> orders = Channel.bounded(16);
        List<String> log = new ArrayList<>();
        // @start region="channel-fails"
        orders.send("tea");
        orders.fail(new IOException("the connection is lost")); // the end of a producer that cannot go on
        try {
            log.add(orders.receive()); // tea: what is in is delivered
            log.add(orders.receive());
        } catch (ChannelClosedException end) {
            log.add(end.getCause().getMessage());
        }
        // @end
        assertEquals(List.of("tea", "the connection is lost"), log);
    }

    // @start region="subscriber-naive"
    static final class Collect implements Flow.Subscriber<String> {
        final List<String> lines = new ArrayList<>(); // grows as fast as the publisher likes

        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            subscription.request(Long.MAX_VALUE); // no backpressure
        }

        @Override
        public void onNext(String line) {
            lines.add(line); // the loop of the program is turned inside out
        }

        @Override
        public void onError(Throwable failure) {} // nobody sees it

        @Override
        public void onComplete() {}
    }

    // @end

    @Test
    void a_publisher_is_iterated() throws Exception {
        List<String> seen = new ArrayList<>();
        SubmissionPublisher<String> publisher = new SubmissionPublisher<>(Runnable::run, 4);
        Collect naive = new Collect();
        publisher.subscribe(naive);
        publisher.submit("too early for the channel");
        assertEquals(1, naive.lines.size());
        // @start region="iterate"
        Channel<String> lines = Channel.bounded(16);
        publisher.subscribe(lines.asSubscriber(16)); // asks for more as the loop takes them
        // @end
        publisher.submit("one");
        publisher.submit("two");
        publisher.submit("end");
        publisher.close();
        // @start region="iterate-loop"
        for (String line : lines) { // waits for each; throws if the publisher failed
            if (line.equals("end")) {
                lines.abort(); // cancels the subscription
                break;
            }
            seen.add(line);
        }
        // @end
        assertEquals(List.of("one", "two"), seen);
    }

    @Test
    void a_channel_is_a_publisher() throws Exception {
        Channel<String> lines = Channel.bounded(4);
        Collect collected = new Collect();
        lines.asPublisher().subscribe(collected);
        lines.send("one");
        lines.close();
        lines.awaitCompletion();
        assertTrue(lines.isClosed());
    }
}
