package dev.weir.channel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.AbstractCollection;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class ChannelTest {
    @Test
    void try_send_full_and_closed_says_so() {
        Channel<Integer> channel = Channel.bounded(1);
        assertEquals(SendResult.SENT, channel.trySend(1));
        assertEquals(SendResult.FULL, channel.trySend(2));
        channel.close();
        assertEquals(SendResult.CLOSED, channel.trySend(2));
        assertEquals(1, channel.size());
    }

    @Test
    void close_delivers_what_is_in_then_ends() throws Exception {
        Channel<Integer> channel = Channel.unbounded();
        for (int i = 0; i < 3; i++) {
            channel.send(i);
        }
        channel.close();
        assertEquals(List.of(0, 1, 2), channel.stream().toList());
        assertThrows(ChannelClosedException.class, channel::receive);
        assertThrows(ChannelClosedException.class, channel::tryReceive);
        assertThrows(ChannelClosedException.class, () -> channel.send(4));
        assertEquals(Optional.empty(), channel.next());
    }

    @Test
    void fail_gives_its_cause_after_what_is_in() throws Exception {
        Channel<Integer> channel = Channel.bounded(2);
        channel.send(1);
        Exception cause = new Exception("x");
        assertTrue(channel.fail(cause));
        assertFalse(channel.fail(new Exception("second")));
        assertEquals(1, channel.receive());
        assertSame(
                cause, assertThrows(ChannelClosedException.class, channel::next).getCause());
    }

    @Test
    void abort_returns_what_was_left() throws Exception {
        Channel<Integer> channel = Channel.bounded(2);
        channel.send(1);
        channel.send(2);
        assertEquals(List.of(1, 2), channel.abort());
        assertTrue(channel.isClosed());
        assertThrows(ChannelClosedException.class, channel::receive);
    }

    @Test
    void interrupt_on_entry_leaves_the_element() throws Exception {
        Channel<Integer> channel = Channel.bounded(1);
        channel.send(1);
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, channel::receive);
        assertEquals(1, channel.size());
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, () -> channel.send(2));
        assertEquals(List.of(1), channel.abort());
    }

    @Test
    void drain_to_takes_in_order_up_to_max_and_makes_room() throws Exception {
        Channel<Integer> channel = Channel.bounded(3);
        for (int i = 0; i < 3; i++) {
            channel.send(i);
        }
        List<Integer> target = new ArrayList<>();
        assertEquals(0, channel.drainTo(target, 0));
        assertEquals(2, channel.drainTo(target, 2));
        assertEquals(List.of(0, 1), target);
        assertEquals(SendResult.SENT, channel.trySend(3));
        channel.close();
        assertEquals(2, channel.drainTo(target, Integer.MAX_VALUE));
        assertEquals(List.of(0, 1, 2, 3), target);
        assertEquals(0, channel.drainTo(target, 1));
        assertThrows(IllegalArgumentException.class, () -> channel.drainTo(target, -1));
    }

    @Test
    void drain_to_when_the_target_refuses_puts_the_rest_back_in_order() throws Exception {
        Channel<Integer> channel = Channel.unbounded();
        for (int i = 0; i < 5; i++) {
            channel.send(i);
        }
        List<Integer> accepted = new ArrayList<>();
        var full = new AbstractCollection<Integer>() {
            @Override
            public boolean add(Integer element) {
                if (accepted.size() == 2) {
                    channel.trySend(5); // meanwhile
                    throw new IllegalStateException("full");
                }
                return accepted.add(element);
            }

            @Override
            public Iterator<Integer> iterator() {
                return accepted.iterator();
            }

            @Override
            public int size() {
                return accepted.size();
            }
        };
        assertThrows(IllegalStateException.class, () -> channel.drainTo(full, 4));
        assertEquals(List.of(0, 1), accepted);
        channel.close();
        assertEquals(List.of(2, 3, 4, 5), channel.stream().toList());
    }

    @Test
    void iterator_interrupted_throws_cancellation_and_keeps_the_status() throws Exception {
        Channel<Integer> channel = Channel.bounded(1);
        channel.send(1);
        Iterator<Integer> elements = channel.iterator();
        Thread.currentThread().interrupt();
        assertThrows(CancellationException.class, elements::hasNext);
        assertTrue(Thread.interrupted());
        assertEquals(1, elements.next());
    }

    @Test
    void timeout_has_no_effect() throws Exception {
        Channel<Integer> channel = Channel.bounded(1);
        assertEquals(Optional.empty(), channel.tryReceive(Duration.ofMillis(1)));
        channel.send(1);
        assertEquals(SendResult.FULL, channel.trySend(2, Duration.ofMillis(1)));
        assertEquals(List.of(1), channel.abort());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void every_element_is_delivered_once_in_order_under_timeouts_and_interrupts(boolean virtual) throws Exception {
        int producers = 3;
        int each = 5_000;
        Channel<int[]> channel = Channel.bounded(2);
        AtomicInteger producing = new AtomicInteger(producers);
        var factory = virtual
                ? Thread.ofVirtual().factory()
                : Thread.ofPlatform().daemon().factory();
        try (var executor = Executors.newThreadPerTaskExecutor(factory)) {
            List<Thread> consumers = java.util.Collections.synchronizedList(new ArrayList<>());
            List<Future<List<int[]>>> results = new ArrayList<>();
            for (int p = 0; p < producers; p++) {
                int id = p;
                executor.submit(() -> {
                    for (int i = 0; i < each; i++) {
                        int[] element = {id, i};
                        while (channel.trySend(element, Duration.ofNanos(20_000)) != SendResult.SENT) {}
                    }
                    if (producing.decrementAndGet() == 0) {
                        channel.close();
                    }
                    return null;
                });
            }
            for (int c = 0; c < 3; c++) {
                results.add(executor.submit(() -> {
                    consumers.add(Thread.currentThread());
                    List<int[]> got = new ArrayList<>();
                    while (true) {
                        try {
                            got.add(channel.receive());
                        } catch (InterruptedException expected) {
                            Thread.interrupted();
                        } catch (ChannelClosedException end) {
                            return got;
                        }
                    }
                }));
            }
            while (!channel.isClosed()) {
                for (Thread t : List.copyOf(consumers)) {
                    t.interrupt();
                }
                LockSupport.parkNanos(500_000); // the pace of the interrupts, which is the workload
            }
            int[] count = new int[producers];
            java.util.Set<Long> seen = new java.util.HashSet<>();
            for (Future<List<int[]>> result : results) {
                int[] last = {-1, -1, -1};
                for (int[] e : result.get()) {
                    assertTrue(e[1] > last[e[0]], "order within a consumer");
                    last[e[0]] = e[1];
                    count[e[0]]++;
                    assertTrue(seen.add(((long) e[0] << 32) | e[1]), "delivered twice");
                }
            }
            for (int n : count) {
                assertEquals(each, n);
            }
        }
    }
}
