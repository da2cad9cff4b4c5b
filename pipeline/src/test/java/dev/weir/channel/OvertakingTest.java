package dev.weir.channel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.testkit.Call;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Flow;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A waiter that was overtaken too often is not overtaken by selects and publishers that can wait, either. */
@Timeout(60)
class OvertakingTest {
    private final Channel<Integer> channel = Channel.bounded(1);
    private final Buffer<Integer> buffer = channel.buffer;

    /** A receiver that was woken for the element that is in, and has not come to take it. */
    private ChannelWaiter starvingReceiver() throws InterruptedException {
        ChannelWaiter waiter = Objects.requireNonNull(buffer.enterReceive(QueuePosition.TAIL, null));
        buffer.receiverLimit.reach();
        channel.send(1);
        return waiter;
    }

    private Integer comes(ChannelWaiter receiver) {
        Integer element = buffer.leaveReceive(receiver, true);
        buffer.receiverLimit.left(8);
        return element;
    }

    private ChannelWaiter starvingSender() throws InterruptedException {
        channel.send(1);
        ChannelWaiter waiter = Objects.requireNonNull(buffer.enterSend(2, QueuePosition.TAIL, null));
        buffer.senderLimit.reach();
        assertEquals(1, channel.receive());
        return waiter;
    }

    @Test
    void a_select_queues_behind_a_receiver_that_was_overtaken_too_often() throws Exception {
        ChannelWaiter starving = starvingReceiver();
        Select<Integer> select = new Select<Integer>().receive(channel, e -> e);
        Call<Integer> behind = Call.thatWaits(select::select);
        assertEquals(1, comes(starving));
        channel.send(2);
        assertEquals(2, behind.result());
    }

    @Test
    void a_select_queues_behind_a_sender_that_was_overtaken_too_often() throws Exception {
        ChannelWaiter starving = starvingSender();
        Select<String> select = new Select<String>().send(channel, 3, () -> "sent");
        Call<String> behind = Call.thatWaits(select::select);
        assertEquals(SendResult.SENT, buffer.leaveSend(starving, 2, true));
        buffer.senderLimit.left(8);
        assertEquals(2, channel.receive());
        assertEquals("sent", behind.result());
        assertEquals(3, channel.receive());
    }

    /** In the other channel nobody is overtaken. */
    @Test
    void a_select_takes_what_is_ready_elsewhere() throws Exception {
        ChannelWaiter starving = starvingReceiver();
        Channel<Integer> other = Channel.bounded(1);
        Select<Integer> select = new Select<Integer>().receive(channel, e -> e).receive(other, e -> -e);
        other.send(7);
        assertEquals(-7, select.select());
        Call<Integer> behind = Call.thatWaits(select::select);
        other.send(8); // which wakes it, and what is in the first channel is still not its own
        assertEquals(-8, behind.result());
        assertEquals(1, comes(starving));
    }

    @Test
    void a_select_that_cannot_wait_overtakes() throws Exception {
        ChannelWaiter starving = starvingReceiver();
        Select<Integer> select = new Select<Integer>().receive(channel, e -> e);
        assertEquals(Optional.of(1), select.trySelect());
        assertEquals(null, comes(starving));
    }

    @Test
    void the_shortest_wait_of_a_select_takes_a_look_behind_one_that_was_overtaken() throws Exception {
        channel.send(1);
        buffer.receiverLimit.reach();
        Select<Integer> select = new Select<Integer>().receive(channel, e -> e);
        assertEquals(Optional.of(1), select.trySelect(Duration.ofNanos(1)));
    }

    @Test
    void a_select_that_is_overtaken_again_and_again_is_not_for_ever() throws Exception {
        Select<Integer> select = new Select<Integer>().receive(channel, e -> e);
        Call<Integer> waiting = Call.thatWaits(select::select);
        for (int i = 0; !buffer.receiverLimit.isReached() && !waiting.isDone() && i < 1_000_000; i++) {
            channel.send(i);
            Optional<Integer> unused = channel.tryReceive(); // mostly before the select, which was woken for it
            Thread.yield();
        }
        channel.trySend(-1);
        waiting.result();
        assertEquals(false, buffer.receiverLimit.isReached());
    }

    @Test
    void a_publisher_queues_behind_a_receiver_that_was_overtaken_too_often() throws Exception {
        long start = System.nanoTime();
        // As many rounds as there is time for: each yield may cost a time slice of others.
        for (int round = 0; round < 300 && System.nanoTime() - start < 20_000_000_000L; round++) {
            Channel<Integer> published = Channel.bounded(1);
            ConcurrentLinkedQueue<Integer> got = new ConcurrentLinkedQueue<>();
            ChannelWaiter starving = Objects.requireNonNull(published.buffer.enterReceive(QueuePosition.TAIL, null));
            published.buffer.receiverLimit.reach();
            published.send(1);
            published.asPublisher().subscribe(new Flow.Subscriber<>() {
                @Override
                public void onSubscribe(Flow.Subscription subscription) {
                    subscription.request(Long.MAX_VALUE);
                }

                @Override
                public void onNext(Integer element) {
                    got.add(element);
                }

                @Override
                public void onError(Throwable thrown) {}

                @Override
                public void onComplete() {}
            });
            for (int i = 0; i < round; i++) {
                Thread.yield();
            }
            assertEquals(1, published.buffer.leaveReceive(starving, true));
            published.buffer.receiverLimit.left(8);
            published.send(2);
            Call.until(() -> !got.isEmpty());
            assertEquals(2, got.poll());
            published.close();
        }
    }
}
