package dev.weir.format;

import dev.weir.format.Comments.Comment;

/**
 * Moves each comment behind code that makes its line too wide above the line. The formatter would break the code before
 * it, or leave a piece of the comment below. The markup of snippets stays, for it says something of its line.
 */
final class TrailingComments {
    private TrailingComments() {}

    /** Returns the source with these comments moved, each on one line, however wide. */
    static String moveUp(String source, int width) {
        String[] lines = Comments.lines(source);
        for (Comment comment : Comments.of(source)) {
            String line = lines[comment.line()];
            boolean moves = comment.isLineComment()
                    && !comment.startsLine()
                    && !comment.text().startsWith("// @");
            if (moves && Widths.of(line) > width) {
                String code = line.substring(0, comment.column()).stripTrailing();
                String indent =
                        code.substring(0, code.length() - code.stripLeading().length());
                lines[comment.line()] = indent + comment.text() + "\n" + code;
            }
        }
        return String.join("\n", lines);
    }
}
