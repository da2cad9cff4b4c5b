package dev.weir.channel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.weir.core.time.ManualTimeSource;
import dev.weir.testkit.Call;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RendezvousTest {
    private final Channel<Integer> channel = Channel.rendezvous();

    @RepeatedTest(200)
    void nobody_sees_the_end_before_an_element_is_put_back() throws Exception {
        Channel<Integer> channel = Channel.rendezvous();
        Thread drain = Thread.ofPlatform().start(() -> {
            try {
                channel.drainTo(List.of(), 1, Duration.ofMinutes(1));
            } catch (UnsupportedOperationException | InterruptedException refused) {
                // it is put back
            }
        });
        channel.send(1);
        channel.close();
        boolean ended = channel.awaitCompletion(Duration.ZERO);
        drain.join();
        assertFalse(ended && channel.size() == 1);
        assertEquals(Optional.of(1), channel.tryReceive());
    }

    @Test
    void try_send_without_a_receiver_is_full() {
        assertEquals(SendResult.FULL, channel.trySend(1));
        assertEquals(Optional.empty(), channel.tryReceive());
        assertEquals(0, channel.size());
    }

    @Test
    void send_waits_for_the_receiver() throws Exception {
        Call<String> sender = Call.thatWaits(() -> {
            channel.send(1);
            return "sent";
        });
        assertEquals(0, channel.size());
        assertEquals(Optional.of(1), channel.tryReceive());
        assertEquals("sent", sender.result());
    }

    @Test
    void try_send_to_a_waiting_receiver_is_sent() throws Exception {
        Call<Integer> receiver = Call.thatWaits(channel::receive);
        assertEquals(SendResult.SENT, channel.trySend(1));
        assertEquals(1, receiver.result());
    }

    @Test
    void waiting_senders_are_served_in_order() throws Exception {
        Call<String> first = sender(1);
        Call<String> second = sender(2);
        assertEquals(1, channel.receive());
        assertEquals(2, channel.receive());
        first.result();
        second.result();
    }

    @Test
    void interrupted_sender_keeps_its_element() throws Exception {
        Call<String> sender = sender(1);
        sender.thread().interrupt();
        assertInstanceOf(InterruptedException.class, sender.failure());
        assertEquals(Optional.empty(), channel.tryReceive());
    }

    @Test
    void interrupted_receiver_takes_nothing() throws Exception {
        Call<Integer> receiver = Call.thatWaits(channel::receive);
        receiver.thread().interrupt();
        assertInstanceOf(InterruptedException.class, receiver.failure());
        assertEquals(SendResult.FULL, channel.trySend(1));
    }

    @Test
    void close_refuses_waiting_senders_and_ends_waiting_receivers() throws Exception {
        Call<String> sender = sender(1);
        channel.close();
        assertInstanceOf(ChannelClosedException.class, sender.failure());
        Channel<Integer> other = Channel.rendezvous();
        Call<Optional<Integer>> receiver = Call.thatWaits(other::next);
        assertEquals(List.of(), other.abort());
        assertEquals(Optional.empty(), receiver.result());
        assertEquals(SendResult.CLOSED, other.trySend(1));
        assertThrows(ChannelClosedException.class, other::tryReceive);
    }

    @Test
    void timeouts_leave_nothing_behind_in_virtual_time() throws Exception {
        ManualTimeSource time = new ManualTimeSource();
        Channel<Integer> timed = Channel.rendezvous(time);
        FutureTask<SendResult> sender = new FutureTask<>(() -> timed.trySend(1, Duration.ofHours(1)));
        FutureTask<Optional<Integer>> receiver = new FutureTask<>(() -> timed.tryReceive(Duration.ofHours(2)));
        Thread.ofVirtual().start(sender);
        time.awaitWaiters(1);
        time.advance(Duration.ofHours(1));
        assertEquals(SendResult.FULL, sender.get(60, TimeUnit.SECONDS));
        Thread.ofVirtual().start(receiver);
        time.awaitWaiters(1);
        time.advance(Duration.ofHours(2));
        assertEquals(Optional.empty(), receiver.get(60, TimeUnit.SECONDS));
    }

    private Call<String> sender(int element) throws InterruptedException {
        return Call.thatWaits(() -> {
            channel.send(element);
            return "sent";
        });
    }
}
