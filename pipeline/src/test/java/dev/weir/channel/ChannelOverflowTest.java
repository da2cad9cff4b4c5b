package dev.weir.channel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.testkit.Call;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class ChannelOverflowTest {
    private final List<Integer> undelivered = new ArrayList<>();

    private Channel<Integer> full(WhenFull policy) {
        Channel<Integer> channel = Channel.<Integer>builder(2)
                .whenFull(policy)
                .onUndelivered(undelivered::add)
                .build();
        assertEquals(SendResult.SENT, channel.trySend(1));
        assertEquals(SendResult.SENT, channel.trySend(2));
        return channel;
    }

    @Test
    void drop_oldest_sends_the_new_and_hands_out_the_oldest() throws Exception {
        Channel<Integer> channel = full(WhenFull.DROP_OLDEST);
        assertEquals(SendResult.SENT, channel.trySend(3));
        channel.send(4);
        assertEquals(SendResult.SENT, channel.trySend(5, Duration.ofHours(1)));
        assertEquals(List.of(1, 2, 3), undelivered);
        assertEquals(List.of(4, 5), channel.abort());
        assertEquals(List.of(1, 2, 3), undelivered, "what abort returns is not handed out as well");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 100_000})
    void drop_oldest_keeps_the_last_elements_of_any_capacity(int capacity) {
        Channel<Integer> channel = Channel.<Integer>builder(capacity)
                .whenFull(WhenFull.DROP_OLDEST)
                .onUndelivered(undelivered::add)
                .build();
        for (int i = 0; i < capacity + 10; i++) {
            assertEquals(SendResult.SENT, channel.trySend(i));
        }
        assertEquals(List.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9), undelivered);
        assertEquals(capacity, channel.size());
        assertEquals(10, channel.tryReceive().orElseThrow());
    }

    @Test
    void drop_latest_never_says_sent() throws Exception {
        Channel<Integer> channel = full(WhenFull.DROP_LATEST);
        assertEquals(SendResult.DROPPED, channel.trySend(3));
        assertEquals(SendResult.DROPPED, channel.trySend(4, Duration.ofHours(1)));
        channel.send(5);
        assertEquals(List.of(3, 4, 5), undelivered);
        assertEquals(List.of(1, 2), channel.abort());
    }

    @Test
    void a_callback_may_wait_and_holds_up_the_send_that_drops() throws Exception {
        Channel<Integer> late = Channel.rendezvous();
        Channel<Integer> channel = Channel.<Integer>builder(1)
                .whenFull(WhenFull.DROP_OLDEST)
                .onUndelivered(late::send)
                .build();
        channel.send(1);
        Call<SendResult> sending = Call.thatWaits(() -> channel.trySend(2));
        assertEquals(1, late.receive());
        assertEquals(SendResult.SENT, sending.result());
        assertEquals(List.of(2), channel.abort());
    }

    @Test
    void a_callback_that_is_interrupted_leaves_the_interrupt_to_the_sender_whose_element_is_in() throws Exception {
        Channel<Integer> late = Channel.rendezvous();
        Channel<Integer> channel = Channel.<Integer>builder(1)
                .whenFull(WhenFull.DROP_OLDEST)
                .onUndelivered(late::send)
                .build();
        channel.send(1);
        Call<Boolean> sending = Call.thatWaits(() ->
                channel.trySend(2) == SendResult.SENT && Thread.currentThread().isInterrupted());
        sending.thread().interrupt();
        assertEquals(true, sending.result());
        assertEquals(List.of(2), channel.abort());
    }

    @Test
    void fail_refuses_at_once_and_leaves_the_element_to_the_caller() throws Exception {
        Channel<Integer> channel = full(WhenFull.FAIL);
        assertThrows(ChannelFullException.class, () -> channel.send(3));
        assertEquals(SendResult.FULL, channel.trySend(3));
        assertEquals(SendResult.FULL, channel.trySend(3, Duration.ofHours(1)));
        channel.receive();
        channel.send(3);
        assertEquals(List.of(2, 3), channel.abort());
        assertEquals(List.of(), undelivered);
    }

    @ParameterizedTest
    @EnumSource(WhenFull.class)
    void closed_and_full_is_closed_and_drops_nothing(WhenFull policy) {
        Channel<Integer> channel = full(policy);
        channel.close();
        assertEquals(SendResult.CLOSED, channel.trySend(3));
        assertThrows(ChannelClosedException.class, () -> channel.send(3));
        assertEquals(List.of(1, 2), channel.stream().toList());
        assertEquals(List.of(), undelivered);
    }

    @ParameterizedTest
    @EnumSource(WhenFull.class)
    void interrupt_on_entry_sends_and_drops_nothing(WhenFull policy) {
        Channel<Integer> channel = full(policy);
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, () -> channel.send(3));
        assertEquals(List.of(1, 2), channel.abort());
        assertEquals(List.of(), undelivered);
    }

    @Test
    void callback_that_throws_harms_nobody() {
        Channel<Integer> channel = Channel.<Integer>builder(1)
                .whenFull(WhenFull.DROP_OLDEST)
                .onUndelivered(element -> {
                    undelivered.add(element);
                    throw new IllegalStateException("expected by the test");
                })
                .build();
        channel.trySend(1);
        assertEquals(SendResult.SENT, channel.trySend(2));
        assertEquals(List.of(1), undelivered);
        assertEquals(2, channel.tryReceive().orElseThrow());
    }

    @Test
    void callback_may_use_the_channel() {
        List<Channel<Integer>> self = new ArrayList<>();
        Channel<Integer> channel = Channel.<Integer>builder(1)
                .whenFull(WhenFull.DROP_OLDEST)
                .onUndelivered(element -> undelivered.add(self.get(0).size()))
                .build();
        self.add(channel);
        channel.trySend(1);
        channel.trySend(2);
        assertEquals(List.of(1), undelivered, "the callback is called outside of locks, when the new one is in");
    }

    @Test
    void close_in_the_callback_comes_after_the_element_that_the_oldest_made_room_for() {
        List<Channel<Integer>> self = new ArrayList<>();
        Channel<Integer> channel = Channel.<Integer>builder(1)
                .whenFull(WhenFull.DROP_OLDEST)
                .onUndelivered(element -> {
                    undelivered.add(element);
                    self.get(0).close();
                })
                .build();
        self.add(channel);
        channel.trySend(1);
        assertEquals(SendResult.SENT, channel.trySend(2));
        assertEquals(List.of(1), undelivered);
        assertEquals(List.of(2), channel.abort());
    }

    @Test
    void bad_input_is_named() {
        assertTrue(assertThrows(IllegalArgumentException.class, () -> Channel.builder(0))
                .getMessage()
                .contains("capacity must be at least 1, but is 0"));
        ChannelBuilder<Integer> builder = Channel.builder(1);
        assertThrows(NullPointerException.class, () -> builder.whenFull(null));
        assertThrows(NullPointerException.class, () -> builder.onUndelivered(null));
        assertThrows(NullPointerException.class, () -> builder.timeSource(null));
    }
}
