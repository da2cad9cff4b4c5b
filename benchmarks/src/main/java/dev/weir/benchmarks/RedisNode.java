package dev.weir.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;

/** A JVM of a fleet, that puts load on a server when it is asked to, and ends with this one. */
final class RedisNode implements AutoCloseable {
    private final Process process;
    private final BufferedReader answers;

    RedisNode(int port) throws IOException {
        process = new ProcessBuilder(List.of(
                        ProcessHandle.current().info().command().orElse("java"),
                        "-Xmx256m",
                        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                        "-classpath",
                        System.getProperty("java.class.path"),
                        RedisNode.class.getName(),
                        Integer.toString(port)))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        answers = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    /** Has it begin to ask for the hot key. */
    void begin(String contender, int threads, Duration duration) throws IOException {
        String line = contender + "|" + threads + "|" + duration.toNanos() + "\n";
        process.getOutputStream().write(line.getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().flush();
    }

    /** Waits for what it got. */
    RedisLoad end() throws IOException, InterruptedException {
        while (!answers.ready()) { // a read would not end with an interrupt
            if (!process.isAlive()) {
                throw new IOException("a JVM has ended");
            }
            Thread.sleep(1);
        }
        return RedisLoad.parse(answers.readLine());
    }

    @Override
    public void close() throws IOException {
        process.getOutputStream().close();
        process.destroy();
    }

    /**
     * Runs one of the JVMs.
     *
     * @param args the port of the server
     * @throws Exception if a contender fails
     */
    public static void main(String[] args) throws Exception {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        RedisClients clients = new RedisClients(Integer.parseInt(args[0]));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] parts = line.split("\\|");
            RedisLoad load = RedisLoad.run(
                    clients.contender(parts[0], true),
                    Integer.parseInt(parts[1]),
                    1,
                    Duration.ofNanos(Long.parseLong(parts[2])));
            out.println(load.line());
        }
        System.exit(0);
    }
}
