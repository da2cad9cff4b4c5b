package dev.weir.benchmarks;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * One line of a table.
 *
 * @param scenario what was done
 * @param contender who did it
 * @param nanos time per operation
 * @param bytes heap allocated per operation
 * @param figures what else was seen, by its name
 * @param rounds how often it was measured, without the rounds that have no figure
 * @param failure why it was not measured to the end, or empty
 */
record Row(
        String scenario,
        String contender,
        Stats nanos,
        Stats bytes,
        Map<String, Stats> figures,
        int rounds,
        String failure) {
    static Row of(Entry entry, List<Sample> samples) {
        return new Row(
                entry.scenario(),
                entry.contender(),
                Stats.of(samples.stream().map(Sample::nanos).toList()),
                Stats.of(samples.stream().map(Sample::bytes).toList()),
                figures(samples),
                (int) samples.stream()
                        .filter(sample -> !Double.isNaN(sample.nanos()))
                        .count(),
                samples.isEmpty() ? "out of time" : "");
    }

    static Row failed(Entry entry, String failure) {
        return new Row(entry.scenario(), entry.contender(), Stats.NONE, Stats.NONE, Map.of(), 0, failure);
    }

    private static Map<String, Stats> figures(List<Sample> samples) {
        Map<String, Stats> figures = new LinkedHashMap<>();
        samples.stream()
                .flatMap(sample -> sample.figures().keySet().stream())
                .distinct()
                .forEach(name -> figures.put(
                        name,
                        Stats.of(samples.stream()
                                .map(sample -> sample.figures().get(name))
                                .filter(Objects::nonNull)
                                .toList())));
        return figures;
    }
}
