package dev.weir.jcstress.docs;

import com.sun.source.doctree.DocCommentTree;
import com.sun.source.doctree.DocTree;
import com.sun.source.doctree.ParamTree;
import com.sun.source.doctree.ReturnTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.ExportsTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.ModifiersTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePath;
import com.sun.source.util.TreePathScanner;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import javax.lang.model.element.Modifier;
import javax.tools.JavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * What users of Weir see of its sources: the packages that a module exports to everybody, their public types, and the
 * Javadoc of these, as the compiler parses it.
 */
final class PublicSources {
    /** A public type. */
    record Type(
            String packageName, String name, Tree.Kind kind, boolean exception, String doc, List<Duration> durations) {
        String qualifiedName() {
            return packageName + "." + name;
        }

        boolean nested() {
            return name.contains(".");
        }
    }

    /** A Duration that a member takes, returns or has, with what its Javadoc says of it. */
    record Duration(String member, String doc) {}

    private final Map<String, String> packageDocs = new HashMap<>();
    private final List<Type> types = new ArrayList<>();

    /**
     * Reads the modules.
     *
     * @param root the project's folder
     */
    static PublicSources of(Path root) {
        try (var modules = Files.list(root)) {
            List<Path> sources = modules.map(module -> module.resolve("src/main/java"))
                    .filter(folder -> Files.exists(folder.resolve("module-info.java")))
                    .sorted()
                    .toList();
            PublicSources all = new PublicSources();
            for (Path folder : sources) {
                all.read(folder);
            }
            all.types.sort(Comparator.comparing(Type::qualifiedName));
            return all;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** One source that is not in a file, for tests of the rules. */
    static PublicSources ofSource(JavaFileObject source) throws IOException {
        PublicSources all = new PublicSources();
        all.parse(List.of(source));
        return all;
    }

    /** The Javadoc of each exported package. */
    Map<String, String> packageDocs() {
        return packageDocs;
    }

    List<Type> types() {
        return types;
    }

    private void read(Path folder) throws IOException {
        Set<String> exported = exportedBy(folder.resolve("module-info.java"));
        List<Path> files = new ArrayList<>();
        for (String name : exported) {
            Path place = folder.resolve(name.replace('.', '/'));
            if (!Files.exists(place)) { // it is in Kotlin, and has no Javadoc
                return;
            }
            try (Stream<Path> inPackage = Files.list(place)) {
                inPackage.filter(file -> file.toString().endsWith(".java")).forEach(files::add);
            }
        }
        try (StandardJavaFileManager manager = manager()) {
            List<JavaFileObject> sources = new ArrayList<>();
            manager.getJavaFileObjectsFromPaths(files).forEach(sources::add);
            parse(sources);
        }
    }

    private static Set<String> exportedBy(Path moduleInfo) throws IOException {
        Set<String> exported = new HashSet<>();
        try (StandardJavaFileManager manager = manager()) {
            JavacTask task = task(manager.getJavaFileObjects(moduleInfo));
            for (CompilationUnitTree unit : task.parse()) {
                unit.getModule().getDirectives().stream()
                        .filter(directive ->
                                directive instanceof ExportsTree exports && exports.getModuleNames() == null)
                        .forEach(directive -> exported.add(
                                ((ExportsTree) directive).getPackageName().toString()));
            }
        }
        return exported;
    }

    private static StandardJavaFileManager manager() {
        return ToolProvider.getSystemJavaCompiler().getStandardFileManager(null, null, null);
    }

    private static JavacTask task(Iterable<? extends JavaFileObject> sources) {
        return (JavacTask)
                ToolProvider.getSystemJavaCompiler().getTask(null, null, null, List.of("-proc:none"), null, sources);
    }

    private void parse(List<JavaFileObject> sources) throws IOException {
        JavacTask task = task(sources);
        DocTrees docs = DocTrees.instance(task);
        for (CompilationUnitTree unit : task.parse()) {
            new Reader(docs, unit.getPackageName().toString()).scan(unit, null);
        }
    }

    /** Visits the types of a file that can be seen from outside. */
    private final class Reader extends TreePathScanner<Void, Void> {
        private final DocTrees docs;
        private final String packageName;

        Reader(DocTrees docs, String packageName) {
            this.docs = docs;
            this.packageName = packageName;
        }

        @Override
        public Void visitCompilationUnit(CompilationUnitTree unit, Void nothing) {
            if (unit.getSourceFile().getName().endsWith("package-info.java")) {
                packageDocs.put(packageName, doc(new TreePath(getCurrentPath(), unit.getPackage())));
            }
            return super.visitCompilationUnit(unit, nothing);
        }

        @Override
        public Void visitClass(ClassTree type, Void nothing) {
            if (!isVisible(type.getModifiers())) {
                return null;
            }
            boolean exception = type.getExtendsClause() != null
                    && type.getExtendsClause().toString().endsWith("Exception");
            types.add(new Type(
                    packageName, nameOf(type), type.getKind(), exception, doc(getCurrentPath()), durations(type)));
            return super.visitClass(type, nothing);
        }

        @Override
        public Void visitMethod(MethodTree method, Void nothing) {
            return null; // what is declared within a method is nobody's
        }

        @Override
        public Void visitVariable(VariableTree variable, Void nothing) {
            return null;
        }

        private String nameOf(ClassTree type) {
            TreePath outer = getCurrentPath().getParentPath();
            return outer.getLeaf() instanceof ClassTree enclosing
                    ? enclosing.getSimpleName() + "." + type.getSimpleName()
                    : type.getSimpleName().toString();
        }

        private boolean isVisible(ModifiersTree modifiers) {
            return isVisible(modifiers, getCurrentPath().getParentPath().getLeaf());
        }

        /** Members of an interface are public without saying so. */
        private boolean isVisible(ModifiersTree modifiers, Tree parent) {
            Set<Modifier> flags = modifiers.getFlags();
            return flags.contains(Modifier.PUBLIC)
                    || flags.contains(Modifier.PROTECTED)
                    || parent.getKind() == Tree.Kind.INTERFACE && !flags.contains(Modifier.PRIVATE);
        }

        private List<Duration> durations(ClassTree type) {
            List<Duration> durations = new ArrayList<>();
            for (Tree member : type.getMembers()) {
                TreePath path = new TreePath(getCurrentPath(), member);
                if (member instanceof MethodTree method
                        && isVisible(method.getModifiers(), type)
                        && !isOverride(method)
                        && !(type.getKind() == Tree.Kind.RECORD && method.getReturnType() == null) // its components are
                        && docs.getDocCommentTree(path) != null) {
                    durations(nameOf(type) + "." + method.getName(), method, docs.getDocCommentTree(path), durations);
                } else if (type.getKind() == Tree.Kind.RECORD
                        && member instanceof VariableTree component
                        && !component.getModifiers().getFlags().contains(Modifier.STATIC)
                        && isDuration(component.getType())) {
                    String name = component.getName().toString();
                    durations.add(new Duration(
                            nameOf(type) + " " + name, param(docs.getDocCommentTree(getCurrentPath()), name)));
                }
            }
            return durations;
        }

        private static void durations(String name, MethodTree method, DocCommentTree doc, List<Duration> durations) {
            for (VariableTree parameter : method.getParameters()) {
                if (isDuration(parameter.getType())) {
                    String parameterName = parameter.getName().toString();
                    durations.add(new Duration(name + " " + parameterName, param(doc, parameterName)));
                }
            }
            if (isDuration(method.getReturnType())) {
                durations.add(new Duration(name + " returns", returned(doc)));
            }
        }

        private static boolean isDuration(Tree type) {
            return type != null && type.toString().matches("(@Nullable )?Duration");
        }

        private static boolean isOverride(MethodTree method) {
            return method.getModifiers().getAnnotations().stream()
                    .anyMatch(a -> a.getAnnotationType().toString().equals("Override"));
        }

        private static String param(DocCommentTree doc, String name) {
            return tags(doc)
                    .filter(tag -> tag instanceof ParamTree param
                            && !param.isTypeParameter()
                            && param.getName().getName().contentEquals(name))
                    .map(Object::toString)
                    .findFirst()
                    .orElse("");
        }

        private static String returned(DocCommentTree doc) {
            return Stream.concat(tags(doc), doc.getFullBody().stream())
                    .filter(tag -> tag instanceof ReturnTree)
                    .map(Object::toString)
                    .findFirst()
                    .orElse("");
        }

        private static Stream<? extends DocTree> tags(DocCommentTree doc) {
            return doc == null ? Stream.empty() : doc.getBlockTags().stream();
        }

        private String doc(TreePath path) {
            DocCommentTree doc = docs.getDocCommentTree(path);
            return doc == null ? "" : doc.toString();
        }
    }
}
