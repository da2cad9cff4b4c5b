package dev.weir.examples.fleet;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;

/**
 * Three processes share a limit of 100 a second, kept by a Redis server on this machine, which is killed half-way and
 * comes back empty. Each second it prints what each process got; at the end, what the outage did.
 */
public final class FleetMain {
    private static final long SECOND = 1_000_000;

    /** A process, and what it has printed. */
    private static final class Started {
        final Process process;
        final CountDownLatch ready = new CountDownLatch(1);
        final Queue<Long> admitted = new ConcurrentLinkedQueue<>();
        final Queue<Long> unavailable = new ConcurrentLinkedQueue<>();
        final Queue<Long> recovered = new ConcurrentLinkedQueue<>();

        Started(int port) throws IOException {
            process = new ProcessBuilder(
                            ProcessHandle.current().info().command().orElse("java"),
                            "-Dorg.slf4j.simpleLogger.defaultLogLevel=off",
                            "-classpath",
                            System.getProperty("java.class.path"),
                            Member.class.getName(),
                            Integer.toString(port))
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            Thread.ofVirtual().start(this::read);
        }

        private void read() {
            try (BufferedReader lines =
                    new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII))) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    long micros = Long.parseLong(line.substring(line.indexOf(' ') + 1));
                    switch (line.substring(0, line.indexOf(' '))) {
                        case "admitted" -> admitted.add(micros);
                        case "unavailable" -> unavailable.add(micros);
                        case "recovered" -> recovered.add(micros);
                        default -> ready.countDown();
                    }
                }
            } catch (IOException ended) {
                // it was stopped
            }
        }

        long admitted(long from, long to) {
            return new Admissions(List.copyOf(admitted)).between(from, to);
        }
    }

    /**
     * What the fleet got.
     *
     * @param before until the server was killed
     * @param outage until the last process had found it again
     * @param after from then on
     * @param outages how many processes noticed that it was away
     * @param recoveries how many noticed that it was back
     */
    record Result(Admissions before, Admissions outage, Admissions after, int outages, int recoveries) {
        Admissions all() {
            List<Long> all = new ArrayList<>(before.micros());
            all.addAll(outage.micros());
            all.addAll(after.micros());
            return new Admissions(all);
        }
    }

    private FleetMain() {}

    /**
     * Runs the fleet for twelve seconds, or as many as are given.
     *
     * @param args how many seconds, at least four; optional
     * @throws Exception if no Redis server runs here
     */
    public static void main(String[] args) throws Exception {
        run(args.length == 0 || args[0].isBlank() ? 12 : Integer.parseInt(args[0]), System.out);
        System.exit(0);
    }

    private static long now() {
        return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
    }

    private static void sleepUntil(long micros) throws InterruptedException {
        Thread.sleep(Duration.of(Math.max(0, micros - now()), ChronoUnit.MICROS));
    }

    static Result run(int seconds, PrintStream out) throws Exception {
        List<Started> members = new ArrayList<>();
        try (Server server = new Server()) {
            for (int i = 0; i < Member.MEMBERS; i++) {
                members.add(new Started(server.port()));
            }
            for (Started member : members) {
                member.ready.await();
            }
            out.println("second |   A    B    C | fleet");
            long start = now();
            int killAfter = seconds / 2 - 1;
            long killed = Long.MAX_VALUE;
            long restarted = Long.MAX_VALUE;
            for (int second = 0; second < seconds; second++) {
                String note = "";
                if (second == killAfter) {
                    server.kill();
                    killed = now();
                    note = "  the server is killed";
                } else if (second == killAfter + 2) {
                    restarted = now();
                    server.start();
                    note = "  it is back, and empty";
                }
                sleepUntil(start + (second + 1) * SECOND);
                out.println(line(members, start, second) + note);
            }
            return report(members, killed, restarted, out);
        } finally {
            for (Started member : members) {
                member.process.destroy();
            }
        }
    }

    private static String line(List<Started> members, long start, int second) {
        long from = start + second * SECOND;
        long sum = 0;
        StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "%6d |", second + 1));
        for (Started member : members) {
            long admitted = member.admitted(from, from + SECOND);
            sum += admitted;
            line.append(String.format(Locale.ROOT, "%4d ", admitted));
        }
        return line.append(String.format(Locale.ROOT, "| %5d", sum)).toString();
    }

    private static Admissions admissions(List<Started> members, long from, long to) {
        return new Admissions(members.stream()
                .flatMap(member -> member.admitted.stream())
                .filter(at -> at >= from && at < to)
                .toList());
    }

    private static long firstSince(Queue<Long> times, long since) {
        return times.stream()
                .mapToLong(Long::longValue)
                .filter(at -> at >= since)
                .min()
                .orElse(Long.MAX_VALUE);
    }

    private static int noticed(List<Queue<Long>> times, long since) {
        return (int) times.stream()
                .filter(one -> firstSince(one, since) < Long.MAX_VALUE)
                .count();
    }

    private static Result report(List<Started> members, long killed, long restarted, PrintStream out) {
        long back = members.stream()
                .mapToLong(member -> firstSince(member.recovered, restarted))
                .max()
                .orElse(Long.MAX_VALUE);
        Result result = new Result(
                admissions(members, 0, killed),
                admissions(members, killed, back),
                admissions(members, back, Long.MAX_VALUE),
                noticed(members.stream().map(member -> member.unavailable).toList(), killed),
                noticed(members.stream().map(member -> member.recovered).toList(), restarted));
        out.printf(
                Locale.ROOT,
                "tightest window, beyond 100 a second: %.1f permits before, %.1f in the outage, %.1f after; %.1f in all"
                        + " (burst %d)%n",
                result.before().tightestWindow(Member.RATE),
                result.outage().tightestWindow(Member.RATE),
                result.after().tightestWindow(Member.RATE),
                result.all().tightestWindow(Member.RATE),
                Member.RATE.burst());
        out.printf(
                Locale.ROOT,
                "outage: %.1f s; each process kept to a third of the rate, and together they got %d; %d of them"
                        + " noticed, %d found the server again%n",
                (back - killed) / 1e6,
                result.outage().micros().size(),
                result.outages(),
                result.recoveries());
        return result;
    }
}
