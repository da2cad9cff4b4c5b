package dev.weir.jcstress.proof;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * The tables of shared fields in a Markdown file: below a heading with a package in backticks, rows of a class, fields,
 * how they are kept, and tests, each of those names in backticks. A row without a test begins its last cell with "none:
 * ".
 */
final class ProofTable {
    private static final Pattern HEADING = Pattern.compile("#+ `(dev\\.weir[.\\w]*)`");
    private static final Pattern NAME = Pattern.compile("`([^`]+)`");

    /** A row. */
    record Row(String type, List<String> fields, List<String> tests, boolean exempt) {
        List<String> qualifiedFields() {
            return fields.stream().map(field -> type + " " + field).toList();
        }
    }

    private ProofTable() {}

    static List<Row> read(Path file) {
        try {
            return parse(Files.readAllLines(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static List<Row> parse(List<String> lines) {
        List<Row> rows = new ArrayList<>();
        String inPackage = null;
        for (String line : lines) {
            var heading = HEADING.matcher(line);
            if (heading.matches()) {
                inPackage = heading.group(1);
            } else if (line.startsWith("#")) {
                inPackage = null;
            } else if (inPackage != null && line.startsWith("| `")) {
                String[] cells = line.split("\\|");
                if (cells.length != 5) {
                    throw new IllegalArgumentException("not four cells: " + line);
                }
                String tests = cells[4].strip();
                boolean exempt = tests.startsWith("none: ");
                rows.add(new Row(
                        inPackage + "." + names(cells[1]).getFirst(),
                        names(cells[2]),
                        exempt ? List.of() : names(tests),
                        exempt));
            }
        }
        return rows;
    }

    private static List<String> names(String cell) {
        return NAME.matcher(cell)
                .results()
                .map(MatchResult::group)
                .map(quoted -> quoted.substring(1, quoted.length() - 1))
                .toList();
    }
}
