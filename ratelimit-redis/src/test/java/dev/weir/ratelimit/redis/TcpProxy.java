package dev.weir.ratelimit.redis;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Stands between a client and a server, and can keep the answers of the server back, delay, or swallow them. */
final class TcpProxy implements AutoCloseable {
    private final ServerSocket server;
    private final int target;

    // Guarded by this.
    private final List<Closeable> open = new ArrayList<>();
    private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
    private OutputStream keptFor;
    private boolean keeps;
    private boolean swallows;
    private int swallowed;
    private long delayMillis;

    TcpProxy(int target) throws IOException {
        this.target = target;
        this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofPlatform().daemon().start(this::accept);
    }

    int port() {
        return server.getLocalPort();
    }

    synchronized void keepAnswers() {
        keeps = true;
    }

    synchronized int keptBytes() {
        return kept.size();
    }

    /** Loses the answers from now on, until all connections are cut. */
    synchronized void swallowAnswers() {
        swallows = true;
    }

    synchronized int swallowedBytes() {
        return swallowed;
    }

    /** Each piece of an answer comes later by that. */
    synchronized void delayAnswers(Duration delay) {
        delayMillis = delay.toMillis();
    }

    private synchronized long delayMillis() {
        return delayMillis;
    }

    /** Sends the answers that were kept, and keeps none any more. */
    synchronized void release() throws IOException {
        keeps = false;
        if (kept.size() > 0) {
            keptFor.write(kept.toByteArray());
            keptFor.flush();
            kept.reset();
        }
    }

    /** Cuts all connections; the answers that were kept are lost. */
    synchronized void cut() throws IOException {
        for (Closeable one : open) {
            one.close();
        }
        open.clear();
        kept.reset();
        keeps = false;
        swallows = false;
    }

    private void accept() {
        try {
            while (true) {
                Socket client = server.accept();
                Socket upstream = new Socket(InetAddress.getLoopbackAddress(), target);
                synchronized (this) {
                    open.add(client);
                    open.add(upstream);
                }
                Thread.ofPlatform().daemon().start(() -> pump(client, upstream, false));
                Thread.ofPlatform().daemon().start(() -> pump(upstream, client, true));
            }
        } catch (IOException closed) {
            // the end of the test
        }
    }

    private void pump(Socket from, Socket to, boolean answers) {
        byte[] buffer = new byte[8192];
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                if (!answers) {
                    out.write(buffer, 0, n);
                } else {
                    Thread.sleep(delayMillis());
                    answer(out, buffer, n);
                }
            }
        } catch (IOException | InterruptedException closed) {
            // cut
        }
    }

    private synchronized void answer(OutputStream out, byte[] bytes, int length) throws IOException {
        if (swallows) {
            swallowed += length;
        } else if (keeps) {
            kept.write(bytes, 0, length);
            keptFor = out;
        } else {
            out.write(bytes, 0, length);
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        cut();
    }
}
