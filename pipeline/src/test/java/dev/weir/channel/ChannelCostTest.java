package dev.weir.channel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.weir.core.time.ManualTimeSource;
import dev.weir.testkit.Call;
import java.lang.management.ManagementFactory;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a channel costs: no CPU while it is idle, no garbage, and no element that it has handed on. */
@Timeout(60)
class ChannelCostTest {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    static Stream<Supplier<Channel<Object>>> channels() {
        return Stream.of(
                () -> Channel.bounded(3), () -> Channel.bounded(1_000_000), Channel::unbounded, Channel::rendezvous);
    }

    @ParameterizedTest
    @MethodSource("channels")
    void taken_elements_are_not_retained(Supplier<Channel<Object>> kind) throws Exception {
        Channel<Object> channel = kind.get();
        Thread sender = Thread.ofVirtual().unstarted(() -> assertSent(channel, new Object()));
        sender.start();
        WeakReference<Object> taken = new WeakReference<>(channel.receive());
        sender.join();
        for (int i = 0; taken.get() != null && i < 50; i++) {
            System.gc();
            Thread.sleep(10);
        }
        assertNull(taken.get());
        assertEquals(0, channel.size());
    }

    private static void assertSent(Channel<Object> channel, Object element) {
        try {
            channel.send(element);
        } catch (InterruptedException impossible) {
            throw new AssertionError(impossible);
        }
    }

    @ParameterizedTest
    @MethodSource("channels")
    void idle_waiters_use_no_cpu(Supplier<Channel<Object>> kind) throws Exception {
        Channel<Object> channel = kind.get();
        Call<Object> receiver = Call.thatWaits(channel::next);
        Call<Object> select = Call.thatWaits(() -> new Select<Object>()
                .receive(channel, element -> element)
                .receive(Channel.<Object>bounded(1), element -> element)
                .select());
        // A thread is seen to wait a little before it has left the processor, so the first time may be too early.
        boolean quiet = false;
        for (int tries = 0; !quiet && tries < 50; tries++) {
            long before = cpu(receiver) + cpu(select);
            Thread.sleep(100); // the time in which nothing may happen is what is measured
            quiet = before == cpu(receiver) + cpu(select);
        }
        assertTrue(quiet, "no tenth of a second without work");
        channel.fail(new Exception("expected by the test"));
        receiver.failure();
        select.failure();
    }

    private static long cpu(Call<?> call) {
        return THREADS.getThreadCpuTime(call.thread().threadId());
    }

    @Test
    void sending_and_receiving_through_a_ring_allocates_nothing() throws Exception {
        Channel<Integer> channel = Channel.bounded(4);
        Integer element = 1;
        int count = 100_000;
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 5; round++) { // the first ones warm up
            long before = THREADS.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < count; i++) {
                channel.send(element);
                channel.receive();
            }
            least = Math.min(least, THREADS.getCurrentThreadAllocatedBytes() - before);
        }
        long bytes = least;
        assertTrue(bytes < count / 10, () -> bytes + " bytes for " + count + " elements");
    }

    @Test
    void clock_that_throws_leaves_no_waiter_behind() throws Exception {
        ManualTimeSource time = new ManualTimeSource();
        Channel<Integer> channel = Channel.bounded(1, time);
        AtomicReference<Optional<Integer>> received = new AtomicReference<>();
        time.schedule(() -> received.set(waitsFor(channel)), Duration.ofSeconds(1));
        time.advance(Duration.ofSeconds(1)); // which does not allow the task to wait
        assertEquals(Optional.empty(), received.get());
        Call<Integer> receiver = Call.thatWaits(channel::receive);
        channel.send(1);
        assertEquals(1, receiver.result());
        assertEquals(List.of(), channel.abort());
    }

    private static Optional<Integer> waitsFor(Channel<Integer> channel) {
        try {
            return channel.tryReceive(Duration.ofSeconds(1));
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** From ReactiveX/RxJava#7799: one dead segment in the old generation kept all later ones alive. */
    @Test
    void a_dead_segment_leads_to_no_other_one() throws Exception {
        LinkedBuffer<Object> buffer = new LinkedBuffer<>(Long.MAX_VALUE);
        List<LinkedBuffer.Segment> segments = new ArrayList<>();
        for (int i = 0; i < 5 * LinkedBuffer.SEGMENT; i++) {
            buffer.offer(i);
            assertEquals(i, buffer.poll());
            if (i % LinkedBuffer.SEGMENT == 0) {
                segments.add(buffer.first);
            }
        }
        for (LinkedBuffer.Segment dead : segments.subList(0, 4)) {
            assertSame(dead, dead.next);
        }
        assertEquals(List.of(), buffer.snapshot());
    }

    @Test
    void to_string_says_how_full_the_channel_is() {
        Channel<Integer> channel = Channel.<Integer>builder(3).name("orders").build();
        channel.trySend(1);
        assertEquals("Channel[orders, 1 of 3 elements]", channel.toString());
        channel.close();
        assertEquals("Channel[orders, 1 of 3 elements, closed]", channel.toString());
        Channel<Integer> unbounded =
                Channel.<Integer>unboundedBuilder().name("all").build();
        assertEquals("Channel[all, 0 elements]", unbounded.toString());
    }
}
