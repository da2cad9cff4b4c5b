package dev.weir.ratelimit.redis;

import dev.weir.ratelimit.Rate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** What a server has answered to the processes of a fleet, in the order of its own time. */
final class TripLog {
    /**
     * One trip.
     *
     * @param micros the server's time
     * @param operation what the script was called for
     * @param asked how many permits each request wanted
     * @param granted how many each got
     */
    record Trip(long micros, String operation, long[] asked, long[] granted) {
        /** From the arguments and the answer of the script, for one bucket and without a lease. */
        static Trip of(String[] arguments, List<Long> answer) {
            String operation = arguments[0];
            boolean isOfSeveral = operation.equals("take") || operation.equals("line");
            long[] asked = Arrays.stream(arguments, isOfSeveral ? 6 : 5, arguments.length)
                    .mapToLong(Long::parseLong)
                    .toArray();
            long[] granted = new long[asked.length];
            for (int i = 0; i < asked.length; i++) {
                granted[i] = switch (operation) {
                    case "take", "line" -> answer.get(i) == 0 ? asked[i] : 0;
                    case "upto" -> answer.get(i);
                    default -> 0;
                };
            }
            return new Trip(answer.get(answer.size() - 1), operation, asked, granted);
        }

        static Trip parse(String line) {
            String[] parts = line.split(" ");
            return new Trip(Long.parseLong(parts[0]), parts[1], numbers(parts[2]), numbers(parts[3]));
        }

        private static long[] numbers(String text) {
            return Arrays.stream(text.split(",")).mapToLong(Long::parseLong).toArray();
        }

        private static String text(long[] numbers) {
            StringBuilder text = new StringBuilder();
            for (long number : numbers) {
                text.append(text.length() == 0 ? "" : ",").append(number);
            }
            return text.toString();
        }

        String line() {
            return micros + " " + operation + " " + text(asked) + " " + text(granted);
        }

        /** How many permits were taken; fewer than none if some were given back. */
        long taken() {
            return operation.equals("refund")
                    ? -Arrays.stream(asked).sum()
                    : Arrays.stream(granted).sum();
        }
    }

    private final Rate rate;
    private final RedisRate units;
    private final List<Trip> trips;

    private TripLog(Rate rate, List<Trip> trips) {
        this.rate = rate;
        this.units = RedisRate.of(rate);
        this.trips = trips;
    }

    static TripLog read(Rate rate, List<Path> files) throws IOException {
        List<Trip> trips = new ArrayList<>();
        for (Path file : files) {
            for (String line : Files.readAllLines(file)) {
                trips.add(Trip.parse(line));
            }
        }
        trips.sort(Comparator.comparingLong(Trip::micros));
        return new TripLog(rate, trips);
    }

    /** What happened between two times of the server. */
    TripLog between(long fromMicros, long toMicros) {
        return new TripLog(
                rate,
                trips.stream()
                        .filter(trip -> trip.micros() >= fromMicros && trip.micros() < toMicros)
                        .toList());
    }

    long burst() {
        return rate.burst();
    }

    boolean isEmpty() {
        return trips.isEmpty();
    }

    long firstMicros() {
        return trips.get(0).micros();
    }

    long lastMicros() {
        return trips.get(trips.size() - 1).micros();
    }

    /** The permits that were taken and not given back. */
    long taken() {
        return trips.stream().mapToLong(Trip::taken).sum();
    }

    private long grown(long micros) {
        return Math.multiplyExact(units.unitsPerMicro(), micros);
    }

    /**
     * The greatest number of permits that a window has beyond those that grew in it: over all pairs of a first and a
     * last admission.
     */
    double tightestBurst() {
        long missing = 0;
        long worst = 0;
        long last = isEmpty() ? 0 : firstMicros();
        for (Trip trip : trips) {
            missing = Math.max(0, missing - grown(trip.micros() - last));
            missing = Math.max(0, missing + trip.taken() * units.unitsPerPermit());
            worst = Math.max(worst, missing);
            last = trip.micros();
        }
        return (double) worst / units.unitsPerPermit();
    }

    /** The part of {@code burst + rate × t} that was taken. */
    double use() {
        double grown = (double) grown(lastMicros() - firstMicros()) / units.unitsPerPermit();
        return taken() / (rate.burst() + grown);
    }

    /**
     * How many permits nobody asked for in time: those that would have grown while the bucket was full, and those that
     * are left at the end.
     */
    double notAskedFor() {
        long full = units.burst() * units.unitsPerPermit();
        long missing = 0;
        long lost = 0;
        long last = isEmpty() ? 0 : firstMicros();
        for (Trip trip : trips) {
            long grown = grown(trip.micros() - last);
            lost += Math.max(0, grown - missing);
            missing = Math.max(0, missing - grown) + trip.taken() * units.unitsPerPermit();
            last = trip.micros();
        }
        return (double) (lost + full - missing) / units.unitsPerPermit();
    }

    /** How many permits grew in the longest time in which nobody asked. */
    double longestPause() {
        long longest = 0;
        for (int i = 1; i < trips.size(); i++) {
            longest = Math.max(longest, trips.get(i).micros() - trips.get(i - 1).micros());
        }
        return (double) grown(longest) / units.unitsPerPermit();
    }

    /**
     * What is wrong first, if each trip is compared with a bucket that is full at the start and counts in whole
     * numbers; null if all is right. This needs all trips, also those that nobody waited for.
     */
    String firstDifference() {
        long full = units.burst() * units.unitsPerPermit();
        long missing = 0;
        long last = isEmpty() ? 0 : firstMicros();
        for (Trip trip : trips) {
            missing = Math.max(0, missing - grown(trip.micros() - last));
            last = trip.micros();
            boolean refused = false;
            for (int i = 0; i < trip.asked().length; i++) {
                long wanted = trip.asked()[i];
                long room = (full - missing) / units.unitsPerPermit();
                long right = switch (trip.operation()) {
                    case "take" -> wanted <= room ? wanted : 0;
                    case "line" -> wanted <= room && !refused ? wanted : 0;
                    case "upto" -> Math.min(wanted, room);
                    default -> 0;
                };
                refused |= right == 0;
                if (trip.granted()[i] != right) {
                    return trip.line() + ": request " + i + " should have got " + right;
                }
                missing += right * units.unitsPerPermit();
            }
            if (trip.operation().equals("refund")) {
                missing = Math.max(0, missing - trip.asked()[0] * units.unitsPerPermit());
            }
        }
        return null;
    }

    @Override
    public String toString() {
        return isEmpty()
                ? "no trips"
                : String.format(
                        "%d trips, %d permits taken, %.1f %% of burst + rate × t; %.1f that nobody asked for in time;"
                                + " tightest window %.3f of %d; longest pause %.1f permits",
                        trips.size(),
                        taken(),
                        100 * use(),
                        notAskedFor(),
                        tightestBurst(),
                        rate.burst(),
                        longestPause());
    }
}
