package dev.weir.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.time.ManualTimeSource;
import dev.weir.core.time.TimeSource;
import dev.weir.testkit.Call;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The buffer before a stage. */
@Timeout(300)
class StageBufferTest {
    private final TimeSource time = TimeSource.system();
    private final StageWorker worker = worker(time);

    private static void senderEnded(StageBuffer buffer) {
        if (buffer.senderEnded() == 1) {
            buffer.close();
        }
    }

    /** A worker of the current thread. */
    private static StageWorker worker(TimeSource time) {
        StageWorker worker = new StageWorker(time, new StopCause(), new WorkerCount(1), 1);
        worker.enters();
        return worker;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 8, 9, 16, 100})
    void it_holds_as_many_as_it_says_in_order_with_their_places(int capacity) throws Exception {
        StageBuffer buffer = new StageBuffer(capacity, List.of());
        int sent = 0;
        for (int lap = 0; lap < 3; lap++) {
            while (buffer.trySend(sent)) {
                sent++;
            }
            assertEquals((lap + 1) * capacity, sent);
            assertEquals(capacity, buffer.size());
            assertFalse(buffer.hasRoom());
            for (int i = lap * capacity; i < sent; i++) {
                assertEquals(i, buffer.poll(worker));
                assertEquals(i, worker.place);
            }
            assertNull(buffer.poll(worker));
        }
        assertEquals(capacity, buffer.peak());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 30, 99, 100})
    void the_peak_is_what_was_in_when_takers_looked(int most) throws Exception {
        StageBuffer buffer = new StageBuffer(100, List.of());
        for (int number : new int[] {most, 1, most, (most + 1) / 2}) { // and not less than before
            for (int i = 0; i < number; i++) {
                assertTrue(buffer.trySend(i));
            }
            while (buffer.poll(worker) != null) {}
        }
        assertEquals(most, buffer.peak());
    }

    @Test
    void the_peak_rises_when_there_are_more_than_ever_as_a_taker_looks() throws Exception {
        StageBuffer buffer = new StageBuffer(100, List.of());
        int[] sent = {15, 1, 16, 17, 15, 40, 24, 100};
        int[] peaks = {15, 15, 16, 17, 17, 40, 40, 100}; // takers look at each sixteenth place
        for (int round = 0; round < sent.length; round++) {
            for (int i = 0; i < sent[round]; i++) {
                assertTrue(buffer.trySend(i));
            }
            while (buffer.poll(worker) != null) {}
            assertEquals(peaks[round], buffer.peak());
        }
    }

    @Test
    void closed_it_gives_what_it_holds_and_takes_no_more() throws Exception {
        StageBuffer buffer = new StageBuffer(2, List.of());
        buffer.addSender();
        buffer.addSender();
        assertTrue(buffer.trySend("a"));
        senderEnded(buffer);
        assertTrue(buffer.trySend("b"));
        senderEnded(buffer);
        assertThrows(InterruptedException.class, () -> buffer.trySend("c"));
        assertThrows(InterruptedException.class, () -> buffer.send("c", worker));
        assertFalse(buffer.isEnded());
        assertEquals("a", buffer.take(worker));
        assertEquals("b", buffer.take(worker));
        assertNull(buffer.take(worker));
        assertTrue(buffer.isEnded());
    }

    @Test
    void an_abort_returns_how_many_elements_were_left() throws Exception {
        StageBuffer buffer = new StageBuffer(3, List.of());
        assertTrue(buffer.trySend("a") && buffer.trySend("b"));
        assertEquals(2, buffer.abort());
        assertEquals(0, buffer.abort());
        assertNull(buffer.take(worker));
        assertEquals(0, buffer.size());
    }

    @Test
    void an_abort_beside_a_sender_and_a_taker_leaves_behind_all_that_follows_the_last_taken() throws Exception {
        for (int round = 0; round < 2_000; round++) {
            StageBuffer buffer = new StageBuffer(4, List.of());
            buffer.addSender();
            Call<Integer> sending = Call.start(() -> {
                StageWorker mine = worker(time);
                for (int sent = 0; ; sent++) {
                    try {
                        buffer.send(sent, mine);
                    } catch (InterruptedException stopped) {
                        return sent;
                    }
                }
            });
            Call<Integer> taking = Call.start(() -> {
                StageWorker mine = worker(time);
                int taken = 0;
                for (Object next = buffer.take(mine); next != null; next = buffer.take(mine)) {
                    assertEquals(taken++, next);
                }
                return taken;
            });
            while (buffer.peak() < 2) {
                Thread.onSpinWait();
            }
            int left = buffer.abort();
            assertEquals(0, buffer.size());
            assertEquals(sending.result(), taking.result() + left, "round " + round);
        }
    }

    @Test
    void a_timed_take_ends_in_time() throws Exception {
        ManualTimeSource clock = ManualTimeSource.autoAdvancing();
        StageBuffer buffer = new StageBuffer(3, List.of());
        assertNull(buffer.take(worker(clock), 1_000, clock));
        assertEquals(1_000, clock.nanoTime());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 16})
    void between_many_threads_each_element_arrives_once_and_in_the_order_of_its_sender(int capacity) throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        long start = System.nanoTime();
        // As many rounds as there is time for: each element may cost a change of threads, which others may hold up.
        for (int round = 0; round == 0 || (round < 12 && System.nanoTime() - start < 10_000_000_000L); round++) {
            boolean virtual = random.nextBoolean();
            play(capacity, 1 + random.nextInt(4), 1 + random.nextInt(4), virtual, "seed " + seed + ", round " + round);
        }
    }

    /**
     * A taker that begins to wait just as another takes must see what is behind, or the end: each taker keeps its
     * element until the others have one, and nothing comes after the last.
     */
    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void nobody_sleeps_while_an_element_waits_or_after_the_end(int elements) throws Exception {
        int rounds = 8_000;
        long start = System.nanoTime();
        for (int round = 0; round < rounds && System.nanoTime() - start < 20_000_000_000L; round++) {
            StageBuffer buffer = new StageBuffer(2, List.of());
            buffer.addSender();
            CountDownLatch taken = new CountDownLatch(elements);
            Runnable taking = () -> {
                try {
                    StageWorker mine = worker(time);
                    while (buffer.take(mine) != null) {
                        taken.countDown();
                        taken.await();
                    }
                } catch (InterruptedException unexpected) {
                    throw new IllegalStateException(unexpected);
                }
            };
            Thread one = Thread.startVirtualThread(taking);
            Thread other = Thread.startVirtualThread(taking);
            for (int i = 0; i < elements; i++) {
                assertTrue(buffer.trySend(i));
            }
            if (elements == 1) {
                senderEnded(buffer);
            }
            assertTrue(taken.await(60, TimeUnit.SECONDS), "an element is left while a taker sleeps, round " + round);
            if (elements > 1) {
                senderEnded(buffer);
            }
            assertTrue(one.join(Duration.ofSeconds(60)), "one sleeps after the end, round " + round);
            assertTrue(other.join(Duration.ofSeconds(60)), "one sleeps after the end, round " + round);
        }
    }

    /** Elements that come just when the only taker goes to sleep: earlier or later by a nanosecond each. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void no_element_waits_for_a_taker_that_sleeps(boolean virtual) throws Exception {
        int longestPause = 700;
        StageBuffer buffer = new StageBuffer(16, List.of());
        buffer.addSender();
        AtomicInteger taken = new AtomicInteger();
        Thread taker = (virtual ? Thread.ofVirtual() : Thread.ofPlatform().daemon()).start(() -> {
            StageWorker mine = worker(time);
            try {
                while (buffer.take(mine) != null) {
                    taken.incrementAndGet();
                }
            } catch (InterruptedException unexpected) {
                throw new IllegalStateException(unexpected);
            }
        });
        long end = System.nanoTime() + 1_000_000_000L * Integer.getInteger("race.seconds", 1);
        for (int i = 1; System.nanoTime() - end < 0; i++) {
            assertTrue(buffer.trySend(i));
            for (long spins = 0, since = System.nanoTime(); taken.get() < i; spins++) {
                if (spins < 5_000) {
                    Thread.onSpinWait();
                } else { // the taker has no processor, or sleeps
                    Thread.yield();
                    assertTrue(System.nanoTime() - since < 60_000_000_000L, "element " + i + " waits");
                }
            }
            for (int pause = i % longestPause; pause > 0; pause--) {
                taken.get();
            }
        }
        senderEnded(buffer);
        assertTrue(taker.join(Duration.ofSeconds(60)));
    }

    private void play(int capacity, int senders, int takers, boolean virtual, String what) throws Exception {
        int each = 3_000;
        StageBuffer buffer = new StageBuffer(capacity, List.of());
        List<Future<List<int[]>>> taken = new ArrayList<>();
        try (ExecutorService threads =
                virtual ? Executors.newVirtualThreadPerTaskExecutor() : Executors.newCachedThreadPool()) {
            List<Future<?>> sent = new ArrayList<>();
            for (int sender = 0; sender < senders; sender++) {
                int me = sender;
                buffer.addSender();
                Callable<Object> sending = () -> {
                    StageWorker mine = worker(time);
                    for (int i = 0; i < each; i++) {
                        buffer.send(new int[] {me, i}, mine);
                    }
                    senderEnded(buffer);
                    return me;
                };
                sent.add(threads.submit(sending));
            }
            for (int taker = 0; taker < takers; taker++) {
                taken.add(threads.submit(() -> {
                    StageWorker mine = worker(time);
                    List<int[]> all = new ArrayList<>();
                    for (Object element = buffer.take(mine); element != null; element = buffer.take(mine)) {
                        all.add((int[]) element);
                    }
                    return all;
                }));
            }
            for (Future<?> sender : sent) {
                sender.get();
            }
        }
        int[] count = new int[senders];
        boolean[][] seen = new boolean[senders][each];
        for (Future<List<int[]>> taker : taken) {
            int[] last = new int[senders];
            java.util.Arrays.fill(last, -1);
            for (int[] element : taker.get()) {
                assertTrue(element[1] > last[element[0]], what);
                last[element[0]] = element[1];
                assertFalse(seen[element[0]][element[1]], what);
                seen[element[0]][element[1]] = true;
                count[element[0]]++;
            }
        }
        for (int number : count) {
            assertEquals(each, number, what);
        }
    }
}
