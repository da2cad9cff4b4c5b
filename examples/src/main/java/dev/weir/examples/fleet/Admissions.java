package dev.weir.examples.fleet;

import dev.weir.ratelimit.Rate;
import java.util.List;

/** When permits were taken, in the order of time and in microseconds. */
record Admissions(List<Long> micros) {
    Admissions {
        micros = micros.stream().sorted().toList();
    }

    long between(long from, long to) {
        return micros.stream().filter(at -> at >= from && at < to).count();
    }

    /** How many permits a window has at most, beyond those that grow in it: over all windows. */
    double tightestWindow(Rate rate) {
        double perMicro = rate.permits() * 1_000.0 / rate.period().toNanos();
        double level = 0;
        double most = 0;
        long last = micros.isEmpty() ? 0 : micros.get(0);
        for (long at : micros) {
            level = Math.max(0, level - perMicro * (at - last)) + 1;
            most = Math.max(most, level);
            last = at;
        }
        return most;
    }
}
