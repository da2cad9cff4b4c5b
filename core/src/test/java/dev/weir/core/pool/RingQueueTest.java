package dev.weir.core.pool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.pool.TaskQueue.Answer;
import dev.weir.core.pool.TaskQueue.Entry;
import dev.weir.core.pool.TaskQueue.Taken;
import dev.weir.core.time.TimeSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class RingQueueTest {
    private static final Clocks CLOCKS = new Clocks(TimeSource.system());

    private static RingQueue ring(int capacity) {
        return new RingQueue(capacity, capacity, CLOCKS);
    }

    private record Task(int number) implements Runnable {
        @Override
        public void run() {}
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 8, 100})
    void holds_exactly_its_capacity_in_order_over_many_laps(int capacity) {
        RingQueue ring = ring(capacity);
        Taken taken = new Taken();
        for (int lap = 0; lap < 5; lap++) {
            for (int i = 0; i < capacity; i++) {
                assertEquals(i, ring.size());
                assertEquals(Answer.ACCEPTED, ring.offer(new Task(i)));
            }
            assertEquals(Answer.FULL, ring.offer(new Task(-1)));
            for (int i = 0; i < capacity; i++) {
                assertTrue(ring.poll(taken));
                assertEquals(new Task(i), taken.element);
            }
            assertFalse(ring.poll(taken));
            assertTrue(ring.isEmpty());
        }
        assertEquals(5L * capacity, ring.accepted());
        assertEquals(capacity, ring.peak());
    }

    @Test
    void the_peak_is_exact() {
        RingQueue ring = ring(100);
        Taken taken = new Taken();
        int length = 0;
        int peak = 0;
        java.util.Random random = new java.util.Random(7);
        for (int i = 0; i < 10_000; i++) {
            if (length < 60 && random.nextInt(100) < 50 + i / 1_000) {
                ring.offer(new Task(i));
                peak = Math.max(peak, ++length);
            } else if (ring.poll(taken)) {
                length--;
            }
            assertEquals(peak, ring.peak());
        }
    }

    @Test
    void a_closed_ring_gives_out_what_it_has_and_a_frozen_one_nothing() {
        RingQueue ring = ring(4);
        Taken taken = new Taken();
        ring.offer(new Task(0));
        ring.offer(new Task(1));
        ring.offer(new Task(2));
        ring.close();
        assertEquals(Answer.CLOSED, ring.offer(new Task(3)));
        assertTrue(ring.poll(taken));
        assertEquals(
                List.of(new Task(1), new Task(2)),
                ring.freeze().stream().map(Entry::task).toList());
        assertFalse(ring.poll(taken));
        assertEquals(3, ring.accepted());
    }

    /** As after an OutOfMemoryError where a longer queue was to take its place. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void a_frozen_queue_that_is_reopened_goes_on_as_it_was(boolean closed) {
        WorkerCounts counts = new WorkerCounts();
        counts.add(3 * WorkerCounts.PARKED);
        for (TaskQueue queue :
                List.of(ring(3), new HandoffQueue(counts, CLOCKS), new PriorityTaskQueue(3, 1_000_000_000, CLOCKS))) {
            queue.offer(new Task(0));
            queue.offer(new Task(1));
            if (closed) {
                queue.close();
            }
            List<Entry> left = queue.freeze();
            assertEquals(2, left.size());
            Taken taken = new Taken();
            assertFalse(queue.poll(taken));
            assertEquals(Answer.CLOSED, queue.offer(new Task(2)));
            queue.reopen();
            assertEquals(closed ? Answer.CLOSED : Answer.ACCEPTED, queue.offer(new Task(2)));
            for (int i = 0; i < (closed ? 2 : 3); i++) {
                assertTrue(queue.poll(taken));
                assertEquals(new Task(i), taken.element);
            }
            assertFalse(queue.poll(taken));
            assertEquals(closed ? 2 : 3, queue.accepted());
        }
    }

    @Test
    void more_than_the_capacity_can_be_restored() {
        RingQueue ring = new RingQueue(2, 5, CLOCKS);
        for (int i = 0; i < 5; i++) {
            ring.restore(new Entry(new Task(i), 0));
        }
        assertEquals(Answer.FULL, ring.offer(new Task(9)));
        assertEquals(0, ring.accepted());
        Taken taken = new Taken();
        for (int i = 0; i < 4; i++) {
            assertTrue(ring.poll(taken));
        }
        assertEquals(Answer.ACCEPTED, ring.offer(new Task(9)));
        assertEquals(2, ring.size());
        assertEquals(1, ring.accepted());
    }

    @Test
    void a_taken_task_is_not_held() {
        RingQueue ring = ring(3);
        Taken taken = new Taken();
        Task task = new Task(1);
        ring.offer(task);
        assertTrue(ring.poll(taken));
        assertSame(task, taken.element);
        assertEquals(List.of(), ring.freeze());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 64})
    void each_task_is_taken_once_and_each_producers_tasks_in_order(int capacity) throws Exception {
        RingQueue ring = ring(capacity);
        int producers = 3;
        int each = 30_000; // at most: a yield may cost a turn of the processor where others compute
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
        AtomicIntegerArray seen = new AtomicIntegerArray(producers * each);
        AtomicInteger producing = new AtomicInteger(producers);
        AtomicInteger offered = new AtomicInteger();
        AtomicInteger polled = new AtomicInteger();
        List<FutureTask<Void>> threads = new ArrayList<>();
        for (int p = 0; p < producers; p++) {
            int first = p * each;
            threads.add(PoolFixture.start(() -> {
                for (int i = first; i < first + each && System.nanoTime() - end < 0; i++) {
                    while (ring.offer(new Task(i)) != Answer.ACCEPTED) {
                        Thread.yield();
                    }
                    offered.incrementAndGet();
                }
                producing.decrementAndGet();
                return null;
            }));
        }
        for (int c = 0; c < 2; c++) {
            threads.add(PoolFixture.start(() -> {
                Taken taken = new Taken();
                int[] last = {-1, -1, -1};
                while (producing.get() > 0 || polled.get() < offered.get()) {
                    if (ring.poll(taken) && taken.element instanceof Task task) {
                        assertEquals(1, seen.incrementAndGet(task.number()));
                        int producer = task.number() / each;
                        assertTrue(task.number() > last[producer]);
                        last[producer] = task.number();
                        polled.incrementAndGet();
                        assertTrue(ring.size() <= capacity);
                    } else {
                        Thread.yield();
                    }
                }
                return null;
            }));
        }
        for (FutureTask<Void> thread : threads) {
            thread.get(60, TimeUnit.SECONDS);
        }
        assertTrue(ring.peak() <= capacity);
        assertEquals(offered.get(), polled.get());
        assertEquals(offered.get(), ring.accepted());
    }
}
