package dev.weir.channel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.time.ManualTimeSource;
import dev.weir.testkit.Call;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.MDC;

@Timeout(60)
class ChannelConsumeTest {
    private final Channel<Integer> channel = Channel.bounded(4);

    @Test
    void await_completion_waits_for_the_last_handler() throws Exception {
        CountDownLatch handling = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        channel.consume(2, element -> {
            handling.countDown();
            go.await();
        });
        channel.send(1);
        channel.close();
        handling.await();
        assertEquals(0, channel.size());
        assertFalse(channel.awaitCompletion(Duration.ZERO));
        Call<String> waiting = Call.thatWaits(() -> {
            channel.awaitCompletion();
            return "complete";
        });
        go.countDown();
        assertEquals("complete", waiting.result());
        assertTrue(channel.awaitCompletion(Duration.ZERO));
    }

    @Test
    void every_element_is_handled_once_and_at_most_n_at_the_same_time() throws Exception {
        AtomicInteger running = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        Queue<Integer> handled = new ConcurrentLinkedQueue<>();
        channel.consume(3, element -> {
            most.accumulateAndGet(running.incrementAndGet(), Math::max);
            Thread.yield();
            handled.add(element);
            running.decrementAndGet();
        });
        for (int i = 0; i < 1_000; i++) {
            channel.send(i);
        }
        channel.close();
        channel.awaitCompletion();
        assertEquals(1_000, handled.stream().distinct().count());
        assertEquals(1_000, handled.size());
        assertTrue(most.get() <= 3, () -> "at once: " + most);
    }

    @Test
    void await_completion_without_consumers_waits_until_all_is_received() throws Exception {
        for (Channel<Integer> each : List.of(Channel.<Integer>bounded(1), Channel.<Integer>unbounded())) {
            each.trySend(1);
            Call<String> waiting = Call.thatWaits(() -> {
                each.awaitCompletion();
                return "complete";
            });
            each.close();
            assertFalse(each.awaitCompletion(Duration.ofMillis(1)));
            each.receive();
            assertEquals("complete", waiting.result());
        }
    }

    @Test
    void await_completion_ends_with_an_abort_and_with_a_close_of_an_empty_channel() throws Exception {
        channel.send(1);
        Call<String> waiting = Call.thatWaits(() -> {
            channel.awaitCompletion();
            return "complete";
        });
        channel.abort();
        assertEquals("complete", waiting.result());
        Channel<Integer> rendezvous = Channel.rendezvous();
        Call<String> other = Call.thatWaits(() -> {
            rendezvous.awaitCompletion();
            return "complete";
        });
        rendezvous.close();
        assertEquals("complete", other.result());
    }

    @Test
    void handler_that_throws_fails_the_channel_and_the_rest_is_handled() throws Exception {
        Exception cause = new Exception("expected by the test");
        Queue<Integer> handled = new ConcurrentLinkedQueue<>();
        for (int i = 0; i < 4; i++) {
            channel.send(i);
        }
        channel.consume(1, element -> {
            handled.add(element);
            Thread.currentThread().interrupt(); // left behind; must not reach the next element
            if (element == 0) {
                throw cause;
            }
        });
        assertSame(
                cause,
                assertThrows(ChannelClosedException.class, channel::awaitCompletion)
                        .getCause());
        assertEquals(List.of(0, 1, 2, 3), List.copyOf(handled));
        assertThrows(ChannelClosedException.class, () -> channel.send(5));
    }

    @Test
    void handler_that_throws_after_the_close_is_reported_as_well() throws Exception {
        channel.send(1);
        channel.close();
        channel.consume(1, element -> {
            throw new StackOverflowError("expected by the test");
        });
        assertThrows(ChannelClosedException.class, channel::awaitCompletion);
    }

    @Test
    void await_completion_times_out_in_virtual_time_and_is_interruptible() throws Exception {
        ManualTimeSource time = new ManualTimeSource();
        Channel<Integer> timed = Channel.bounded(1, time);
        FutureTask<Boolean> waiting = new FutureTask<>(() -> timed.awaitCompletion(Duration.ofHours(1)));
        Thread.ofVirtual().start(waiting);
        time.awaitWaiters(1);
        time.advance(Duration.ofHours(1));
        assertFalse(waiting.get(60, TimeUnit.SECONDS));
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, timed::awaitCompletion);
    }

    @Test
    void bad_input_is_refused() {
        assertThrows(IllegalArgumentException.class, () -> channel.consume(0, element -> {}));
        assertThrows(NullPointerException.class, () -> channel.consume(1, null));
    }

    @Test
    void a_handler_sees_the_mdc_of_the_caller_and_leaves_none_to_the_next_element() throws Exception {
        List<String> seen = new CopyOnWriteArrayList<>();
        MDC.put("request", "17");
        try {
            channel.consume(1, element -> {
                seen.add(MDC.get("request") + " " + MDC.get("element"));
                MDC.put("element", "left behind");
            });
        } finally {
            MDC.clear();
        }
        channel.send(1);
        channel.send(2);
        channel.close();
        channel.awaitCompletion();
        assertEquals(List.of("17 null", "17 null"), seen);
    }
}
