package dev.weir.channel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.testkit.Call;
import java.time.Duration;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a channel has counted, and its name. */
class ChannelMetricsTest {
    /** A target that refuses. */
    private static final class Refusing extends AbstractList<Integer> {
        @Override
        public Integer get(int index) {
            throw new IndexOutOfBoundsException();
        }

        @Override
        public int size() {
            return 0;
        }
    }

    /** One of each buffer. */
    enum Kind {
        RING,
        LINKED,
        UNBOUNDED,
        RENDEZVOUS;

        Channel<Integer> make() {
            return switch (this) {
                case RING -> Channel.bounded(4);
                case LINKED -> Channel.bounded(1 << 17);
                case UNBOUNDED -> Channel.unbounded();
                case RENDEZVOUS -> Channel.rendezvous();
            };
        }
    }

    private static void assertBalances(ChannelMetrics now) {
        assertEquals(now.sent(), now.received() + now.dropped() + now.undelivered() + now.size(), now.toString());
    }

    @ParameterizedTest
    @EnumSource
    void what_is_sent_and_received_is_counted(Kind kind) throws Exception {
        Channel<Integer> channel = kind.make();
        assertEquals(0, channel.metrics().sent());
        for (int i = 0; i < 100; i++) {
            int element = i;
            Call<Void> sender = Call.run(() -> channel.send(element));
            assertEquals(i, channel.receive());
            sender.result();
        }
        ChannelMetrics now = channel.metrics();
        assertEquals(100, now.sent());
        assertEquals(100, now.received());
        assertEquals(0, now.dropped());
        assertEquals(0, now.undelivered());
        assertEquals(0, now.size());
        assertBalances(now);
    }

    @Test
    void the_capacity_is_that_of_the_channel() {
        assertEquals(4, Kind.RING.make().metrics().capacity());
        assertEquals(1 << 17, Kind.LINKED.make().metrics().capacity());
        assertEquals(Long.MAX_VALUE, Kind.UNBOUNDED.make().metrics().capacity());
        assertEquals(0, Kind.RENDEZVOUS.make().metrics().capacity());
    }

    @ParameterizedTest
    @EnumSource
    void threads_that_wait_are_counted_on_their_side(Kind kind) throws Exception {
        Channel<Integer> channel = kind.make();
        List<Call<Integer>> receivers = List.of(Call.start(channel::receive), Call.start(channel::receive));
        Call.until(() -> channel.metrics().waitingReceivers() == 2);
        assertEquals(0, channel.metrics().waitingSenders());
        channel.send(1);
        channel.send(2);
        assertEquals(3, receivers.get(0).result() + receivers.get(1).result());
        Call.until(() -> channel.metrics().waitingReceivers() == 0);
        if (kind != Kind.RING && kind != Kind.RENDEZVOUS) {
            return; // never full here
        }
        while (channel.trySend(0) == SendResult.SENT) {}
        Call<Void> sender = Call.run(() -> channel.send(9));
        Call.until(() -> channel.metrics().waitingSenders() == 1);
        sender.interrupt();
        sender.assertThrew(InterruptedException.class);
        assertEquals(0, channel.metrics().waitingSenders());
        assertBalances(channel.metrics());
    }

    @Test
    void elements_that_a_full_channel_drops_are_counted_whichever_they_are() throws Exception {
        Channel<Integer> oldest =
                Channel.<Integer>builder(2).whenFull(WhenFull.DROP_OLDEST).build();
        Channel<Integer> latest =
                Channel.<Integer>builder(2).whenFull(WhenFull.DROP_LATEST).build();
        Channel<Integer> refusing =
                Channel.<Integer>builder(2).whenFull(WhenFull.FAIL).build();
        for (int i = 0; i < 5; i++) {
            oldest.send(i);
            latest.send(i);
            refusing.trySend(i);
        }
        for (Channel<Integer> dropping : List.of(oldest, latest)) {
            assertEquals(5, dropping.metrics().sent());
            assertEquals(3, dropping.metrics().dropped());
            assertEquals(0, dropping.metrics().received());
            assertEquals(2, dropping.metrics().size());
            assertBalances(dropping.metrics());
            dropping.receive();
            assertEquals(1, dropping.metrics().received());
            assertBalances(dropping.metrics());
        }
        assertEquals(2, refusing.metrics().sent()); // the others had no effect
        assertEquals(0, refusing.metrics().dropped());
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "RENDEZVOUS")
    void what_an_abort_returns_is_undelivered(Kind kind) throws Exception {
        Channel<Integer> channel = kind.make();
        channel.send(1);
        channel.send(2);
        channel.send(3);
        channel.receive();
        assertEquals(List.of(2, 3), channel.abort());
        ChannelMetrics now = channel.metrics();
        assertEquals(3, now.sent());
        assertEquals(1, now.received());
        assertEquals(2, now.undelivered());
        assertBalances(now);
        assertEquals(List.of(), channel.abort());
        assertEquals(now, channel.metrics());
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "RENDEZVOUS")
    void an_element_that_is_put_back_was_received_and_sent_again(Kind kind) throws Exception {
        Channel<Integer> channel = kind.make();
        channel.send(1);
        channel.send(2);
        assertThrows(UnsupportedOperationException.class, () -> channel.drainTo(new Refusing(), 10));
        ChannelMetrics now = channel.metrics();
        assertEquals(3, now.sent());
        assertEquals(1, now.received());
        assertEquals(2, now.size());
        assertBalances(now);
        assertEquals(Optional.of(1), channel.tryReceive());
        assertEquals(Optional.of(2), channel.tryReceive());
        assertEquals(3, channel.metrics().received());
        assertBalances(channel.metrics());
    }

    @Test
    void a_rendezvous_whose_element_is_put_back_balances() throws Exception {
        Channel<Integer> channel = Channel.rendezvous();
        Call<Void> sender = Call.run(() -> channel.send(1));
        Call.until(() -> channel.metrics().waitingSenders() == 1);
        assertThrows(UnsupportedOperationException.class, () -> channel.drainTo(new Refusing(), 10));
        sender.result();
        assertEquals(2, channel.metrics().sent());
        assertEquals(1, channel.metrics().size());
        assertBalances(channel.metrics());
        assertEquals(1, channel.receive());
        assertEquals(2, channel.metrics().received());
        assertBalances(channel.metrics());
    }

    @Test
    void the_peak_stays_when_the_channel_is_empty_again() throws Exception {
        Channel<Integer> full = Channel.bounded(4);
        while (full.trySend(1) == SendResult.SENT) {}
        while (full.tryReceive().isPresent()) {}
        assertEquals(4, full.metrics().peakSize());
        assertEquals(0, full.metrics().size());
        Channel<Integer> large = Channel.unbounded();
        for (int i = 0; i < 1_000; i++) {
            large.send(i);
        }
        while (large.tryReceive().isPresent()) {}
        assertEquals(1_000, large.metrics().peakSize());
        Channel<Integer> seen = Channel.bounded(100);
        seen.send(1);
        seen.send(1);
        assertEquals(2, seen.metrics().peakSize());
    }

    @Test
    void the_peak_rises_when_more_are_in_than_ever_as_a_receiver_looks() throws Exception {
        Channel<Integer> channel = Channel.bounded(100);
        int[] sent = {3, 61, 4, 60, 4, 60, 90, 38, 7};
        int[] peaks = {3, 3, 4, 4, 4, 4, 90, 90, 90}; // each second one begins where receivers look
        for (int round = 0; round < sent.length; round++) {
            for (int i = 0; i < sent[round]; i++) {
                channel.send(i);
            }
            for (int i = 0; i < sent[round]; i++) {
                assertEquals(i, channel.receive());
            }
            assertEquals(peaks[round], channel.metrics().peakSize());
        }
    }

    /** Each count that a monitor reads is at least that which it read before, and no element is counted twice. */
    @Test
    void counts_never_fall_while_the_channel_drops_and_is_aborted() throws Exception {
        Channel<Integer> channel =
                Channel.<Integer>builder(3).whenFull(WhenFull.DROP_OLDEST).build();
        AtomicBoolean over = new AtomicBoolean();
        AtomicLong received = new AtomicLong();
        CountDownLatch watched = new CountDownLatch(1);
        Call<Integer> sender = Call.onPlatformThread(() -> {
            watched.await();
            int sent = 0;
            while (sent < 200_000 && channel.trySend(sent) != SendResult.CLOSED) {
                sent++;
            }
            return sent;
        });
        Call<Void> receiver = Call.run(() -> {
            while (channel.next().isPresent()) {
                received.incrementAndGet();
                Thread.yield();
            }
        });
        Call<Integer> monitor = Call.onPlatformThread(() -> {
            ChannelMetrics before = channel.metrics();
            int looks = 0;
            while (!over.get()) {
                ChannelMetrics now = channel.metrics();
                assertTrue(now.sent() >= before.sent(), () -> "sent fell: " + now);
                assertTrue(now.received() >= before.received(), () -> "received fell: " + now);
                assertTrue(now.dropped() >= before.dropped(), () -> "dropped fell: " + now);
                assertTrue(now.received() <= now.sent(), () -> "more received than sent: " + now);
                before = now;
                looks++;
                watched.countDown();
            }
            return looks;
        });
        int sent = sender.result();
        int left = channel.abort().size();
        receiver.result();
        over.set(true);
        assertTrue(monitor.result() > 0);
        ChannelMetrics end = channel.metrics();
        assertEquals(sent, end.sent());
        assertEquals(received.get(), end.received());
        assertEquals(left, end.undelivered());
        assertBalances(end);
    }

    @Test
    void a_channel_has_the_name_that_it_was_given_or_a_number() {
        assertEquals("orders", Channel.builder(1).name("orders").build().name());
        String numbered = Channel.unbounded().name();
        assertTrue(numbered.matches("channel-[0-9]+"), numbered);
        Channel<Integer> twice = Channel.rendezvous();
        assertEquals(twice.name(), twice.name());
        assertEquals(
                "Channel[orders, 0 of 1 elements]",
                Channel.builder(1).name("orders").build().toString());
        assertEquals(
                "ChannelBuilder[orders, capacity 1, WAIT]",
                Channel.builder(1).name("orders").toString());
        assertThrows(IllegalArgumentException.class, () -> Channel.builder(1).name(" "));
        assertThrows(NullPointerException.class, () -> Channel.builder(1).name(null));
    }

    @Test
    void a_channel_that_is_never_full_or_holds_nothing_does_not_drop() throws Exception {
        for (ChannelBuilder<Integer> builder :
                List.of(Channel.<Integer>unboundedBuilder(), Channel.<Integer>rendezvousBuilder())) {
            assertThrows(IllegalArgumentException.class, () -> builder.whenFull(WhenFull.DROP_OLDEST));
            builder.whenFull(WhenFull.WAIT);
            Channel<Integer> channel = builder.build();
            Call<Void> sender = Call.run(() -> channel.send(1));
            List<Integer> target = new ArrayList<>();
            assertEquals(1, channel.drainTo(target, 1, Duration.ofSeconds(60)));
            sender.result();
            assertEquals(List.of(1), target);
        }
    }
}
