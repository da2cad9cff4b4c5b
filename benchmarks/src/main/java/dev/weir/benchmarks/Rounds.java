package dev.weir.benchmarks;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/**
 * Measures all contenders round after round: those of one scenario one after the other, in an order that rotates, so
 * that noise, heat and a neighbour's load hit all of them alike. One that fails or hangs is left out from then on, and
 * its row says why.
 */
final class Rounds {
    private final List<Entry> entries;
    private final Settings settings;
    private final Consumer<String> progress;
    private final Map<Entry, List<Sample>> samples = new LinkedHashMap<>();
    private final Map<Entry, String> failures = new LinkedHashMap<>();
    private final long startNanos = System.nanoTime();

    private Rounds(List<Entry> entries, Settings settings, Consumer<String> progress) {
        this.entries = entries;
        this.settings = settings;
        this.progress = progress;
        entries.forEach(entry -> samples.put(entry, new ArrayList<>()));
    }

    static Results run(List<Entry> entries, Settings settings, Consumer<String> progress) throws InterruptedException {
        return new Rounds(entries, settings, progress).run();
    }

    /** The order of a round: scenario by scenario, the contenders of each rotated by the number of the round. */
    static List<Entry> order(List<Entry> entries, int round) {
        Map<String, List<Entry>> scenarios = new LinkedHashMap<>();
        entries.forEach(entry -> scenarios
                .computeIfAbsent(entry.scenario(), scenario -> new ArrayList<>())
                .add(entry));
        scenarios.values().forEach(contenders -> Collections.rotate(contenders, -round));
        return scenarios.values().stream().flatMap(Collection::stream).toList();
    }

    private Results run() throws InterruptedException {
        for (Entry entry : entries) {
            limited(entry, () -> {
                entry.trial().warmUp();
                return null;
            });
        }
        long longest = 0;
        progress.accept("warmed up after " + seconds(System.nanoTime() - startNanos));
        for (int round = 0; round < settings.maxRounds(); round++) {
            long roundStart = System.nanoTime();
            if (round > 0
                    && roundStart + longest - startNanos > settings.newRounds().toNanos()) {
                break;
            }
            for (Entry entry : order(entries, round)) {
                limited(entry, () -> samples.get(entry).add(entry.trial().measure()));
            }
            long took = System.nanoTime() - roundStart;
            longest = Math.max(longest, took);
            progress.accept("round " + (round + 1) + " took " + seconds(took));
        }
        return new Results(entries.stream()
                .map(entry -> failures.containsKey(entry)
                        ? Row.failed(entry, failures.get(entry))
                        : Row.of(entry, samples.get(entry)))
                .toList());
    }

    private static String seconds(long nanos) {
        return String.format(Locale.ROOT, "%.1f s", nanos / 1e9);
    }

    /** Runs a step on a thread of its own, so that one that hangs can be left behind. */
    private void limited(Entry entry, Callable<?> step) throws InterruptedException {
        if (failures.containsKey(entry)
                || System.nanoTime() - startNanos > settings.newTrials().toNanos()) {
            return;
        }
        FutureTask<?> task = new FutureTask<>(step);
        Thread thread = Thread.ofPlatform().daemon().name("trial").start(task);
        Duration limit = settings.trialLimit();
        try {
            task.get(limit.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException failed) {
            failures.put(entry, String.valueOf(failed.getCause()));
        } catch (TimeoutException hangs) {
            failures.put(entry, "took longer than " + limit.toSeconds() + " s");
            task.cancel(true);
            thread.join(1_000);
        }
    }
}
