package dev.weir.format;

import com.palantir.javaformat.java.FormatterException;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Checks the format of every Java source of the project, or mends it.
 *
 * <p>Arguments: {@code check} or {@code replace}, the project's folder, and a file. It prints the files that are not
 * formatted (only when it checks), and in both cases what an author must mend, and then exits with 1. If there is
 * nothing to mend, it makes the file, which Maven looks for.
 */
public final class FormatMain {
    private final SourceFormat format = new SourceFormat();
    private final Path root;
    private final boolean replace;

    FormatMain(Path root, boolean replace) {
        this.root = root;
        this.replace = replace;
    }

    /**
     * Runs the check.
     *
     * @param args the mode and the folder
     * @throws IOException if a file cannot be read or written
     */
    public static void main(String[] args) throws IOException {
        boolean replace = args[0].equals("replace");
        if (!replace && !args[0].equals("check")) {
            throw new IllegalArgumentException("mode must be check or replace, but is " + args[0]);
        }
        Path right = Path.of(args[2]);
        Files.deleteIfExists(right);
        if (!new FormatMain(Path.of(args[1]).normalize(), replace).run(System.out)) {
            System.exit(1);
        }
        Files.createDirectories(right.getParent());
        Files.createFile(right);
    }

    /** Returns whether nothing is left to mend. */
    boolean run(PrintStream out) throws IOException {
        List<Path> sources = sources();
        if (sources.isEmpty()) {
            throw new IllegalArgumentException("no Java sources in " + root);
        }
        List<String> findings = sources.parallelStream()
                .flatMap(file -> findings(file).stream())
                .toList();
        findings.forEach(out::println);
        if (!findings.isEmpty() && !replace) {
            out.println("Mend the format with ./mvnw -q verify -pl format -Dformat.mode=replace");
        }
        return findings.isEmpty();
    }

    private List<Path> sources() throws IOException {
        List<Path> sources = new ArrayList<>();
        try (var modules = Files.newDirectoryStream(root)) {
            for (Path module : modules) {
                Path folder = module.resolve("src");
                if (Files.isDirectory(folder)) {
                    try (var files = Files.walk(folder)) {
                        files.filter(file -> file.toString().endsWith(".java")).forEach(sources::add);
                    }
                }
            }
        }
        return sources.stream().sorted().toList();
    }

    private List<String> findings(Path file) {
        String name = root.relativize(file).toString();
        try {
            String source = Files.readString(file);
            String formatted = format.format(source);
            List<String> findings = new ArrayList<>();
            if (!formatted.equals(source) && replace) {
                Files.writeString(file, formatted);
            } else if (!formatted.equals(source)) {
                findings.add(name + ": not formatted");
            }
            SourceFormat.problems(formatted).forEach(problem -> findings.add(name + ":" + problem));
            return findings;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (FormatterException | RuntimeException e) {
            return List.of(name + ": cannot be formatted: " + e.getMessage());
        }
    }
}
