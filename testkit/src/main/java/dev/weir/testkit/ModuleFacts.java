package dev.weir.testkit;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What is true of a module as it was built, for the module's architecture test to compare with what should be. */
public final class ModuleFacts {
    private static final Path BUILD = Path.of("target");
    private static final Pattern ARTIFACT = Pattern.compile("^\\s+([\\w.-]+:[\\w.-]+):jar:");

    private final JavaClasses classes = new ClassFileImporter().importPath(BUILD.resolve("classes"));

    /** The module's own classes. */
    public JavaClasses classes() {
        return classes;
    }

    /** The public types that stand for themselves, by name without {@code dev.weir.}; nested ones belong to them. */
    public SortedSet<String> publicTypes() {
        return classes.stream()
                .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
                .filter(type -> type.getEnclosingClass().isEmpty())
                .map(JavaClass::getName)
                .filter(name -> !name.contains(".internal."))
                .map(name -> name.substring("dev.weir.".length()))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /**
     * Every artifact, as {@code group:name}, that comes with this one at run time, from the resolved dependency tree.
     */
    public SortedSet<String> runtimeDependencies() throws IOException {
        try (var lines = Files.lines(BUILD.resolve("runtime-dependencies.txt"))) {
            return lines.map(ARTIFACT::matcher)
                    .filter(Matcher::find)
                    .map(line -> line.group(1))
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    /** The packages of this module's own, without {@code dev.weir.}, that a package depends on. */
    public SortedSet<String> dependenciesOf(String packageName) {
        return classes.stream()
                .filter(type -> type.getPackageName().equals("dev.weir." + packageName))
                .flatMap(type -> type.getDirectDependenciesFromSelf().stream())
                .map(dependency -> dependency.getTargetClass().getPackageName())
                .filter(name -> name.startsWith("dev.weir."))
                .map(name -> name.substring("dev.weir.".length()))
                .filter(name -> !name.equals(packageName))
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
