package dev.weir.examples.feed;

import dev.weir.core.ThrowingRunnable;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import org.java_websocket.WebSocket;
import org.java_websocket.handshake.ClientHandshake;
import org.java_websocket.server.WebSocketServer;

/** A feed of prices on a WebSocket of this machine: each client gets the given number of ticks, and then the end. */
final class Feed extends WebSocketServer implements AutoCloseable {
    private final int ticks;
    private final ThrowingRunnable<InterruptedException> pause;
    private final CountDownLatch started = new CountDownLatch(1);

    Feed(int ticks, Duration pause) {
        this(ticks, () -> Thread.sleep(pause));
    }

    /** With whatever comes after each tick. */
    Feed(int ticks, ThrowingRunnable<InterruptedException> pause) {
        super(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1);
        this.ticks = ticks;
        this.pause = pause;
        setDaemon(true);
    }

    /** Begins to serve. */
    URI open() throws InterruptedException {
        start();
        started.await();
        return URI.create("ws://" + InetAddress.getLoopbackAddress().getHostAddress() + ":" + getPort());
    }

    @Override
    public void onStart() {
        started.countDown();
    }

    @Override
    public void onOpen(WebSocket client, ClientHandshake handshake) {
        Thread.ofVirtual().name("feed").start(() -> send(client));
    }

    private void send(WebSocket client) {
        Random random = new Random(1);
        double price = 100;
        try {
            for (int i = 0; i < ticks && client.isOpen(); i++) {
                price += random.nextGaussian();
                client.send("%d %.2f".formatted(i, price));
                pause.run();
            }
            client.close();
        } catch (InterruptedException stopped) {
            client.close();
        }
    }

    @Override
    public void onMessage(WebSocket client, String message) {
        // Nobody says anything to a feed.
    }

    @Override
    public void onClose(WebSocket client, int code, String reason, boolean remote) {
        // The client sees it, too.
    }

    @Override
    public void onError(WebSocket client, Exception failure) {
        System.err.println("feed: " + failure);
    }

    @Override
    public void close() {
        try {
            stop(1_000);
        } catch (InterruptedException hurry) {
            Thread.currentThread().interrupt();
        }
    }
}
