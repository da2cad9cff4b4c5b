package dev.weir.benchmarks;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * What was measured, and the questions that goals ask of it. Figures are medians; what was not measured is
 * {@link Double#NaN}.
 *
 * @param rows one for each contender in each scenario
 */
record Results(List<Row> rows) {
    Results {
        rows = List.copyOf(rows);
    }

    /** These rows, and more after them. */
    Results and(List<Row> more) {
        return new Results(Stream.concat(rows.stream(), more.stream()).toList());
    }

    double nanos(String scenario, String contender) {
        return row(scenario, contender).map(row -> row.nanos().median()).orElse(Double.NaN);
    }

    double bytes(String scenario, String contender) {
        return row(scenario, contender).map(row -> row.bytes().median()).orElse(Double.NaN);
    }

    /** The median of a further figure. */
    Figure figure(String scenario, String contender, String name) {
        double median = row(scenario, contender)
                .map(row -> row.figures().getOrDefault(name, Stats.NONE).median())
                .orElse(Double.NaN);
        return new Figure(median, scenario);
    }

    /** The names of the further figures, in the order in which they were first seen. */
    List<String> figureNames() {
        return rows.stream()
                .flatMap(row -> row.figures().keySet().stream())
                .distinct()
                .toList();
    }

    private Optional<Row> row(String scenario, String contender) {
        return rows.stream()
                .filter(row ->
                        row.scenario().equals(scenario) && row.contender().equals(contender))
                .findFirst();
    }

    /** The most time per operation that the contender needs in one of the scenarios. */
    Figure worstNanos(Collection<String> scenarios, String contender) {
        return worst(scenarios, scenario -> new Figure(nanos(scenario, contender), scenario));
    }

    /** The most heap per operation that the contender needs in one of the scenarios. */
    Figure worstBytes(Collection<String> scenarios, String contender) {
        return worst(scenarios, scenario -> new Figure(bytes(scenario, contender), scenario));
    }

    /** The contender's time over the time of one peer, in the scenario where it is greatest. */
    Figure worstRatio(Collection<String> scenarios, String contender, String peer) {
        return worst(scenarios, scenario -> ratio(scenario, contender, peer));
    }

    /** The contender's time over that of the fastest of the peers, in the scenario where it is greatest. */
    Figure worstRatio(Collection<String> scenarios, String contender, Collection<String> peers) {
        return worst(
                scenarios,
                scenario -> peers.stream()
                        .filter(peer -> !Double.isNaN(nanos(scenario, peer)))
                        .map(peer -> ratio(scenario, contender, peer))
                        .reduce(Figure::worse)
                        .orElse(Figure.NONE));
    }

    /** How far the slow rounds of the contender are from its median, where that is farthest. */
    Figure widestSpread(String contender) {
        return rows.stream()
                .filter(row -> row.contender().equals(contender)
                        && row.failure().isEmpty()
                        && row.nanos().median() > 0)
                .map(row -> new Figure(row.nanos().p90() / row.nanos().median(), row.scenario()))
                .reduce(Figure::worse)
                .orElse(Figure.NONE);
    }

    private Figure ratio(String scenario, String contender, String peer) {
        return new Figure(nanos(scenario, contender) / nanos(scenario, peer), scenario + ", beside " + peer);
    }

    private static Figure worst(Collection<String> scenarios, Function<String, Figure> figure) {
        return scenarios.stream().map(figure).reduce(Figure::worse).orElse(Figure.NONE);
    }
}
