package dev.weir.format;

import java.util.ArrayList;
import java.util.List;

/**
 * Hides the {@code snippet} tags of Javadoc from the formatter, which knows no such tag: it would put a paragraph
 * around them and join the lines of their code. What stands in for a tag is a preformatted block, which the formatter
 * leaves as it is.
 */
final class Snippets {
    private static final String TAG = "{@snippet";
    private static final String PLACEHOLDER = "<pre>snippet %d</pre>";

    private final List<String> hidden = new ArrayList<>();

    /** Returns the source with each snippet replaced. */
    String hide(String source) {
        StringBuilder result = new StringBuilder();
        int copied = 0;
        for (Comments.Comment comment : Comments.of(source)) {
            int start = comment.isJavadoc() ? comment.text().indexOf(TAG) : -1;
            while (start >= 0) {
                int end = endOfTag(comment.text(), start);
                result.append(source, copied, comment.start() + start).append(PLACEHOLDER.formatted(hidden.size()));
                copied = comment.start() + end;
                hidden.add(comment.text().substring(start, end));
                start = comment.text().indexOf(TAG, end);
            }
        }
        return result.append(source, copied, source.length()).toString();
    }

    /** Returns the formatted source with the snippets that were hidden. */
    String restore(String formatted) {
        String result = formatted;
        for (int i = 0; i < hidden.size(); i++) {
            String placeholder = PLACEHOLDER.formatted(i);
            int start = result.indexOf(placeholder);
            String line = result.substring(result.lastIndexOf('\n', start) + 1, start);
            String indented = hidden.get(i).replaceAll("\n\\s*\\*", "\n" + line.substring(0, line.indexOf('*') + 1));
            result = result.substring(0, start) + indented + result.substring(start + placeholder.length());
        }
        return result;
    }

    /** The braces in a snippet are balanced, as the rules of Javadoc demand. */
    private static int endOfTag(String comment, int start) {
        int depth = 0;
        for (int i = start; i < comment.length(); i++) {
            depth += switch (comment.charAt(i)) {
                case '{' -> 1;
                case '}' -> -1;
                default -> 0;
            };
            if (depth == 0) {
                return i + 1;
            }
        }
        throw new IllegalArgumentException("a snippet without its closing brace: " + comment);
    }
}
