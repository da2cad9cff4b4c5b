package dev.weir.benchmarks;

import java.nio.file.Path;
import java.time.Duration;

/**
 * How long to measure. By default each benchmark ends within five minutes, on a slow machine with fewer rounds.
 *
 * @param quick whether to show only that everything runs: the figures mean nothing
 * @param maxRounds how many rounds at most
 * @param newRounds how long new rounds are begun for, if the next one is likely to end within
 * @param newTrials how long new trials are begun for, even if that breaks off a round
 * @param trialLimit how long a trial may take before it counts as failed
 * @param warmUp how long whole runs of a contender are repeated in a scenario before they count, so that what is
 *     measured is compiled
 * @param wholeRun how long a trial of a whole run takes about
 * @param iteration how long an iteration of JMH takes
 * @param output where to write to
 */
record Settings(
        boolean quick,
        int maxRounds,
        Duration newRounds,
        Duration newTrials,
        Duration trialLimit,
        Duration warmUp,
        Duration wholeRun,
        Duration iteration,
        Path output) {
    static Settings full(Path output, Duration newRounds) {
        return new Settings(
                false,
                9,
                newRounds,
                Duration.ofSeconds(Math.max(250, newRounds.toSeconds() + 70)),
                Duration.ofSeconds(60),
                Duration.ofSeconds(1),
                Duration.ofMillis(75),
                Duration.ofMillis(150),
                output);
    }

    static Settings quick(Path output) {
        return new Settings(
                true,
                1,
                Duration.ofSeconds(60),
                Duration.ofSeconds(60),
                Duration.ofSeconds(10),
                Duration.ZERO,
                Duration.ofMillis(2),
                Duration.ofMillis(10),
                output);
    }

    Settings withWarmUp(Duration shorter) {
        return new Settings(
                quick,
                maxRounds,
                newRounds,
                newTrials,
                trialLimit,
                quick ? warmUp : shorter,
                wholeRun,
                iteration,
                output);
    }

    /** So many operations, or few if it is to be quick. */
    int operations(int full) {
        return quick ? Math.max(1, full / 100) : full;
    }
}
