package dev.weir.format;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** Finds the lines that are too wide, comments included, and could be broken. */
final class Widths {
    private static final Pattern IMPORT = Pattern.compile("(?:import|package) .*");
    /** What may stand before a word that cannot be broken. */
    private static final Pattern START =
            Pattern.compile("\\s*(?:/\\*\\*|//|\\*(?!/))?\\s*(?:<\\w+>|@\\w+\\s|-\\s)?\\s*");

    private static final Pattern END = Pattern.compile("\\s*(?:\\*/)?\\s*");
    /** An inline tag of Javadoc, an element of HTML with its attributes, or a word. */
    private static final Pattern UNBREAKABLE = Pattern.compile("(?:\\{@[^}]*}|<[^<>]*>|\\S)+");

    private Widths() {}

    static int of(CharSequence line) {
        return Math.toIntExact(line.codePoints().count());
    }

    /** Returns the lines, from 1, that are wider than the width and have a place to break them. */
    static List<Integer> tooWide(String source, int width) {
        List<Integer> found = new ArrayList<>();
        String[] lines = Comments.lines(source);
        for (int i = 0; i < lines.length; i++) {
            if (of(lines[i]) > width && !isUnbreakable(lines[i])) {
                found.add(i + 1);
            }
        }
        return found;
    }

    private static boolean isUnbreakable(String line) {
        if (IMPORT.matcher(line).matches()) {
            return true;
        }
        var start = START.matcher(line);
        var word = UNBREAKABLE.matcher(line);
        start.lookingAt();
        return word.find(start.end()) && END.matcher(line.substring(word.end())).matches();
    }
}
