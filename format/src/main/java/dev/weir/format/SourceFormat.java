package dev.weir.format;

import com.palantir.javaformat.java.Formatter;
import com.palantir.javaformat.java.FormatterException;
import com.palantir.javaformat.java.JavaFormatterOptions;
import java.util.ArrayList;
import java.util.List;

/**
 * The format of a Java source: what palantir-java-format makes of it, Javadoc included, with the few things mended that
 * it leaves. Immutable and thread-safe.
 */
final class SourceFormat {
    static final int WIDTH = 120;
    /** A pass may move what an earlier one has broken; two are enough in practice. */
    private static final int MAX_PASSES = 5;

    private final Formatter formatter = Formatter.createFormatter(JavaFormatterOptions.builder()
            .style(JavaFormatterOptions.Style.PALANTIR)
            .formatJavadoc(true)
            .build());

    /**
     * Returns the source as it should be; formatting that again changes nothing.
     *
     * @throws FormatterException if the source cannot be parsed
     */
    String format(String source) throws FormatterException {
        String formatted = source;
        for (int pass = 0; pass < MAX_PASSES; pass++) {
            String before = formatted;
            formatted = formatOnce(before);
            if (formatted.equals(before)) {
                return formatted;
            }
        }
        throw new IllegalStateException("the format does not settle");
    }

    private String formatOnce(String source) throws FormatterException {
        Snippets snippets = new Snippets();
        String filled = LineComments.fill(TrailingComments.moveUp(source, WIDTH), WIDTH);
        String formatted = formatter.formatSourceAndFixImports(snippets.hide(filled));
        return BlankLines.insert(LineComments.fill(snippets.restore(formatted), WIDTH));
    }

    /** Returns what is wrong with a formatted source and only its author can mend, each beginning with the line. */
    static List<String> problems(String formatted) {
        List<String> problems = new ArrayList<>();
        for (int line : Widths.tooWide(formatted, WIDTH)) {
            problems.add(line + ": wider than " + WIDTH + " columns");
        }
        return problems;
    }
}
