package dev.weir.format;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** Finds the comments of a Java source, and nothing that looks like one inside a string. */
final class Comments {
    private static final Pattern COMMENT_OR_LITERAL = Pattern.compile("""
        //[^\\n]*                           # a line comment
        | /\\*[\\s\\S]*?\\*/                  # a block comment, Javadoc included
        | ["]{3}[\\s\\S]*?(?<!\\\\)["]{3}     # a text block
        | "(?:[^"\\\\\\n]|\\\\.)*"            # a string
        | '(?:[^'\\\\\\n]|\\\\.)*'            # a character
        """, Pattern.COMMENTS);

    private static final Pattern LINE_BREAK = Pattern.compile("\n");

    /** A comment, where it begins (lines and columns from 0), and whether only blanks stand before it in its line. */
    record Comment(int start, int line, int column, boolean startsLine, String text) {
        int end() {
            return start + text.length();
        }

        boolean isLineComment() {
            return text.startsWith("//");
        }

        boolean isJavadoc() {
            return text.startsWith("/**");
        }
    }

    private Comments() {}

    static List<Comment> of(String source) {
        List<Comment> comments = new ArrayList<>();
        var found = COMMENT_OR_LITERAL.matcher(source);
        int line = 0;
        int lineStart = 0;
        while (found.find()) {
            for (int end = source.indexOf('\n', lineStart);
                    end >= 0 && end < found.start();
                    end = source.indexOf('\n', lineStart)) {
                line++;
                lineStart = end + 1;
            }
            if (found.group().startsWith("/")) {
                boolean startsLine = source.substring(lineStart, found.start()).isBlank();
                comments.add(new Comment(found.start(), line, found.start() - lineStart, startsLine, found.group()));
            }
        }
        return comments;
    }

    /** The lines of a text; the last one is what follows its last line break. */
    static String[] lines(String text) {
        return LINE_BREAK.split(text, -1);
    }
}
