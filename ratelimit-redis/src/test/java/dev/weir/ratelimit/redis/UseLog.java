package dev.weir.ratelimit.redis;

import dev.weir.ratelimit.Rate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * When the callers of a fleet used permits, by the clock that all processes of one machine share. A use lies somewhere
 * between the beginning and the end of its call.
 */
final class UseLog {
    /**
     * One call that got permits.
     *
     * @param fromNanos when it began
     * @param toNanos when it ended
     * @param permits how many it got
     */
    record Use(long fromNanos, long toNanos, long permits) {
        static Use parse(String line) {
            String[] parts = line.split(" ");
            return new Use(Long.parseLong(parts[0]), Long.parseLong(parts[1]), Long.parseLong(parts[2]));
        }

        String line() {
            return fromNanos + " " + toNanos + " " + permits;
        }
    }

    private final Rate rate;
    private final List<Use> uses;

    UseLog(Rate rate, List<Use> uses) {
        this.rate = rate;
        this.uses = uses.stream().sorted(Comparator.comparingLong(Use::toNanos)).toList();
    }

    static UseLog read(Rate rate, List<Path> files) throws IOException {
        List<Use> uses = new ArrayList<>();
        for (Path file : files) {
            for (String line : Files.readAllLines(file)) {
                uses.add(Use.parse(line));
            }
        }
        return new UseLog(rate, uses);
    }

    long permits() {
        return uses.stream().mapToLong(Use::permits).sum();
    }

    private double grown(long nanos) {
        return (double) rate.permits() * nanos / rate.period().toNanos();
    }

    /**
     * The greatest number of permits that a window has beyond those that grew in it, over all pairs of a first and a
     * last use. A window is taken from the beginning of its first call to the end of its last, and holds the calls that
     * lie wholly in it: so a number above the burst is one too many, wherever in their calls the uses were.
     */
    double tightestBurst() {
        double worst = 0;
        for (Use first : uses) {
            long sum = 0;
            for (Use last : uses) {
                if (last.fromNanos() - first.fromNanos() >= 0) {
                    sum += last.permits();
                    worst = Math.max(worst, sum - grown(last.toNanos() - first.fromNanos()));
                }
            }
        }
        return worst;
    }

    /** The part of {@code burst + rate × t} that was used. */
    double use() {
        long from = uses.stream().mapToLong(Use::fromNanos).min().orElseThrow();
        return permits() / (rate.burst() + grown(uses.get(uses.size() - 1).toNanos() - from));
    }

    @Override
    public String toString() {
        return uses.isEmpty()
                ? "no uses"
                : String.format(
                        "%d permits used, %.1f %% of burst + rate × t; tightest window %.3f of %d",
                        permits(), 100 * use(), tightestBurst(), rate.burst());
    }
}
