package dev.weir.jcstress.docs;

import com.sun.source.tree.Tree;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the Javadoc of each public type must say, in paragraphs with these labels:
 *
 * <ul>
 *   <li><b>Thread-safety.</b> always, but for enums; records and exceptions may say "Immutable" instead;
 *   <li><b>Blocking.</b>, <b>Interruption.</b> and <b>Fairness.</b>, unless it says "Nothing blocks";
 *   <li><b>Memory effects.</b>, unless the thread-safety is that it is immutable, or for one thread at a time.
 * </ul>
 *
 * Each Duration has its range where it is taken or returned; the unit, which is the same in all of Weir, stands on the
 * package's page.
 */
final class JavadocContract {
    private static final Pattern RANGE = Pattern.compile(
            "\\b(positive|negative|zero|at least|at most|never|any length)\\b", Pattern.CASE_INSENSITIVE);

    private JavadocContract() {}

    /** What is missing in the page of a package. */
    static List<String> missing(Map.Entry<String, String> page, boolean hasDurations) {
        List<String> missing = new ArrayList<>();
        require(missing, page, "<table", "a decision table");
        require(missing, page, "doc-files/", "a picture");
        require(missing, page, "<h2>Memory consistency</h2>", "the rules of memory consistency");
        if (hasDurations) {
            require(missing, page, "<h2>Durations</h2>", "the unit of Durations");
        }
        return missing;
    }

    private static void require(List<String> missing, Map.Entry<String, String> page, String text, String what) {
        if (!page.getValue().contains(text)) {
            missing.add(page.getKey() + ": " + what);
        }
    }

    /** What is missing in the Javadoc of a type and its members. */
    static List<String> missing(PublicSources.Type type) {
        List<String> missing = new ArrayList<>();
        for (String label : labels(type)) {
            missing.add(type.qualifiedName() + ": " + label);
        }
        type.durations().stream()
                .filter(duration -> !RANGE.matcher(duration.doc()).find())
                .forEach(duration -> missing.add(type.packageName() + "." + duration.member() + ": range"));
        return missing;
    }

    private static List<String> labels(PublicSources.Type type) {
        String text = type.doc().replaceAll("\\s+", " ");
        if (type.kind() == Tree.Kind.ENUM) {
            return List.of();
        }
        if (type.kind() == Tree.Kind.RECORD || type.exception()) {
            return text.contains("Immutable") ? List.of() : List.of("Immutable");
        }
        List<String> missing = new ArrayList<>();
        String threads = section(text, "Thread-safety");
        if (threads.isEmpty()) {
            missing.add("Thread-safety");
        }
        boolean blocks = !text.contains("Nothing blocks");
        for (String label : List.of("Blocking", "Interruption", "Fairness")) {
            if (blocks && section(text, label).isEmpty()) {
                missing.add(label);
            }
        }
        boolean shared = !threads.contains("Immutable") && !threads.contains("one thread at a time");
        if (shared && section(text, "Memory effects").isEmpty()) {
            missing.add("Memory effects");
        }
        return missing;
    }

    /** What stands below a label, up to the next label or paragraph; empty if it is missing or says nothing. */
    private static String section(String text, String label) {
        Matcher section = Pattern.compile("<b>" + label + "\\.</b>(.*?)(?=<b>|<p>|<ul>|@param|$)")
                .matcher(text);
        return section.find() ? section.group(1).strip() : "";
    }
}
