package dev.weir.guide;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.channel.Channel;
import dev.weir.channel.Inlet;
import dev.weir.channel.WhenFull;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.java_websocket.handshake.ClientHandshake;
import org.java_websocket.server.WebSocketServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The code of the entry on WebSockets in docs/guide/applications.md. */
@Timeout(60)
class WebSocketTest {
    /** A server on a free port of this machine. */
    private abstract static class LocalServer extends WebSocketServer {
        private final CountDownLatch started = new CountDownLatch(1);

        LocalServer() {
            super(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            setDaemon(true);
        }

        URI open() throws InterruptedException {
            start();
            assertTrue(started.await(20, TimeUnit.SECONDS));
            return URI.create("ws://" + InetAddress.getLoopbackAddress().getHostAddress() + ":" + getPort());
        }

        @Override
        public void onStart() {
            started.countDown();
        }

        @Override
        public void onMessage(org.java_websocket.WebSocket client, String message) {
            // nobody says anything to it
        }

        @Override
        public void onError(org.java_websocket.WebSocket client, Exception failure) {
            failure.printStackTrace();
        }
    }

    // @start region="server"
    /** Sends each price to all clients. A client that is too slow misses old ones, and holds up nobody. */
    static final class Prices extends LocalServer { // a WebSocketServer of the library Java-WebSocket
        private final Map<org.java_websocket.WebSocket, Channel<String>> clients = new ConcurrentHashMap<>();

        void publish(String price) {
            clients.values().forEach(queue -> queue.trySend(price)); // never waits
        }

        @Override
        public void onOpen(org.java_websocket.WebSocket client, ClientHandshake handshake) {
            Channel<String> queue =
                    Channel.<String>builder(64).whenFull(WhenFull.DROP_OLDEST).build();
            clients.put(client, queue);
            Thread.ofVirtual().name("prices").start(() -> send(client, queue));
        }

        private static void send(org.java_websocket.WebSocket client, Channel<String> queue) {
            try {
                for (String price : queue) { // until the queue is closed
                    client.send(price);
                    while (client.hasBufferedData()) { // send does not wait, and its own queue has no bound
                        Thread.sleep(2);
                    }
                }
                client.close();
            } catch (InterruptedException stop) {
                client.close();
            }
        }

        @Override
        public void onClose(org.java_websocket.WebSocket client, int code, String reason, boolean remote) {
            Channel<String> queue = clients.remove(client);
            if (queue != null) {
                queue.abort(); // ends its sender
            }
        }

        void end() {
            clients.values().forEach(Channel::close); // what is queued is sent
        }
    }

    // @end

    // @start region="client-naive"
    static final class Naive implements WebSocket.Listener {
        final LinkedBlockingQueue<String> texts = new LinkedBlockingQueue<>(); // as long as the server likes

        @Override
        public CompletionStage<?> onText(WebSocket socket, CharSequence text, boolean last) {
            texts.add(text.toString()); // half a message, if it is not the last part
            socket.request(1);
            return null;
        }
        // no onClose, no onError: the consumer waits for ever
    }

    // @end

    // @start region="client"
    static final class Texts implements WebSocket.Listener {
        final Channel<String> channel = Channel.bounded(16);
        private final StringBuilder text = new StringBuilder();
        private Inlet<String> inlet;

        @Override
        public void onOpen(WebSocket socket) {
            inlet = channel.inlet(16, socket::request); // asks for 16, and for more as they are taken
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
        public void onError(WebSocket socket, Throwable failure) {
            inlet.fail(failure);
        }
    }

    // @end

    private static List<String> watch(HttpClient http, URI server, CountDownLatch connected) throws IOException {
        List<String> seen = new ArrayList<>();
        // @start region="client-loop"
        Texts texts = new Texts();
        WebSocket socket = http.newWebSocketBuilder().buildAsync(server, texts).join();
        connected.countDown();
        for (String price : texts.channel) { // ends when the server closes; throws if the connection is lost
            seen.add(price);
        }
        // @end
        assertTrue(socket.isInputClosed());
        return seen;
    }

    @Test
    void a_server_sends_to_all_its_clients_and_ends() throws Exception {
        Prices server = new Prices();
        URI uri = server.open();
        try (HttpClient http = HttpClient.newHttpClient()) {
            CountDownLatch connected = new CountDownLatch(2);
            Map<Integer, List<String>> seen = new ConcurrentHashMap<>();
            List<Thread> clients = new ArrayList<>();
            for (int client = 0; client < 2; client++) {
                int number = client;
                clients.add(Thread.ofVirtual().start(() -> {
                    try {
                        seen.put(number, watch(http, uri, connected));
                    } catch (IOException failure) {
                        seen.put(number, List.of(failure.toString()));
                    }
                }));
            }
            Naive naive = new Naive();
            http.newWebSocketBuilder().buildAsync(uri, naive).join();
            connected.await();
            while (server.clients.size() < 3) {
                Thread.sleep(1);
            }
            server.publish("1.00");
            server.publish("1.01");
            server.end();
            for (Thread client : clients) {
                client.join();
            }
            assertEquals(Map.of(0, List.of("1.00", "1.01"), 1, List.of("1.00", "1.01")), seen);
            assertEquals("1.00", naive.texts.take());
        } finally {
            server.stop(1_000);
        }
    }
}
