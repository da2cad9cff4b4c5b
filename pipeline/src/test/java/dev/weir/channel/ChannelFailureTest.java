package dev.weir.channel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.testkit.Call;
import java.util.List;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Channels end and conserve their elements when user code or the logger fails. */
@Timeout(120)
class ChannelFailureTest {
    /** One whose message is made when it is asked for, and cannot be made, so that a logger throws as well. */
    private static final class Unprintable extends RuntimeException {
        private static final long serialVersionUID = 1L;

        @Override
        public String getMessage() {
            throw new IllegalArgumentException("getMessage");
        }

        @Override
        public String toString() {
            throw new IllegalArgumentException("toString");
        }
    }

    private final Unprintable cause = new Unprintable();

    /** From qos-ch/logback#830: a lazily made message that throws ended the thread that logged it. */
    @Test
    void a_channel_fails_when_its_handler_throws_what_cannot_be_logged() throws Exception {
        Channel<Integer> channel = Channel.bounded(1);
        channel.consume(1, element -> {
            throw cause;
        });
        channel.send(1);
        assertSame(
                cause,
                assertThrows(ChannelClosedException.class, channel::awaitCompletion)
                        .getCause());
        assertEquals(SendResult.CLOSED, channel.trySend(2));
    }

    @Test
    void completion_reports_what_one_of_several_handlers_threw() throws Exception {
        Channel<Integer> channel = Channel.bounded(10);
        for (int i = 0; i < 10; i++) {
            channel.send(i);
        }
        channel.consume(2, element -> {
            if (element % 3 == 0) {
                throw cause;
            }
        });
        assertSame(
                cause,
                assertThrows(ChannelClosedException.class, channel::awaitCompletion)
                        .getCause());
        assertEquals(0, channel.size());
    }

    @Test
    void a_send_is_sent_though_the_callback_for_a_dropped_element_throws() {
        Channel<Integer> channel = Channel.<Integer>builder(1)
                .whenFull(WhenFull.DROP_OLDEST)
                .onUndelivered(element -> {
                    throw cause;
                })
                .build();
        channel.trySend(1);
        assertEquals(SendResult.SENT, channel.trySend(2));
        assertEquals(List.of(2), channel.abort());
    }

    @Test
    void a_cause_whose_to_string_throws_is_the_cause() {
        Channel<Integer> channel = Channel.bounded(1);
        channel.fail(cause);
        ChannelClosedException thrown = assertThrows(ChannelClosedException.class, channel::receive);
        assertSame(cause, thrown.getCause());
        assertTrue(thrown.getMessage().startsWith("the channel failed: "), thrown.getMessage());
    }

    @Test
    void an_inlet_whose_source_throws_what_cannot_be_logged_ends_after_what_it_keeps() throws Exception {
        Channel<Integer> channel = Channel.bounded(1);
        boolean[] started = new boolean[1];
        Inlet<Integer> inlet = channel.inlet(4, count -> {
            if (started[0]) {
                throw cause;
            }
            started[0] = true;
        });
        assertTrue(inlet.push(0));
        assertTrue(inlet.push(1), "kept");
        assertEquals(0, channel.receive());
        assertEquals(1, channel.receive(), "and then two are taken, for which the source is asked again");
        assertSame(
                cause,
                assertThrows(ChannelClosedException.class, channel::receive).getCause());
    }

    @Test
    void the_cause_of_a_failure_reaches_a_subscriber_and_what_it_throws_harms_nobody() throws Exception {
        Channel<Integer> channel = Channel.bounded(1);
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Call<Throwable> ended = Call.start(() -> {
            while (failure.get() == null) {
                Thread.sleep(1);
            }
            return failure.get();
        });
        channel.asPublisher().subscribe(new Flow.Subscriber<>() {
            @Override
            public void onSubscribe(Flow.Subscription subscription) {
                subscription.request(1);
            }

            @Override
            public void onNext(Integer element) {}

            @Override
            public void onError(Throwable thrown) {
                failure.set(thrown);
                throw cause;
            }

            @Override
            public void onComplete() {}
        });
        channel.fail(cause);
        assertSame(cause, ended.result());
    }
}
