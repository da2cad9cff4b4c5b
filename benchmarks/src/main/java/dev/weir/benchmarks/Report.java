package dev.weir.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * What came out of one benchmark, as text, Markdown and JSON.
 *
 * @param name the benchmark's name
 * @param about what is compared
 * @param results what was measured
 * @param goals what was hoped for
 */
record Report(String name, String about, Results results, List<Goal> goals) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** What is printed before the goals. */
    String text() {
        return "## " + name + "\n\n" + about + "\n\n" + machine() + "\n\n" + table();
    }

    String markdown() {
        return text() + "\n"
                + goals.stream().map(goal -> "- " + goal.line() + "\n").collect(Collectors.joining());
    }

    private String table() {
        List<String> figures = results.figureNames();
        List<String> header = new ArrayList<>(List.of("scenario", "contender", "ns/op", "p10 – p90", "B/op"));
        header.addAll(figures);
        header.addAll(List.of("× Weir", "rounds"));
        Table table = new Table(header.toArray(String[]::new));
        for (Row row : results.rows()) {
            double weir = results.nanos(row.scenario(), Entry.WEIR);
            boolean failed = !row.failure().isEmpty();
            List<String> cells = new ArrayList<>(List.of(row.scenario(), row.contender()));
            cells.add(number(row.nanos().median()));
            cells.add(
                    failed
                            ? row.failure()
                            : number(row.nanos().p10()) + " – "
                                    + number(row.nanos().p90()));
            cells.add(number(row.bytes().median()));
            for (String figure : figures) {
                cells.add(precise(row.figures().getOrDefault(figure, Stats.NONE).median()));
            }
            cells.add(
                    failed || Double.isNaN(row.nanos().median() / weir) || weir == 0
                            ? "-"
                            : String.format(Locale.ROOT, "%.2f", row.nanos().median() / weir));
            cells.add(Integer.toString(row.rounds()));
            table.add(cells.toArray(String[]::new));
        }
        return table.markdown();
    }

    /** For figures that may be much less than 1. */
    private static String precise(double value) {
        return value < 10 ? String.format(Locale.ROOT, "%.3f", value) : number(value);
    }

    private static String number(double value) {
        return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, value < 1_000 ? "%.1f" : "%,.0f", value);
    }

    private static String machine() {
        return "Java " + Runtime.version() + ", " + System.getProperty("os.name") + " " + System.getProperty("os.arch")
                + ", " + Runtime.getRuntime().availableProcessors() + " processors. Medians of the rounds.";
    }

    ObjectNode json() {
        ObjectNode node = JSON.createObjectNode();
        node.put("bench", name).put("about", about).put("machine", machine());
        ArrayNode rows = node.putArray("rows");
        for (Row row : results.rows()) {
            ObjectNode one = rows.addObject();
            one.put("scenario", row.scenario()).put("contender", row.contender());
            put(one, "nanosPerOperation", row.nanos());
            put(one, "bytesPerOperation", row.bytes());
            row.figures().forEach((figure, stats) -> put(one.withObject("/figures"), figure, stats));
            one.put("rounds", row.rounds());
            if (!row.failure().isEmpty()) {
                one.put("failure", row.failure());
            }
        }
        ArrayNode all = node.putArray("goals");
        for (Goal goal : goals) {
            ObjectNode one = all.addObject().put("name", goal.name());
            put(one, "figure", goal.figure().value());
            one.put("at", goal.figure().at())
                    .put("bound", goal.bound().sign)
                    .put("target", goal.target())
                    .put("unit", goal.unit().name().toLowerCase(Locale.ROOT))
                    .put("met", goal.met());
        }
        return node;
    }

    private static void put(ObjectNode node, String name, Stats stats) {
        ObjectNode one = node.putObject(name);
        put(one, "median", stats.median());
        put(one, "p10", stats.p10());
        put(one, "p90", stats.p90());
        put(one, "min", stats.min());
        put(one, "max", stats.max());
    }

    /** JSON has no NaN. */
    private static void put(ObjectNode node, String name, double value) {
        if (Double.isFinite(value)) {
            node.put(name, value);
        } else {
            node.putNull(name);
        }
    }

    void write(Path folder) throws IOException {
        write(folder, name, markdown(), json());
    }

    /** Writes several reports into one file of each kind. */
    static void writeAll(String name, List<Report> reports, Path folder) throws IOException {
        List<String> markdown = new ArrayList<>();
        ArrayNode json = JSON.createArrayNode();
        for (Report report : reports) {
            markdown.add(report.markdown());
            json.add(report.json());
        }
        write(folder, name, String.join("\n", markdown), json);
    }

    private static void write(Path folder, String name, String markdown, Object json) throws IOException {
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("bench-" + name + ".md"), markdown);
        String text = JSON.writerWithDefaultPrettyPrinter().writeValueAsString(json);
        Files.writeString(folder.resolve("bench-" + name + ".json"), text + "\n");
    }
}
