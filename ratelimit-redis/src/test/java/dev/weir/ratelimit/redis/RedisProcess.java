package dev.weir.ratelimit.redis;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import redis.embedded.core.ExecutableProvider;

/**
 * A Redis server of a test's own. A shell stands between: it kills the server when this JVM closes its input, or dies.
 * Where the server cannot run, tests are skipped, or fail if {@code WEIR_REDIS_REQUIRED} is set, as it is in CI.
 */
final class RedisProcess implements AutoCloseable {
    private static final String GUARD =
            "\"$@\" >/dev/null 2>&1 </dev/null & p=$!; echo $p; read x; kill -CONT $p; kill -9 $p";

    private static File executable;

    private final int port;
    private Process shell;
    private long pid;

    private RedisProcess(int port) {
        this.port = port;
    }

    /** Starts a server, or skips the test. */
    static RedisProcess start() throws IOException {
        RedisProcess server = new RedisProcess(freePort());
        String why;
        try {
            why = server.launch() ? null : "the server ended at once";
        } catch (IOException | RuntimeException failure) {
            why = failure.toString();
        }
        if (why == null) {
            return server;
        }
        server.close();
        String skipped = "no Redis runs here (" + why + "); set WEIR_REDIS_URL to use another for most of these tests";
        if (System.getenv("WEIR_REDIS_REQUIRED") != null) {
            throw new AssertionError(skipped);
        }
        System.err.println("SKIPPED: " + skipped);
        Assumptions.abort(skipped);
        return server;
    }

    private static synchronized File executable() throws IOException {
        if (executable == null) {
            executable = ExecutableProvider.newJarResourceProvider().get();
        }
        return executable;
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private boolean launch() throws IOException {
        List<String> command = new ArrayList<>(
                List.of("/bin/sh", "-c", GUARD, "sh", executable().getPath()));
        command.addAll(List.of("--port", Integer.toString(port), "--bind", "127.0.0.1"));
        command.addAll(List.of("--save", "", "--appendonly", "no"));
        shell = new ProcessBuilder(command).redirectErrorStream(true).start();
        var reader = new BufferedReader(new InputStreamReader(shell.getInputStream(), StandardCharsets.US_ASCII));
        pid = Long.parseLong(reader.readLine());
        long start = System.nanoTime();
        while (System.nanoTime() - start < TimeUnit.SECONDS.toNanos(20)) {
            if (answers()) {
                return true;
            }
            if (!ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false)) {
                return false;
            }
            pause();
        }
        return false;
    }

    private static void pause() throws IOException {
        try {
            Thread.sleep(10);
        } catch (InterruptedException interrupt) {
            throw new IOException(interrupt);
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

    int port() {
        return port;
    }

    private void signal(String name) throws Exception {
        new ProcessBuilder("kill", "-" + name, Long.toString(pid)).start().waitFor();
    }

    /** The server hangs: it keeps its connections and answers nothing. */
    void hang() throws Exception {
        signal("STOP");
    }

    void goOn() throws Exception {
        signal("CONT");
    }

    void kill() throws Exception {
        signal("KILL");
        close();
    }

    /** Starts an empty server in the place of one that was killed. */
    void restart() throws IOException {
        if (!launch()) {
            throw new AssertionError("the server did not start again");
        }
    }

    @Override
    public void close() {
        if (shell != null) {
            try {
                shell.getOutputStream().close();
                shell.waitFor(10, TimeUnit.SECONDS);
            } catch (IOException | InterruptedException failure) {
                throw new AssertionError(failure);
            }
        }
    }
}
