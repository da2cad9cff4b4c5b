package dev.weir.channel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.testkit.Eventually;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.SubmissionPublisher;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class BridgeTest {
    @Test
    void everything_a_publisher_emits_comes_through_a_small_channel_in_order() {
        Channel<Integer> channel = Channel.bounded(2);
        Thread.startVirtualThread(() -> {
            try (SubmissionPublisher<Integer> publisher = new SubmissionPublisher<>()) {
                publisher.subscribe(channel.asSubscriber(4));
                IntStream.range(0, 1_000).forEach(publisher::submit);
            }
        });
        assertEquals(
                IntStream.range(0, 1_000).boxed().toList(), channel.stream().toList());
    }

    @Test
    void everything_in_a_channel_comes_through_its_publisher_in_order() {
        Channel<Integer> from = Channel.bounded(2);
        Channel<Integer> to = Channel.bounded(3);
        from.asPublisher().subscribe(to.asSubscriber(2));
        Thread.startVirtualThread(() -> {
            for (int i = 0; i < 1_000; i++) {
                send(from, i);
            }
            from.close();
        });
        assertEquals(IntStream.range(0, 1_000).boxed().toList(), to.stream().toList());
    }

    private static void send(Channel<Integer> channel, int element) {
        try {
            channel.send(element);
        } catch (InterruptedException impossible) {
            throw new AssertionError(impossible);
        }
    }

    @Test
    void interrupt_left_by_a_subscriber_does_not_reach_the_next_element() throws Exception {
        Channel<Integer> from = Channel.bounded(2);
        LinkedBlockingQueue<Boolean> interrupted = new LinkedBlockingQueue<>();
        from.asPublisher().subscribe(new Recording() {
            @Override
            public void onNext(Integer element) {
                interrupted.add(Thread.currentThread().isInterrupted());
                Thread.currentThread().interrupt();
                subscription.request(1);
            }

            @Override
            public void onSubscribe(Flow.Subscription given) {
                super.onSubscribe(given);
                given.request(1);
            }
        });
        from.send(1);
        assertEquals(false, interrupted.poll(60, TimeUnit.SECONDS));
        from.send(2);
        // With the status set its thread would not have parked in between, but run in circles.
        assertEquals(false, interrupted.poll(60, TimeUnit.SECONDS));
        from.close();
    }

    @Test
    void interrupt_of_a_waiting_publisher_does_not_keep_it_awake() throws Exception {
        Channel<Integer> from = Channel.bounded(2);
        LinkedBlockingQueue<Thread> emitters = new LinkedBlockingQueue<>();
        Recording subscriber = new Recording() {
            @Override
            public void onNext(Integer element) {
                emitters.add(Thread.currentThread());
            }
        };
        from.asPublisher().subscribe(subscriber);
        subscriber.subscription.request(3);
        from.send(1);
        Thread emitter = emitters.poll(60, TimeUnit.SECONDS);
        Eventually.await().until(() -> emitter.getState() == Thread.State.WAITING);
        emitter.interrupt(); // as a subscriber's own timeout does that comes too late
        Eventually.await().until(() -> !emitter.isInterrupted() && emitter.getState() == Thread.State.WAITING);
        from.send(2);
        assertSame(emitter, emitters.poll(60, TimeUnit.SECONDS));
        from.close();
        subscriber.awaitEnd();
    }

    @Test
    void subscribers_share_the_elements() throws Exception {
        Channel<Integer> from = Channel.bounded(2);
        Channel<Integer> to = Channel.unbounded();
        from.asPublisher().subscribe(to.asSubscriber(2));
        Recording second = new Recording();
        from.asPublisher().subscribe(second);
        second.subscription.request(50);
        for (int i = 0; i < 200; i++) {
            from.send(i);
        }
        from.close();
        assertTrue(second.ended.await(60, TimeUnit.SECONDS));
        List<Integer> all = new ArrayList<>(to.stream().toList());
        all.addAll(second.elements);
        assertEquals(
                IntStream.range(0, 200).boxed().toList(), all.stream().sorted().toList());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3, Integer.MAX_VALUE})
    void subscriber_without_demand_learns_of_the_end_once_others_have_taken_all(int capacity) throws Exception {
        for (int round = 0; round < 50; round++) {
            Channel<Integer> channel =
                    capacity == 0 ? Channel.rendezvous() : capacity == 3 ? Channel.bounded(3) : Channel.unbounded();
            LinkedBlockingQueue<Thread> emitters = new LinkedBlockingQueue<>();
            Recording subscriber = new Recording() {
                @Override
                public void onNext(Integer element) {
                    emitters.add(Thread.currentThread());
                }
            };
            channel.asPublisher().subscribe(subscriber);
            subscriber.subscription.request(1);
            channel.send(1);
            Thread emitter = emitters.poll(60, TimeUnit.SECONDS);
            Eventually.await().until(() -> emitter.getState() == Thread.State.WAITING);
            if (capacity != 0) {
                channel.send(2);
                channel.send(3);
            }
            channel.close();
            if (capacity != 0) {
                assertEquals(2, channel.receive());
                Eventually.await().until(() -> emitter.getState() == Thread.State.WAITING);
                assertEquals(3, channel.receive());
            }
            subscriber.awaitEnd();
        }
    }

    @Test
    void subscriber_of_a_closed_channel_learns_of_the_end_once_others_have_taken_all() throws Exception {
        for (int round = 0; round < 50; round++) {
            Channel<Integer> channel = Channel.bounded(3);
            channel.send(1);
            channel.close();
            Recording subscriber = new Recording();
            channel.asPublisher().subscribe(subscriber);
            for (int i = 0; i < round * 100; i++) {
                Thread.onSpinWait(); // its thread is at another step each time
            }
            assertEquals(1, channel.receive());
            subscriber.awaitEnd();
        }
    }

    /** While a channel is drained, it does not count as ended. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void subscriber_learns_of_the_end_though_others_drain_again_and_again(boolean rendezvous) throws Exception {
        for (int round = 0; round < 1_000; round++) {
            Channel<Integer> channel = rendezvous ? Channel.rendezvous() : Channel.bounded(1);
            Recording subscriber = new Recording();
            channel.asPublisher().subscribe(subscriber);
            if (!rendezvous) {
                channel.send(1);
            }
            channel.close();
            List<Integer> drained = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                channel.drainTo(drained, 1);
            }
            assertEquals(rendezvous ? List.of() : List.of(1), drained);
            subscriber.awaitEnd();
        }
    }

    /** Nor does it hide an element from a receiver, which would see the end of the channel. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void subscriber_that_cancels_takes_no_more(boolean rendezvous) throws Exception {
        long start = System.nanoTime();
        for (int round = 0; round == 0 || System.nanoTime() - start < 500_000_000; round++) {
            Channel<Integer> channel = rendezvous ? Channel.rendezvous() : Channel.bounded(4);
            Recording subscriber = new Recording();
            channel.asPublisher().subscribe(subscriber);
            subscriber.subscription.request(5);
            for (int i = 0; i < round % 300; i++) {
                Thread.onSpinWait(); // its thread is at another step each time
            }
            subscriber.subscription.cancel();
            if (rendezvous) {
                assertEquals(SendResult.FULL, channel.trySend(1));
                channel.close();
            } else {
                channel.send(1);
                channel.close();
                assertEquals(List.of(1), channel.stream().toList(), "round " + round);
            }
            assertEquals(0, subscriber.elements.size());
        }
    }

    @Test
    void failure_reaches_the_subscriber_after_what_is_in() throws Exception {
        Channel<Integer> channel = Channel.bounded(4);
        Exception cause = new Exception("x");
        channel.send(1);
        channel.fail(cause);
        Recording subscriber = new Recording();
        channel.asPublisher().subscribe(subscriber);
        subscriber.subscription.request(1);
        assertTrue(subscriber.ended.await(60, TimeUnit.SECONDS));
        assertEquals(List.of(1), List.copyOf(subscriber.elements));
        assertSame(cause, subscriber.failure);
    }

    @Test
    void failure_of_a_publisher_fails_the_channel() {
        Channel<Integer> channel = Channel.bounded(4);
        Exception cause = new Exception("x");
        try (SubmissionPublisher<Integer> publisher = new SubmissionPublisher<>()) {
            publisher.subscribe(channel.asSubscriber(2));
            publisher.closeExceptionally(cause);
            assertSame(
                    cause,
                    assertThrows(ChannelClosedException.class, channel::next).getCause());
        }
    }

    @Test
    void closed_channel_cancels_its_subscription() {
        Channel<Integer> channel = Channel.bounded(4);
        CountDownLatch cancelled = new CountDownLatch(1);
        channel.asSubscriber(2).onSubscribe(new Flow.Subscription() {
            @Override
            public void request(long count) {}

            @Override
            public void cancel() {
                cancelled.countDown();
            }
        });
        channel.close();
        assertEquals(0, cancelled.getCount());
    }

    @Test
    void inlet_asks_for_as_much_as_the_channel_took() throws Exception {
        AtomicLong requested = new AtomicLong();
        LinkedBlockingQueue<Long> asked = new LinkedBlockingQueue<>();
        Channel<Integer> channel = Channel.bounded(1);
        Inlet<Integer> inlet = channel.inlet(2, count -> {
            requested.addAndGet(count);
            asked.add(count);
        });
        assertEquals(2, asked.poll());
        assertTrue(inlet.push(1));
        assertEquals(1, asked.poll(), "the channel has it");
        assertTrue(inlet.push(2));
        assertTrue(inlet.push(3));
        assertEquals(3, requested.get(), "the channel is full");
        assertEquals(1, channel.receive());
        assertEquals(1, asked.poll(60, TimeUnit.SECONDS));
        assertEquals(2, channel.receive());
        assertEquals(3, channel.receive());
        inlet.complete();
        assertEquals(java.util.Optional.empty(), channel.next());
    }

    @Test
    void inlet_ends_the_channel_after_what_it_keeps() {
        Channel<Integer> channel = Channel.bounded(1);
        Inlet<Integer> inlet = channel.inlet(8, count -> {});
        for (int i = 0; i < 5; i++) {
            inlet.push(i);
        }
        inlet.complete();
        assertEquals(List.of(0, 1, 2, 3, 4), channel.stream().toList());
    }

    @Test
    void inlet_whose_source_throws_fails_the_channel_after_what_it_keeps() throws Exception {
        RuntimeException cause = new RuntimeException("expected by the test");
        Channel<Integer> channel = Channel.bounded(1);
        AtomicLong calls = new AtomicLong();
        Inlet<Integer> inlet = channel.inlet(2, count -> {
            Thread.currentThread().interrupt(); // left behind; must not reach the next element
            if (calls.incrementAndGet() > 2) {
                throw cause;
            }
        });
        assertTrue(Thread.interrupted());
        inlet.push(1);
        assertTrue(Thread.interrupted());
        inlet.push(2);
        assertEquals(1, channel.receive());
        assertEquals(2, channel.receive());
        assertSame(
                cause,
                assertThrows(ChannelClosedException.class, channel::receive).getCause());
    }

    @Test
    void inlet_fails_a_source_that_ignores_what_it_was_asked_for() {
        Channel<Integer> channel = Channel.bounded(1);
        Inlet<Integer> inlet = channel.inlet(2, count -> {});
        assertThrows(IllegalStateException.class, () -> {
            for (int i = 0; i < 100; i++) {
                if (!inlet.push(i)) {
                    throw new AssertionError("refused");
                }
            }
        });
        assertTrue(channel.isClosed());
    }

    @Test
    void inlet_of_a_closed_channel_refuses_and_hands_out_what_it_kept() throws Exception {
        LinkedBlockingQueue<Integer> undelivered = new LinkedBlockingQueue<>();
        Channel<Integer> channel =
                Channel.<Integer>builder(1).onUndelivered(undelivered::add).build();
        Inlet<Integer> inlet = channel.inlet(4, count -> {});
        for (int i = 0; i < 4; i++) {
            assertTrue(inlet.push(i));
        }
        assertEquals(List.of(0), channel.abort());
        assertFalse(inlet.push(4));
        for (int i = 1; i < 4; i++) {
            assertEquals(i, undelivered.poll(60, TimeUnit.SECONDS));
        }
    }

    /** An iterator or a file answers at once; at each answer the source is asked again. */
    @Test
    void an_inlet_takes_all_of_a_source_that_answers_within_the_request() {
        int total = 200_000;
        Channel<Integer> channel = Channel.unbounded();
        Source source = new Source(total);
        Inlet<Integer> inlet = channel.inlet(16, count -> source.asked += count);
        source.inlet = inlet;
        while (source.asked > 0 && source.next < total) {
            source.answer();
        }
        inlet.complete();
        assertEquals(
                IntStream.range(0, total).boxed().toList(), channel.stream().toList());

        Channel<Integer> direct = Channel.unbounded();
        Source recursive = new Source(total);
        Inlet<Integer> fed = direct.inlet(16, recursive::push);
        recursive.inlet = fed;
        recursive.push(16);
        fed.complete();
        assertEquals(IntStream.range(0, total).boxed().toList(), direct.stream().toList());
    }

    private static final class Source {
        private final int total;
        private int next;
        private long asked;
        private Inlet<Integer> inlet;

        Source(int total) {
            this.total = total;
        }

        void answer() {
            asked--;
            inlet.push(next++);
        }

        void push(long count) {
            for (long i = 0; i < count && next < total && inlet != null; i++) {
                inlet.push(next++);
            }
        }
    }

    @Test
    void a_push_whose_request_throws_keeps_its_element_and_fails_the_channel() throws Exception {
        RuntimeException cause = new RuntimeException("expected by the test");
        Channel<Integer> channel = Channel.bounded(100);
        AtomicLong requests = new AtomicLong();
        Inlet<Integer> inlet = channel.inlet(2, count -> {
            if (requests.incrementAndGet() > 1) {
                throw cause;
            }
        });
        assertTrue(inlet.push(1), "the channel has it");
        assertTrue(channel.isClosed());
        assertFalse(inlet.push(2));
        assertEquals(1, channel.receive());
        assertSame(
                cause,
                assertThrows(ChannelClosedException.class, channel::receive).getCause());
    }

    @Test
    void bad_input_is_refused() {
        Channel<Integer> channel = Channel.bounded(1);
        assertThrows(IllegalArgumentException.class, () -> channel.asSubscriber(0));
        assertThrows(IllegalArgumentException.class, () -> channel.inlet(0, count -> {}));
        assertThrows(NullPointerException.class, () -> channel.inlet(1, null));
        assertThrows(NullPointerException.class, () -> channel.asPublisher().subscribe(null));
        Recording subscriber = new Recording();
        channel.asPublisher().subscribe(subscriber);
        subscriber.subscription.request(0);
        subscriber.awaitEnd();
        assertInstanceOf(IllegalArgumentException.class, subscriber.failure);
    }

    private static class Recording implements Flow.Subscriber<Integer> {
        final LinkedBlockingQueue<Integer> elements = new LinkedBlockingQueue<>();
        final CountDownLatch ended = new CountDownLatch(1);
        volatile Flow.Subscription subscription;
        volatile Throwable failure;

        void awaitEnd() {
            try {
                assertTrue(ended.await(60, TimeUnit.SECONDS));
            } catch (InterruptedException impossible) {
                throw new AssertionError(impossible);
            }
        }

        @Override
        public void onSubscribe(Flow.Subscription given) {
            subscription = given;
        }

        @Override
        public void onNext(Integer element) {
            elements.add(element);
        }

        @Override
        public void onError(Throwable thrown) {
            failure = thrown;
            ended.countDown();
        }

        @Override
        public void onComplete() {
            ended.countDown();
        }
    }
}
