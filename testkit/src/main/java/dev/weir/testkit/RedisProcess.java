package dev.weir.testkit;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import redis.embedded.core.ExecutableProvider;

/**
 * A Redis server on this machine, from the executable that embedded-redis brings: a module that uses this depends on
 * embedded-redis. A shell stands between: it kills the server when this JVM closes its input, or dies.
 */
public final class RedisProcess implements AutoCloseable {
    private static final String GUARD =
            "\"$@\" >/dev/null 2>&1 </dev/null & p=$!; echo $p; read x; kill -CONT $p; kill -9 $p";

    /** A node of a cluster has a second port, which is greater by this. */
    private static final int TO_CLUSTER_PORT = 10_000;

    private static File executable;

    private final int port;
    private final Path folder;
    private final Path config;
    private final List<String> options;
    private Process shell;
    private long pid;

    private RedisProcess(int port, Path folder, Path config, List<String> options) {
        this.port = port;
        this.folder = folder;
        this.config = config;
        this.options = options;
    }

    /**
     * Starts an empty server that keeps nothing on disk.
     *
     * @param options further options of its command line
     * @throws IOException if it does not run on this machine
     */
    public static RedisProcess start(String... options) throws IOException {
        return startFrom(null, options);
    }

    /**
     * Starts a server from a file of its configuration.
     *
     * @param config the file, which the server may change
     * @param options further options of its command line
     * @throws IOException if it does not run on this machine
     */
    public static RedisProcess startFrom(Path config, String... options) throws IOException {
        RedisProcess server =
                new RedisProcess(freePort(), Files.createTempDirectory("weir-redis"), config, List.of(options));
        try {
            server.restart();
            return server;
        } catch (IOException | RuntimeException failure) {
            server.close();
            throw new IOException("no Redis server runs here", failure);
        }
    }

    private static synchronized File executable() throws IOException {
        if (executable == null) {
            executable = ExecutableProvider.newJarResourceProvider().get();
        }
        return executable;
    }

    /** A port that is free together with the one that it would have as a node of a cluster. */
    private static int freePort() {
        while (true) { // below those that the system hands out
            int port = ThreadLocalRandom.current().nextInt(12_000, 12_000 + TO_CLUSTER_PORT);
            if (isFree(port) && isFree(port + TO_CLUSTER_PORT)) {
                return port;
            }
        }
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return socket.isBound();
        } catch (IOException taken) {
            return false;
        }
    }

    /** Starts an empty server in the place of one that was killed. */
    public void restart() throws IOException {
        List<String> command = new ArrayList<>(
                List.of("/bin/sh", "-c", GUARD, "sh", executable().getPath()));
        if (config != null) {
            command.add(config.toString());
        }
        command.addAll(List.of("--port", Integer.toString(port), "--bind", "127.0.0.1"));
        command.addAll(List.of("--save", "", "--appendonly", "no", "--dir", folder.toString()));
        command.addAll(options);
        shell = new ProcessBuilder(command).redirectErrorStream(true).start();
        var reader = new BufferedReader(new InputStreamReader(shell.getInputStream(), StandardCharsets.US_ASCII));
        pid = Long.parseLong(reader.readLine());
        long start = System.nanoTime();
        while (!answers()) {
            if (!isAlive()) {
                throw new IOException("the server ended at once");
            }
            if (System.nanoTime() - start > TimeUnit.SECONDS.toNanos(60)) {
                throw new IOException("the server does not answer");
            }
            pause();
        }
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

    public int port() {
        return port;
    }

    public long pid() {
        return pid;
    }

    public boolean isAlive() {
        // one that has ended and whose shell has not noticed has no command any more
        return ProcessHandle.of(pid).flatMap(handle -> handle.info().command()).isPresent();
    }

    private void signal(String name) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-" + name, Long.toString(pid)).start().waitFor();
    }

    /** The server hangs: it keeps its connections and answers nothing. */
    public void hang() throws IOException, InterruptedException {
        signal("STOP");
    }

    /** The server goes on after it hung. */
    public void goOn() throws IOException, InterruptedException {
        signal("CONT");
    }

    /** Kills the server, without a chance to say so to its clients or to the disk. */
    public void kill() throws IOException, InterruptedException {
        signal("KILL");
        endShell();
    }

    private void endShell() {
        if (shell != null) {
            try {
                shell.getOutputStream().close();
                shell.waitFor(10, TimeUnit.SECONDS);
            } catch (IOException | InterruptedException failure) {
                throw new IllegalStateException(failure);
            }
        }
    }

    @Override
    public void close() {
        endShell();
        try (var files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.deleteIfExists(file);
            }
            Files.deleteIfExists(folder);
        } catch (IOException left) {
            // in the folder of temporary files
        }
    }
}
