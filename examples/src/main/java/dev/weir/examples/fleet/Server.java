package dev.weir.examples.fleet;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import redis.embedded.core.ExecutableProvider;

/** A Redis server that keeps nothing on disk: the one that embedded-redis brings, or else the one on the PATH. */
final class Server implements AutoCloseable {
    private static final String ON_PATH = "redis-server";

    private final int port;
    private Process process;

    Server() throws IOException, InterruptedException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        start();
    }

    int port() {
        return port;
    }

    /** Starts an empty server. */
    void start() throws IOException, InterruptedException {
        for (String executable : List.of(embedded(), ON_PATH)) {
            process = new ProcessBuilder(
                            executable, "--port", "" + port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no")
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            Process started = process;
            Runtime.getRuntime().addShutdownHook(new Thread(started::destroyForcibly));
            while (started.isAlive()) {
                if (answers()) {
                    return;
                }
                Thread.sleep(10);
            }
        }
        throw new IOException("no Redis server runs here; install one, so that " + ON_PATH + " is on the PATH");
    }

    private static String embedded() {
        try {
            return ExecutableProvider.newJarResourceProvider().get().getPath();
        } catch (IOException | RuntimeException otherMachine) {
            return ON_PATH;
        }
    }

    private boolean answers() {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.getOutputStream().write("PING\r\n".getBytes(StandardCharsets.US_ASCII));
            return socket.getInputStream().read() == '+';
        } catch (IOException notYet) {
            return false;
        }
    }

    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
