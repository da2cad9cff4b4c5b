package dev.weir.channel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.testkit.Call;
import java.time.Duration;
import java.util.AbstractCollection;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Spliterator;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The view behaves as {@link BlockingQueue}, {@link java.util.Queue} and {@link Collection} specify. */
@Timeout(60)
class ChannelQueueTest {
    private final Channel<Integer> channel = Channel.bounded(3);
    private final BlockingQueue<Integer> queue = channel.asBlockingQueue();

    @Test
    void insertions_into_a_full_queue_do_what_the_interface_says() throws Exception {
        assertTrue(queue.offer(1));
        assertTrue(queue.add(2));
        assertTrue(queue.offer(3, 1, TimeUnit.HOURS));
        assertFalse(queue.offer(4));
        assertThrows(IllegalStateException.class, () -> queue.add(4));
        assertFalse(queue.offer(4, 1, TimeUnit.MILLISECONDS));
        assertFalse(queue.offer(4, -1, TimeUnit.MILLISECONDS));
        Call<String> putting = Call.thatWaits(() -> {
            queue.put(4);
            return "put";
        });
        assertEquals(1, queue.take());
        assertEquals("put", putting.result());
        assertEquals(List.of(2, 3, 4), new ArrayList<>(queue));
    }

    @Test
    void removals_from_an_empty_queue_do_what_the_interface_says() throws Exception {
        assertNull(queue.poll());
        assertNull(queue.poll(1, TimeUnit.MILLISECONDS));
        assertNull(queue.peek());
        assertThrows(NoSuchElementException.class, queue::remove);
        assertThrows(NoSuchElementException.class, queue::element);
        Call<Integer> taking = Call.thatWaits(queue::take);
        queue.put(1);
        assertEquals(1, taking.result());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 100_000})
    void peek_of_the_only_consumer_is_what_it_polls_next(int capacity) throws Exception {
        long start = System.nanoTime();
        Channel<Integer> busy = Channel.bounded(capacity);
        BlockingQueue<Integer> view = busy.asBlockingQueue();
        Thread producer = Thread.ofPlatform().daemon().start(() -> {
            int next = 0;
            for (SendResult result; (result = busy.trySend(next)) != SendResult.CLOSED; ) {
                if (result == SendResult.SENT) {
                    next++;
                } else {
                    Thread.yield(); // one core alone would be held up for a time slice
                }
            }
        });
        // As many as there is time for: each may cost a change of threads, which others may hold up.
        for (int i = 0; i < 20_000 && System.nanoTime() - start < 1_000_000_000L; i++) {
            while (view.isEmpty()) {
                Thread.yield();
            }
            assertEquals(i, view.peek(), "an element is in, and nobody else takes it");
            assertEquals(i, view.poll());
        }
        busy.abort();
        producer.join();
        assertNull(view.peek());
    }

    @Test
    void peek_sees_what_was_put_back() {
        queue.addAll(List.of(1, 2));
        assertThrows(UnsupportedOperationException.class, () -> queue.drainTo(List.of()));
        assertEquals(1, queue.peek());
        assertEquals(1, queue.poll());
        assertEquals(2, queue.peek());
    }

    @Test
    void examination_leaves_the_elements() {
        queue.addAll(List.of(1, 2));
        assertEquals(1, queue.peek());
        assertEquals(1, queue.element());
        assertTrue(queue.contains(2));
        assertFalse(queue.contains(3));
        assertFalse(queue.contains(null));
        assertTrue(queue.containsAll(List.of(2, 1)));
        assertArrayEquals(new Object[] {1, 2}, queue.toArray());
        assertArrayEquals(new Integer[] {1, 2}, queue.toArray(new Integer[0]));
        assertArrayEquals(new Integer[] {1, 2}, queue.toArray(Integer[]::new));
        assertEquals("[1, 2]", queue.toString());
        assertEquals(List.of(1, 2), queue.stream().toList());
        List<Integer> each = new ArrayList<>();
        queue.forEach(each::add);
        assertEquals(List.of(1, 2), each);
        assertEquals(2, queue.size());
        assertFalse(queue.isEmpty());
        assertFalse(queue.spliterator().hasCharacteristics(Spliterator.SIZED));
        assertNotEquals(queue, channel.asBlockingQueue(), "queues are equal to themselves alone");
    }

    @Test
    void the_view_is_the_channel() throws Exception {
        channel.send(1);
        assertEquals(1, queue.size());
        queue.put(2);
        assertEquals(1, channel.receive());
        assertEquals(2, channel.receive());
        assertTrue(queue.isEmpty());
    }

    @Test
    void remaining_capacity_is_what_can_be_added() {
        assertEquals(3, queue.remainingCapacity());
        queue.add(1);
        assertEquals(2, queue.remainingCapacity());
        assertEquals(Integer.MAX_VALUE, Channel.unbounded().asBlockingQueue().remainingCapacity());
        assertEquals(0, Channel.rendezvous().asBlockingQueue().remainingCapacity());
    }

    @Test
    void iterator_is_weakly_consistent_and_cannot_remove() {
        queue.addAll(List.of(1, 2));
        Iterator<Integer> elements = queue.iterator();
        queue.poll();
        queue.add(3);
        assertEquals(1, elements.next());
        assertThrows(UnsupportedOperationException.class, elements::remove);
        assertEquals(2, elements.next());
        assertFalse(elements.hasNext());
        assertThrows(NoSuchElementException.class, elements::next);
        assertEquals(List.of(2, 3), List.copyOf(queue));
    }

    @Test
    void removal_from_the_middle_is_unsupported_and_of_nothing_is_not() {
        queue.addAll(List.of(1, 2));
        assertThrows(UnsupportedOperationException.class, () -> queue.remove(2));
        assertThrows(UnsupportedOperationException.class, () -> queue.removeIf(e -> e == 2));
        assertThrows(UnsupportedOperationException.class, () -> queue.removeAll(List.of(2)));
        assertThrows(UnsupportedOperationException.class, () -> queue.retainAll(List.of(2)));
        assertFalse(queue.remove(7));
        assertFalse(queue.removeAll(List.of(7)));
        assertFalse(queue.retainAll(List.of(1, 2)));
        assertFalse(queue.removeIf(e -> e == 7));
        assertEquals(2, queue.size());
    }

    @Test
    void clear_takes_everything() {
        queue.addAll(List.of(1, 2, 3));
        queue.clear();
        assertTrue(queue.isEmpty());
        assertEquals(3, queue.remainingCapacity());
    }

    @Test
    void drain_to_moves_in_order() {
        queue.addAll(List.of(1, 2, 3));
        List<Integer> target = new ArrayList<>();
        assertEquals(0, queue.drainTo(target, 0));
        assertEquals(0, queue.drainTo(target, -1));
        assertEquals(1, queue.drainTo(target, 1));
        assertEquals(2, queue.drainTo(target));
        assertEquals(List.of(1, 2, 3), target);
        assertThrows(IllegalArgumentException.class, () -> queue.drainTo(queue));
        assertThrows(IllegalArgumentException.class, () -> queue.drainTo(queue, 1));
        assertThrows(IllegalArgumentException.class, () -> queue.drainTo(channel.asBlockingQueue()));
        assertThrows(NullPointerException.class, () -> queue.drainTo(null));
    }

    @Test
    void nulls_are_refused() {
        assertThrows(NullPointerException.class, () -> queue.offer(null));
        assertThrows(NullPointerException.class, () -> queue.add(null));
        assertThrows(NullPointerException.class, () -> queue.put(null));
        assertThrows(NullPointerException.class, () -> queue.offer(null, 1, TimeUnit.SECONDS));
        assertThrows(NullPointerException.class, () -> queue.addAll(null));
        assertThrows(IllegalArgumentException.class, () -> queue.addAll(queue));
    }

    @Test
    void interrupt_on_entry_is_thrown() {
        for (Waiting operation : List.<Waiting>of(
                queue::take,
                () -> queue.put(1),
                () -> queue.poll(1, TimeUnit.HOURS),
                () -> queue.offer(1, 1, TimeUnit.HOURS))) {
            Thread.currentThread().interrupt();
            assertThrows(InterruptedException.class, operation::run);
        }
        assertTrue(queue.isEmpty());
    }

    private interface Waiting {
        void run() throws InterruptedException;
    }

    @Test
    void interrupt_while_waiting_takes_nothing() throws Exception {
        Call<Integer> polling = Call.thatWaits(() -> queue.poll(1, TimeUnit.HOURS));
        polling.thread().interrupt();
        assertInstanceOf(InterruptedException.class, polling.failure());
    }

    @Test
    void closed_channel_refuses_and_ends() throws Exception {
        queue.add(1);
        channel.close();
        assertFalse(queue.offer(2));
        assertFalse(queue.offer(2, 1, TimeUnit.HOURS));
        assertThrows(IllegalStateException.class, () -> queue.put(2));
        assertEquals(1, queue.take());
        assertNull(queue.poll());
        assertNull(queue.poll(1, TimeUnit.HOURS));
        assertThrows(IllegalStateException.class, queue::take);
    }

    @Test
    void snapshots_cover_every_kind_of_buffer() {
        Channel<Integer> unbounded = Channel.unbounded();
        for (int i = 0; i < 300; i++) {
            unbounded.trySend(i);
        }
        for (int i = 0; i < 100; i++) {
            unbounded.tryReceive();
        }
        List<Integer> left = List.copyOf(unbounded.asBlockingQueue());
        assertEquals(200, left.size());
        assertEquals(100, left.get(0));
        assertEquals(299, left.get(199));
        assertEquals(100, unbounded.asBlockingQueue().peek());
        assertNull(Channel.rendezvous().asBlockingQueue().peek());
    }

    @Test
    void add_says_that_the_channel_is_closed_and_not_that_it_is_full() {
        channel.close();
        assertEquals(
                "the channel is closed",
                assertThrows(IllegalStateException.class, () -> queue.add(1)).getMessage());
    }

    @Test
    void add_says_that_the_element_was_dropped() {
        BlockingQueue<Integer> dropping = Channel.<Integer>builder(1)
                .whenFull(WhenFull.DROP_LATEST)
                .build()
                .asBlockingQueue();
        dropping.add(1);
        assertTrue(assertThrows(IllegalStateException.class, () -> dropping.add(2))
                .getMessage()
                .contains("dropped"));
        assertFalse(dropping.offer(2));
    }

    /** As documented: the callback of the channel is where a dropped element goes, not an exception. */
    @Test
    void put_returns_when_its_element_was_dropped_and_the_callback_has_it() throws Exception {
        List<Integer> dropped = new ArrayList<>();
        BlockingQueue<Integer> dropping = Channel.<Integer>builder(1)
                .whenFull(WhenFull.DROP_LATEST)
                .onUndelivered(dropped::add)
                .build()
                .asBlockingQueue();
        dropping.put(1);
        dropping.put(2);
        assertEquals(List.of(2), dropped);
    }

    @Test
    void a_channel_is_not_drained_into_its_own_queue() {
        assertThrows(IllegalArgumentException.class, () -> channel.drainTo(queue, 1));
        assertThrows(IllegalArgumentException.class, () -> channel.drainTo(queue, 1, Duration.ZERO));
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 100_000, 0})
    void nobody_sees_the_end_while_a_drained_element_may_come_back(int capacity) throws Exception {
        Channel<Integer> drained = capacity == 0 ? Channel.rendezvous() : Channel.bounded(capacity);
        Call<String> sender = capacity == 0 ? Call.thatWaits(() -> sent(drained)) : Call.start(() -> sent(drained));
        while (capacity != 0 && drained.size() == 0) {
            Thread.yield();
        }
        List<Call<?>> others = new ArrayList<>();
        Collection<Integer> refusing = new AbstractCollection<>() {
            @Override
            public boolean add(Integer element) {
                drained.close();
                others.add(Call.thatWaits(drained::next));
                others.add(Call.thatWaits(() -> {
                    drained.awaitCompletion();
                    return "completed";
                }));
                throw new IllegalStateException("refused");
            }

            @Override
            public Iterator<Integer> iterator() {
                return List.<Integer>of().iterator();
            }

            @Override
            public int size() {
                return 0;
            }
        };
        boolean timed = capacity == 3;
        assertThrows(IllegalStateException.class, () -> {
            if (timed) {
                drained.drainTo(refusing, 10, Duration.ofHours(1));
            } else {
                drained.drainTo(refusing, 10);
            }
        });
        assertEquals("sent", sender.result());
        assertEquals(Optional.of(1), others.get(0).result());
        assertEquals("completed", others.get(1).result());
    }

    private static String sent(Channel<Integer> channel) throws InterruptedException {
        channel.send(1);
        return "sent";
    }

    @Test
    void two_timed_drains_of_a_closed_channel_both_see_the_end() throws Exception {
        List<Call<Integer>> drains = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            drains.add(Call.thatWaits(() -> channel.drainTo(new ArrayList<>(), 10, Duration.ofHours(1))));
        }
        channel.close();
        for (Call<Integer> drain : drains) {
            assertInstanceOf(ChannelClosedException.class, drain.failure());
        }
    }
}
