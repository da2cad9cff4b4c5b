package dev.weir.benchmarks;

import java.util.ArrayList;
import java.util.List;

/** A Markdown table that is as good to read as plain text. The first two columns are text, the others are figures. */
final class Table {
    private static final int TEXT_COLUMNS = 2;

    private final int columns;
    private final List<String[]> rows = new ArrayList<>();

    Table(String... header) {
        columns = header.length;
        rows.add(header);
    }

    void add(String... cells) {
        if (cells.length != columns) {
            throw new IllegalArgumentException("cells must be " + columns + ", but are " + cells.length);
        }
        rows.add(cells);
    }

    String markdown() {
        int[] widths = new int[columns];
        for (String[] row : rows) {
            for (int column = 0; column < columns; column++) {
                row[column] = row[column].replace("|", "\\|").replace("\n", " ");
                widths[column] = Math.max(Math.max(widths[column], 3), row[column].length());
            }
        }
        StringBuilder text = new StringBuilder();
        for (int row = 0; row < rows.size(); row++) {
            line(text, rows.get(row), widths);
            if (row == 0) {
                rule(text, widths);
            }
        }
        return text.toString();
    }

    private void line(StringBuilder text, String[] cells, int[] widths) {
        for (int column = 0; column < columns; column++) {
            String padding = " ".repeat(widths[column] - cells[column].length());
            text.append("| ");
            text.append(column < TEXT_COLUMNS ? cells[column] + padding : padding + cells[column]);
            text.append(' ');
        }
        text.append("|\n");
    }

    private void rule(StringBuilder text, int[] widths) {
        for (int column = 0; column < columns; column++) {
            text.append("| ").append("-".repeat(widths[column] - 1));
            text.append(column < TEXT_COLUMNS ? '-' : ':').append(' ');
        }
        text.append("|\n");
    }
}
