package dev.weir.channel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.testkit.Call;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Segments with a bound, which channels have from a large capacity on. */
@Timeout(60)
class LinkedBufferTest {
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 63, 64, 65, 200})
    void it_holds_as_many_as_it_says_in_order(long capacity) {
        LinkedBuffer<Long> buffer = new LinkedBuffer<>(capacity);
        long sent = 0;
        long taken = 0;
        for (int lap = 0; lap < 5; lap++) {
            while (buffer.offer(sent) == SendResult.SENT) {
                sent++;
            }
            assertEquals(capacity, sent - taken);
            assertEquals(capacity, buffer.size());
            for (long some = Math.max(1, capacity * lap / 4); some > 0; some--) { // a part, and in the end all
                assertEquals(taken++, buffer.poll());
            }
        }
        assertEquals(capacity, buffer.peak());
        assertNull(buffer.poll());
    }

    @Test
    void each_place_that_becomes_free_is_there_for_one_more() {
        LinkedBuffer<Integer> buffer = new LinkedBuffer<>(3);
        for (int i = 0; i < 3; i++) {
            assertEquals(SendResult.SENT, buffer.offer(i));
        }
        for (int i = 3; i < 1_000; i++) {
            assertEquals(SendResult.FULL, buffer.offer(i));
            assertEquals(i - 3, buffer.poll());
            assertEquals(SendResult.SENT, buffer.offer(i));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 64, 100})
    void nothing_is_lost_or_too_many_between_two_senders_and_two_takers(long capacity) throws Exception {
        int each = 20_000;
        LinkedBuffer<Integer> buffer = new LinkedBuffer<>(capacity);
        AtomicLong left = new AtomicLong(2 * each);
        List<Call<List<Integer>>> takers = new ArrayList<>();
        List<Call<Long>> senders = new ArrayList<>();
        for (int thread = 0; thread < 2; thread++) {
            int from = thread * each;
            senders.add(Call.start(() -> {
                long most = 0;
                for (int i = from; i < from + each; i++) {
                    while (buffer.offer(i) != SendResult.SENT) {
                        Thread.yield();
                    }
                    most = Math.max(most, buffer.size());
                }
                return most;
            }));
            takers.add(Call.start(() -> {
                List<Integer> taken = new ArrayList<>();
                while (left.get() > 0) {
                    Integer element = buffer.poll();
                    if (element == null) {
                        Thread.yield();
                    } else {
                        taken.add(element);
                        left.decrementAndGet();
                    }
                }
                return taken;
            }));
        }
        for (Call<Long> sender : senders) {
            assertTrue(sender.result() <= capacity);
        }
        List<Integer> all = new ArrayList<>();
        for (Call<List<Integer>> taker : takers) {
            List<Integer> taken = taker.result();
            for (int half = 0; half < 2; half++) { // each taker sees each sender's in order
                int from = half * each;
                List<Integer> of = taken.stream()
                        .filter(element -> element >= from && element < from + each)
                        .toList();
                assertEquals(of.stream().sorted().toList(), of);
            }
            all.addAll(taken);
        }
        assertEquals(2 * each, all.stream().distinct().count());
        assertEquals(2 * each, all.size());
    }
}
