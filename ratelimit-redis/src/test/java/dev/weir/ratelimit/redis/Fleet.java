package dev.weir.ratelimit.redis;

import dev.weir.ratelimit.Rate;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Three JVMs on one key. They end when this one does. */
final class Fleet implements AutoCloseable {
    static final int NODES = 3;
    private static final int THREADS = 2;

    private static final class Node {
        final Process process;
        final BufferedReader answers;
        final Path log;

        Node() throws IOException {
            process = new ProcessBuilder(List.of(
                            ProcessHandle.current().info().command().orElseThrow(),
                            "-Xmx128m",
                            "-XX:TieredStopAtLevel=1",
                            "-cp",
                            System.getProperty("java.class.path"),
                            FleetNode.class.getName()))
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            answers = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII));
            log = Files.createTempFile("weir-fleet", ".log");
        }

        void send(String line) throws IOException {
            process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.US_ASCII));
            process.getOutputStream().flush();
        }

        /** Its next line, but for what its logger prints. */
        String read(String pattern) throws IOException, InterruptedException {
            while (true) {
                if (answers.ready()) { // a read would not end with an interrupt
                    String line = answers.readLine();
                    if (line.matches(pattern)) {
                        return line;
                    }
                } else if (process.isAlive()) {
                    Thread.sleep(1);
                } else {
                    throw new AssertionError("a process has ended");
                }
            }
        }
    }

    /** What happens meanwhile; called when all processes have begun. */
    interface Fault {
        void run() throws Exception;
    }

    /** What the fleet got. */
    record Result(
            TripLog log,
            UseLog uses,
            long admitted,
            long refusedInOutage,
            long longestMillis,
            long failed,
            long trips) {
        @Override
        public String toString() {
            return (log.isEmpty() ? uses + "; " + trips + " trips" : log) + "; " + admitted + " admitted, "
                    + refusedInOutage + " refused by the policy, longest call " + longestMillis + " ms, " + failed
                    + " trips failed";
        }
    }

    private final List<Node> nodes = new ArrayList<>();

    Fleet() throws IOException {
        for (int i = 0; i < NODES; i++) {
            nodes.add(new Node());
        }
    }

    /** Where and how the processes ask. */
    record Setting(int port, boolean isCluster, String key, Rate rate, boolean waits, long leased, long millis) {}

    /** Has all processes ask for a time; the clocks of the first and the last are wrong by some minutes. */
    Result run(Setting setting, long skewMinutes, Fault fault) throws Exception {
        for (int i = 0; i < NODES; i++) {
            Node node = nodes.get(i);
            node.send(new FleetNode.Plan(
                            setting.port(),
                            setting.isCluster(),
                            setting.key(),
                            setting.rate(),
                            setting.waits(),
                            setting.leased(),
                            THREADS,
                            setting.millis(),
                            (i - 1) * skewMinutes,
                            node.log)
                    .line());
        }
        for (Node node : nodes) {
            node.read("ready");
        }
        for (Node node : nodes) {
            node.send("go");
        }
        fault.run();
        long[] sums = new long[5];
        for (Node node : nodes) {
            String[] numbers = node.read("\\d+( \\d+){4}").split(" ");
            for (int i = 0; i < sums.length; i++) {
                long number = Long.parseLong(numbers[i]);
                sums[i] = i == 2 ? Math.max(sums[i], number) : sums[i] + number;
            }
        }
        List<Path> logs = nodes.stream().map(node -> node.log).toList();
        boolean isLeased = setting.leased() > 0;
        return new Result(
                TripLog.read(setting.rate(), isLeased ? List.of() : logs),
                UseLog.read(setting.rate(), isLeased ? logs : List.of()),
                sums[0],
                sums[1],
                sums[2],
                sums[3],
                sums[4]);
    }

    @Override
    public void close() throws IOException {
        for (Node node : nodes) {
            node.process.getOutputStream().close();
            node.process.destroy();
            Files.deleteIfExists(node.log);
        }
    }
}
