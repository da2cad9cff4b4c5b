package dev.weir.format;

import dev.weir.format.Comments.Comment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * Fills the paragraphs of whole-line comments anew of which a line is too wide, or which have an orphan: one or two
 * words on a line of their own that were pushed out of the line before. The formatter breaks a comment that is too
 * wide, but does not look at the lines that follow it.
 *
 * <p>A paragraph that would leave an orphan at its end is filled as narrowly as the same number of lines allows.
 */
final class LineComments {
    private static final int ORPHAN_WORDS = 2;
    /** Not what is indented, an item of a list, a drawing, or markup. */
    private static final Pattern PROSE = Pattern.compile("// (?!\\d+[.)] )[^\\s@*+|=~<>/\\\\-].*");

    private static final Pattern END_OF_SENTENCE = Pattern.compile(".*[.:;!?][)\"']*");
    private static final Pattern SPACES = Pattern.compile("\\s+");

    private final int width;
    private final String[] lines;
    private final List<String> result = new ArrayList<>();
    /** By line, the prose of those that are a comment and nothing else. */
    private final Map<Integer, String> prose = new HashMap<>();

    private LineComments(String source, int width) {
        this.width = width;
        lines = Comments.lines(source);
        for (Comment comment : Comments.of(source)) {
            if (comment.startsLine() && PROSE.matcher(comment.text()).matches()) {
                prose.put(
                        comment.line(), comment.text().substring("// ".length()).strip());
            }
        }
    }

    /** Returns the source with its paragraphs filled. */
    static String fill(String source, int width) {
        return new LineComments(source, width).fill();
    }

    private String fill() {
        int line = 0;
        while (line < lines.length) {
            int end = line + 1;
            if (prose.containsKey(line)) {
                while (continues(end)) {
                    end++;
                }
                fillParagraph(line, end);
            } else {
                result.add(lines[line]);
            }
            line = end;
        }
        return String.join("\n", result);
    }

    /** Whether a line goes on with the paragraph of the line before, which is prose. */
    private boolean continues(int line) {
        return prose.containsKey(line)
                && indent(line).equals(indent(line - 1))
                && (isFull(line - 1)
                        || !END_OF_SENTENCE.matcher(prose.get(line - 1)).matches());
    }

    private void fillParagraph(int first, int end) {
        if (!needsFilling(first, end)) {
            result.addAll(Arrays.asList(lines).subList(first, end));
            return;
        }
        String start = indent(first) + "//";
        String[] words = IntStream.range(first, end)
                .mapToObj(prose::get)
                .flatMap(SPACES::splitAsStream)
                .toArray(String[]::new);
        List<String> filled = fill(start, words, width);
        if (filled.size() > 1 && words(filled.getLast()) - 1 <= ORPHAN_WORDS) {
            filled = fillNarrowly(start, words, filled);
        }
        result.addAll(filled);
    }

    private List<String> fillNarrowly(String start, String[] words, List<String> filled) {
        List<String> narrowest = filled;
        for (int narrower = width - 1; narrower > 0; narrower--) {
            List<String> next = fill(start, words, narrower);
            if (next.size() > filled.size()) {
                break;
            }
            narrowest = next;
        }
        return narrowest;
    }

    private boolean needsFilling(int first, int end) {
        for (int line = first; line < end; line++) {
            if (Widths.of(lines[line]) > width && words(prose.get(line)) > 1) {
                return true;
            }
            if (line > first
                    && words(prose.get(line)) <= ORPHAN_WORDS
                    && isFull(line - 1)
                    && (line == end - 1 || !isFull(line))) {
                return true;
            }
        }
        return false;
    }

    private static List<String> fill(String start, String[] words, int width) {
        List<String> filled = new ArrayList<>();
        StringBuilder line = new StringBuilder(start);
        for (String word : words) {
            if (line.length() > start.length() && Widths.of(line) + 1 + Widths.of(word) > width) {
                filled.add(line.toString());
                line = new StringBuilder(start);
            }
            line.append(' ').append(word);
        }
        filled.add(line.toString());
        return filled;
    }

    /** Whether the first word of the next line has no room in a line. */
    private boolean isFull(int line) {
        return Widths.of(lines[line]) + 1 + Widths.of(SPACES.split(prose.get(line + 1))[0]) > width;
    }

    private String indent(int line) {
        return lines[line].substring(0, lines[line].indexOf("//"));
    }

    private static int words(String text) {
        return SPACES.split(text.strip()).length;
    }
}
