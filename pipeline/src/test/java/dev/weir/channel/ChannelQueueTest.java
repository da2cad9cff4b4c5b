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
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
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
    void insertion_full() throws Exception {
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
    void removal_empty() throws Exception {
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
    void peek_ofTheOnlyConsumer_isWhatItPollsNext(int capacity) throws Exception {
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
    void peek_seesWhatWasPutBack() {
        queue.addAll(List.of(1, 2));
        assertThrows(UnsupportedOperationException.class, () -> queue.drainTo(List.of()));
        assertEquals(1, queue.peek());
        assertEquals(1, queue.poll());
        assertEquals(2, queue.peek());
    }

    @Test
    void examination_leavesTheElements() {
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
    void theView_isTheChannel() throws Exception {
        channel.send(1);
        assertEquals(1, queue.size());
        queue.put(2);
        assertEquals(1, channel.receive());
        assertEquals(2, channel.receive());
        assertTrue(queue.isEmpty());
    }

    @Test
    void remainingCapacity_isWhatCanBeAdded() {
        assertEquals(3, queue.remainingCapacity());
        queue.add(1);
        assertEquals(2, queue.remainingCapacity());
        assertEquals(Integer.MAX_VALUE, Channel.unbounded().asBlockingQueue().remainingCapacity());
        assertEquals(0, Channel.rendezvous().asBlockingQueue().remainingCapacity());
    }

    @Test
    void iterator_isWeaklyConsistent_andCannotRemove() {
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
    void removalFromTheMiddle_isUnsupported_andOfNothingIsNot() {
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
    void clear_takesEverything() {
        queue.addAll(List.of(1, 2, 3));
        queue.clear();
        assertTrue(queue.isEmpty());
        assertEquals(3, queue.remainingCapacity());
    }

    @Test
    void drainTo_movesInOrder() {
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
    void nulls_areRefused() {
        assertThrows(NullPointerException.class, () -> queue.offer(null));
        assertThrows(NullPointerException.class, () -> queue.add(null));
        assertThrows(NullPointerException.class, () -> queue.put(null));
        assertThrows(NullPointerException.class, () -> queue.offer(null, 1, TimeUnit.SECONDS));
        assertThrows(NullPointerException.class, () -> queue.addAll(null));
        assertThrows(IllegalArgumentException.class, () -> queue.addAll(queue));
    }

    @Test
    void interruptOnEntry_isThrown() {
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
    void interruptWhileWaiting_takesNothing() throws Exception {
        Call<Integer> polling = Call.thatWaits(() -> queue.poll(1, TimeUnit.HOURS));
        polling.thread().interrupt();
        assertInstanceOf(InterruptedException.class, polling.failure());
    }

    @Test
    void closedChannel_refusesAndEnds() throws Exception {
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
    void snapshots_coverEveryKindOfBuffer() {
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
}
