package dev.weir.channel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.time.ManualTimeSource;
import dev.weir.core.time.TimeSource;
import dev.weir.testkit.Call;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(60)
class SelectTest {
    private final Channel<Integer> a = Channel.bounded(1);
    private final Channel<Integer> b = Channel.bounded(1);
    private final Select<String> eitherReceived =
            new Select<String>().receive(a, e -> "a" + e).receive(b, e -> "b" + e);

    @Test
    void nothing_ready_does_nothing() throws Exception {
        assertEquals(Optional.empty(), eitherReceived.trySelect());
        assertEquals(Optional.empty(), eitherReceived.trySelect(Duration.ofMillis(1)));
        assertEquals(Optional.empty(), eitherReceived.trySelect(Duration.ofSeconds(-1)));
    }

    @Test
    void everything_ready_does_one_alone() throws Exception {
        a.send(1);
        b.send(2);
        eitherReceived.select();
        assertEquals(1, a.size() + b.size());
    }

    @Test
    void a_select_in_order_does_the_first_clause_that_is_ready() throws Exception {
        Select<String> inOrder =
                new Select<String>().inOrder().receive(a, e -> "a" + e).receive(b, e -> "b" + e);
        for (int i = 0; i < 100; i++) {
            b.send(i);
            a.send(i);
            assertEquals("a" + i, inOrder.select());
            assertEquals(Optional.of("b" + i), inOrder.trySelect());
            assertEquals(Optional.empty(), inOrder.trySelect());
        }
        Call<String> waiting = Call.thatWaits(inOrder::select);
        b.send(7);
        assertEquals("b7", waiting.result(), "the later one, while the first is not ready");
    }

    @Test
    void ready_clauses_are_chosen_at_random() throws Exception {
        int[] chosen = new int[2];
        Select<Integer> select = new Select<Integer>().receive(a, e -> 0).receive(b, e -> 1);
        for (int i = 0; i < 300; i++) {
            a.trySend(1);
            b.trySend(2);
            chosen[select.select()]++;
        }
        assertTrue(chosen[0] > 50 && chosen[1] > 50, chosen[0] + " and " + chosen[1] + " of 300");
    }

    @Test
    void send_clause_is_ready_when_there_is_room() throws Exception {
        a.send(1);
        Select<String> select = new Select<String>().send(a, 2, () -> "sent").receive(b, e -> "received");
        assertEquals(Optional.empty(), select.trySelect());
        a.receive();
        assertEquals("sent", select.select());
        assertEquals(2, a.receive());
    }

    static Stream<Supplier<Channel<Integer>>> channels() {
        return Stream.of(() -> Channel.bounded(1), Channel::unbounded, Channel::rendezvous);
    }

    @ParameterizedTest
    @MethodSource("channels")
    void waiting_select_is_woken_by_any_clause(Supplier<Channel<Integer>> kind) throws Exception {
        Channel<Integer> first = kind.get();
        Channel<Integer> second = kind.get();
        Call<String> select = Call.thatWaits(() -> new Select<String>()
                .receive(first, e -> "1")
                .receive(second, e -> "2")
                .select());
        second.send(5);
        assertEquals("2", select.result());
        assertEquals(Optional.empty(), second.tryReceive());
        assertEquals(Optional.empty(), first.tryReceive());
    }

    @Test
    void two_selects_meet_in_a_rendezvous() throws Exception {
        Channel<Integer> there = Channel.rendezvous();
        Channel<Integer> back = Channel.rendezvous();
        Call<String> receiving = Call.thatWaits(() -> new Select<String>()
                .receive(there, e -> "got")
                .send(back, 1, () -> "gave")
                .select());
        String sending = new Select<String>()
                .send(there, 2, () -> "gave")
                .receive(back, e -> "got")
                .select();
        assertEquals(sending.equals("gave") ? "got" : "gave", receiving.result());
        assertEquals(Optional.empty(), there.tryReceive());
        assertEquals(SendResult.FULL, back.trySend(3));
    }

    @Test
    void select_on_both_sides_of_a_rendezvous_does_not_meet_itself() throws Exception {
        Channel<Integer> channel = Channel.rendezvous();
        Select<String> both =
                new Select<String>().send(channel, 1, () -> "sent").receive(channel, e -> "received " + e);
        assertEquals(Optional.empty(), both.trySelect());
        Call<String> waiting = Call.thatWaits(both::select);
        channel.send(7);
        assertEquals("received 7", waiting.result());
    }

    @Test
    void interrupt_on_entry_does_nothing() throws Exception {
        a.send(1);
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, eitherReceived::select);
        assertEquals(1, a.size());
    }

    @Test
    void interrupt_while_waiting_leaves_nothing_behind() throws Exception {
        Call<String> select = Call.thatWaits(eitherReceived::select);
        select.thread().interrupt();
        assertInstanceOf(InterruptedException.class, select.failure());
        a.send(1);
        assertEquals(1, a.receive());
    }

    @Test
    void timeout_in_virtual_time() throws Exception {
        ManualTimeSource time = new ManualTimeSource();
        Channel<Integer> timed = Channel.bounded(1, time);
        FutureTask<Optional<String>> select = new FutureTask<>(() -> new Select<String>()
                .receive(timed, e -> "timed")
                .receive(b, e -> "b")
                .trySelect(Duration.ofHours(1)));
        Thread.ofVirtual().start(select);
        time.awaitWaiters(1);
        time.advance(Duration.ofHours(1));
        assertEquals(Optional.empty(), select.get(60, TimeUnit.SECONDS));
    }

    @Test
    void closed_channel_takes_no_part_until_none_is_left() throws Exception {
        a.close();
        Call<String> select = Call.thatWaits(eitherReceived::select);
        b.send(1);
        assertEquals("b1", select.result());
        Call<String> last = Call.thatWaits(eitherReceived::select);
        b.close();
        assertInstanceOf(ChannelClosedException.class, last.failure());
        assertThrows(ChannelClosedException.class, eitherReceived::trySelect);
    }

    @Test
    void failed_channel_ends_the_wait_with_its_cause() throws Exception {
        Exception cause = new Exception("x");
        Call<String> select = Call.thatWaits(eitherReceived::select);
        a.fail(cause);
        assertSame(cause, select.failure().getCause());
    }

    @Test
    void signal_that_a_select_did_not_use_is_passed_on() throws Exception {
        Channel<Integer> c = Channel.bounded(1);
        for (int round = 0; round < 200; round++) {
            FutureTask<String> select = new FutureTask<>(() -> new Select<String>()
                    .receive(a, e -> "a")
                    .receive(c, e -> "c")
                    .select());
            FutureTask<Integer> receiver = new FutureTask<>(a::receive);
            Thread.ofVirtual().start(select);
            Thread.ofVirtual().start(receiver);
            c.send(1);
            a.send(2); // wakes one of them, and if that is the select, it may take the other element
            if (select.get(60, TimeUnit.SECONDS).equals("a")) {
                a.send(3);
                c.receive();
            }
            receiver.get(60, TimeUnit.SECONDS);
        }
    }

    @Test
    void without_clauses_or_with_nulls_is_refused() {
        assertThrows(IllegalStateException.class, () -> new Select<String>().trySelect());
        assertThrows(NullPointerException.class, () -> new Select<String>().receive(null, e -> ""));
        assertThrows(NullPointerException.class, () -> new Select<String>().send(a, null, () -> ""));
        assertThrows(NullPointerException.class, () -> new Select<String>().send(a, 1, null));
    }

    @Test
    void failure_between_the_look_and_the_wait_is_not_overlooked() {
        // The clock is read first after the clauses were looked at, and before the select waits.
        List<Channel<Integer>> failing = new ArrayList<>();
        TimeSource clock = new TimeSource() {
            @Override
            public long nanoTime() {
                failing.forEach(channel -> channel.fail(new IllegalStateException("expected")));
                return TimeSource.system().nanoTime();
            }

            @Override
            public void parkNanos(Object blocker, long nanos) {
                TimeSource.system().parkNanos(blocker, nanos);
            }

            @Override
            public ScheduledTask schedule(Runnable task, Duration delay) {
                return TimeSource.system().schedule(task, delay);
            }
        };
        Channel<Integer> first = Channel.bounded(1, clock);
        failing.add(first);
        Select<String> select =
                new Select<String>().receive(first, e -> "first").receive(b, e -> "b");
        FutureTask<Optional<String>> task = new FutureTask<>(() -> select.trySelect(Duration.ofHours(1)));
        Thread.startVirtualThread(task);
        ExecutionException thrown = assertThrows(ExecutionException.class, () -> task.get(60, TimeUnit.SECONDS));
        assertInstanceOf(ChannelClosedException.class, thrown.getCause());
        assertInstanceOf(IllegalStateException.class, thrown.getCause().getCause());
    }
}
