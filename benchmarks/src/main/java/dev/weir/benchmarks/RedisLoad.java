package dev.weir.benchmarks;

import dev.weir.benchmarks.RedisClients.Asker;
import dev.weir.benchmarks.RedisClients.Contender;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/**
 * What threads got that asked for a time, each as soon as it was answered.
 *
 * @param asked how many decisions there were
 * @param admitted how many of them admitted
 * @param nanos how long it took
 * @param bytes what all threads have allocated
 * @param latencies how long decisions took: all of the first, and of the others one in sixteen
 */
record RedisLoad(long asked, long admitted, double nanos, double bytes, Latencies latencies) {
    private static final int ALL_TIMED = 2_000;
    private static final int TIMED_MASK = 15;

    /** One thread. Its numbers are read when it has ended. */
    private static final class Part implements Meeting.Part {
        private final Asker asker;
        private final int keys;
        private final SplittableRandom random;
        private final Stop stop;
        private final Latencies latencies = new Latencies();
        private long asked;
        private long admitted;

        Part(Asker asker, int keys, long seed, Stop stop) {
            this.asker = asker;
            this.keys = keys;
            this.random = new SplittableRandom(seed);
            this.stop = stop;
        }

        @Override
        public void run() throws Exception {
            while (!stop.now) {
                int key = keys == 1 ? 0 : random.nextInt(keys);
                boolean timed = asked < ALL_TIMED || (asked & TIMED_MASK) == 0;
                long start = timed ? System.nanoTime() : 0;
                admitted += asker.ask(key) ? 1 : 0;
                if (timed) {
                    latencies.add(System.nanoTime() - start);
                }
                asked++;
            }
        }
    }

    private static final class Stop {
        volatile boolean now;
    }

    static RedisLoad run(Contender contender, int threads, int keys, Duration duration) throws Exception {
        Stop stop = new Stop();
        List<Part> parts = new ArrayList<>();
        for (int thread = 0; thread < threads; thread++) {
            parts.add(new Part(contender.forThread(), keys, thread, stop));
        }
        List<Meeting.Part> all = new ArrayList<>(parts);
        all.add(() -> {
            TimeUnit.NANOSECONDS.sleep(duration.toNanos());
            stop.now = true;
        });
        Sample whole = Meeting.measure(Meeting.platformThreads(), 1, all);
        Latencies latencies = new Latencies();
        parts.forEach(part -> latencies.addAll(part.latencies));
        return new RedisLoad(
                parts.stream().mapToLong(part -> part.asked).sum(),
                parts.stream().mapToLong(part -> part.admitted).sum(),
                whole.nanos(),
                whole.bytes(),
                latencies);
    }

    /** Several that ran at the same time. */
    static RedisLoad together(List<RedisLoad> loads) {
        Latencies latencies = new Latencies();
        loads.forEach(load -> latencies.addAll(load.latencies));
        return new RedisLoad(
                loads.stream().mapToLong(RedisLoad::asked).sum(),
                loads.stream().mapToLong(RedisLoad::admitted).sum(),
                loads.stream().mapToDouble(RedisLoad::nanos).max().orElse(Double.NaN),
                loads.stream().mapToDouble(RedisLoad::bytes).sum(),
                latencies);
    }

    /** In one line, for {@link #parse}. */
    String line() {
        return asked + " " + admitted + " " + nanos + " " + bytes + " " + latencies;
    }

    static RedisLoad parse(String line) {
        String[] parts = line.split(" ");
        return new RedisLoad(
                Long.parseLong(parts[0]),
                Long.parseLong(parts[1]),
                Double.parseDouble(parts[2]),
                Double.parseDouble(parts[3]),
                Latencies.parse(parts[4]));
    }
}
