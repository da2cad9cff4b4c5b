package dev.weir.benchmarks;

import java.util.List;

/**
 * One line of a table.
 *
 * @param scenario what was done
 * @param contender who did it
 * @param nanos time per operation
 * @param bytes heap allocated per operation
 * @param rounds how often it was measured
 * @param failure why it was not measured to the end, or empty
 */
record Row(String scenario, String contender, Stats nanos, Stats bytes, int rounds, String failure) {
    static Row of(Entry entry, List<Sample> samples) {
        return new Row(
                entry.scenario(),
                entry.contender(),
                Stats.of(samples.stream().map(Sample::nanos).toList()),
                Stats.of(samples.stream().map(Sample::bytes).toList()),
                samples.size(),
                samples.isEmpty() ? "out of time" : "");
    }

    static Row failed(Entry entry, String failure) {
        return new Row(entry.scenario(), entry.contender(), Stats.NONE, Stats.NONE, 0, failure);
    }
}
