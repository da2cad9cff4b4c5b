package dev.weir.channel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

/** The code in the documentation of the channel. */
class ChannelSnippets {
    @Test
    void select() throws Exception {
        Channel<String> orders = Channel.bounded(4);
        Channel<String> results = Channel.bounded(4);
        orders.send("tea");
        String result = "coffee";
        for (int i = 0; i < 2; i++) {
            // @start region="select"
            String done = new Select<String>()
                    .receive(orders, order -> "took " + order)
                    .send(results, result, () -> "sent " + result)
                    .select();
            // @end
            assertEquals(done, done.startsWith("took") ? "took tea" : "sent coffee");
        }
        orders.close();
    }

    @Test
    void producersAndConsumers() throws Exception {
        List<Integer> handled = java.util.Collections.synchronizedList(new ArrayList<>());
        // @start region="consume"
        Channel<Integer> orders = Channel.bounded(16);
        orders.consume(4, handled::add);
        for (int order = 0; order < 100; order++) {
            orders.send(order); // waits while the consumers are behind
        }
        orders.close();
        orders.awaitCompletion(); // every order is handled
        // @end
        assertEquals(100, handled.size());
    }

    @Test
    void dropping() {
        List<Integer> missed = new ArrayList<>();
        // @start region="dropping"
        Channel<Integer> ticks = Channel.<Integer>builder(2)
                .whenFull(WhenFull.DROP_OLDEST)
                .onUndelivered(missed::add)
                .build();
        // @end
        for (int tick = 0; tick < 5; tick++) {
            assertEquals(SendResult.SENT, ticks.trySend(tick));
        }
        assertEquals(List.of(0, 1, 2), missed);
        assertEquals(List.of(3, 4), ticks.abort());
    }

    @Test
    void priority() throws Exception {
        Channel<String> urgent = Channel.bounded(16);
        Channel<String> mails = Channel.bounded(16);
        mails.send("mail");
        urgent.send("alarm");
        List<String> handled = new ArrayList<>();
        // @start region="priority"
        Select<Boolean> next =
                new Select<Boolean>().inOrder().receive(urgent, handled::add).receive(mails, handled::add);
        next.select(); // a mail only if nothing urgent is there
        // @end
        next.select();
        assertEquals(List.of("alarm", "mail"), handled);
    }

    @Test
    void webSocket() {
        Channel<String> texts = Channel.bounded(16);
        Feed feed = new Feed(texts);
        Source socket = new Source();
        feed.onOpen(socket);
        assertEquals(16, socket.requested);
        feed.onText(socket, "a", true);
        feed.onClose(socket, 1000, "bye");
        assertEquals(List.of("a"), texts.stream().toList());
    }

    // @start region="webSocket"
    static final class Feed implements WebSocket.Listener {
        private final Channel<String> texts;
        private final StringBuilder text = new StringBuilder();
        private Inlet<String> inlet;

        Feed(Channel<String> texts) {
            this.texts = texts;
        }

        @Override
        public void onOpen(WebSocket socket) {
            inlet = texts.inlet(16, socket::request);
        }

        @Override
        public CompletionStage<?> onText(WebSocket socket, CharSequence part, boolean last) {
            text.append(part);
            if (!last) {
                socket.request(1); // a part is not an element
            } else if (inlet.push(text.toString())) {
                text.setLength(0);
            } else {
                socket.abort(); // nobody receives any more
            }
            return null;
        }

        @Override
        public CompletionStage<?> onClose(WebSocket socket, int status, String reason) {
            inlet.complete();
            return null;
        }

        @Override
        public void onError(WebSocket socket, Throwable error) {
            inlet.fail(error);
        }
    }

    // @end

    /** As much of a socket as the feed needs. */
    private static final class Source implements WebSocket {
        private long requested;

        @Override
        public void request(long count) {
            requested += count;
        }

        @Override
        public CompletableFuture<WebSocket> sendText(CharSequence data, boolean last) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompletableFuture<WebSocket> sendBinary(ByteBuffer data, boolean last) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompletableFuture<WebSocket> sendPing(ByteBuffer message) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompletableFuture<WebSocket> sendPong(ByteBuffer message) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompletableFuture<WebSocket> sendClose(int status, String reason) {
            throw new UnsupportedOperationException();
        }

        @Override
        public String getSubprotocol() {
            return "";
        }

        @Override
        public boolean isOutputClosed() {
            return false;
        }

        @Override
        public boolean isInputClosed() {
            return false;
        }

        @Override
        public void abort() {
            throw new UnsupportedOperationException();
        }
    }
}
