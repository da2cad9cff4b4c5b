package dev.weir.channel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.weir.core.time.ManualTimeSource;
import dev.weir.core.time.TimeSource;
import dev.weir.testkit.Call;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ChannelWaitTest {
    private final Channel<Integer> channel = Channel.bounded(1);

    @Test
    void interrupt_during_send_leaves_the_element_with_the_caller() throws Exception {
        channel.send(1);
        Call<Object> sender = Call.thatWaits(() -> {
            channel.send(2);
            return "sent";
        });
        sender.thread().interrupt();
        assertInstanceOf(InterruptedException.class, sender.failure());
        assertEquals(List.of(1), channel.abort());
    }

    @Test
    void interrupt_during_receive_takes_nothing() throws Exception {
        Call<Object> receiver = Call.thatWaits(channel::receive);
        receiver.thread().interrupt();
        assertInstanceOf(InterruptedException.class, receiver.failure());
        channel.send(1);
        assertEquals(1, channel.receive());
    }

    @Test
    void close_wakes_every_waiting_receiver() throws Exception {
        List<Call<Object>> receivers = List.of(Call.thatWaits(channel::next), Call.thatWaits(channel::next));
        channel.close();
        for (Call<Object> receiver : receivers) {
            assertEquals(Optional.empty(), receiver.result());
        }
    }

    @Test
    void abort_wakes_every_waiting_sender_who_keep_its_element() throws Exception {
        channel.send(1);
        Call<Object> sender = Call.thatWaits(() -> {
            channel.send(2);
            return "sent";
        });
        assertEquals(List.of(1), channel.abort());
        assertInstanceOf(ChannelClosedException.class, sender.failure());
        assertEquals(0, channel.size());
    }

    @Test
    void receiver_that_leaves_with_its_element_sees_to_the_one_behind_it() throws Exception {
        Call<Object> first = Call.thatWaits(channel::receive);
        Call<Object> second = Call.thatWaits(channel::receive);
        channel.send(1);
        assertEquals(1, first.result());
        channel.send(2);
        assertEquals(2, second.result());
    }

    @Test
    void sender_that_leaves_when_its_element_is_in_sees_to_the_one_behind_it() throws Exception {
        channel.send(1);
        Call<Object> first = Call.thatWaits(() -> send(2));
        Call<Object> second = Call.thatWaits(() -> send(3));
        assertEquals(1, channel.receive());
        assertEquals("sent", first.result());
        assertEquals(2, channel.receive());
        assertEquals("sent", second.result());
        assertEquals(3, channel.receive());
    }

    private String send(int element) throws InterruptedException {
        channel.send(element);
        return "sent";
    }

    @Test
    void timed_receive_ends_in_virtual_time() throws Exception {
        ManualTimeSource time = new ManualTimeSource();
        Channel<Integer> timed = Channel.bounded(1, time);
        FutureTask<Object> receiver = new FutureTask<>(() -> timed.tryReceive(Duration.ofHours(1)));
        Thread.ofVirtual().start(receiver);
        time.awaitWaiters(1);
        time.advance(Duration.ofHours(1));
        assertEquals(Optional.empty(), receiver.get(60, TimeUnit.SECONDS));
    }

    /** With a clock that goes on by a nanosecond each time that it is looked at. */
    @Test
    void shortest_wait_takes_a_look_even_behind_one_who_was_overtaken() throws Exception {
        AtomicLong now = new AtomicLong();
        Channel<Integer> timed = Channel.bounded(1, new TimeSource() {
            @Override
            public long nanoTime() {
                return now.incrementAndGet();
            }

            @Override
            public void parkNanos(Object blocker, long nanos) {}

            @Override
            public ScheduledTask schedule(Runnable task, Duration delay) {
                throw new UnsupportedOperationException();
            }
        });
        timed.buffer.senderLimit.reach();
        timed.buffer.receiverLimit.reach();
        assertEquals(SendResult.SENT, timed.trySend(1, Duration.ofNanos(1)));
        assertEquals(Optional.of(1), timed.tryReceive(Duration.ofNanos(1)));
    }
}
