package dev.weir.format;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreeScanner;
import com.sun.source.util.Trees;
import dev.weir.format.Comments.Comment;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/**
 * Puts an empty line before each method and nested type that is not the first of its class. The formatter does so
 * except before a Javadoc comment.
 */
final class BlankLines {
    private BlankLines() {}

    /** Returns the source with the lines that were missing. */
    static String insert(String source) {
        var comments = Comments.of(source).stream().collect(Collectors.toMap(Comment::end, Function.identity()));
        StringBuilder result = new StringBuilder(source);
        for (int member : membersFromTheLast(source)) {
            String before = source.substring(0, member).stripTrailing();
            while (comments.containsKey(before.length())
                    && comments.get(before.length()).startsLine()) {
                member = comments.get(before.length()).start();
                before = source.substring(0, member).stripTrailing();
            }
            boolean isNextLine = source.substring(before.length(), member).matches(" *\n *");
            if (isNextLine && !before.endsWith("{")) {
                result.insert(before.length(), '\n');
            }
        }
        return result.toString();
    }

    private static SortedSet<Integer> membersFromTheLast(String source) {
        JavacTask parser = (JavacTask) ToolProvider.getSystemJavaCompiler()
                .getTask(null, null, diagnostic -> {}, null, null, List.of(new InMemory(source)));
        SourcePositions positions = Trees.instance(parser).getSourcePositions();
        SortedSet<Integer> starts = new TreeSet<>((a, b) -> Integer.compare(b, a));
        try {
            for (CompilationUnitTree unit : parser.parse()) {
                new TreeScanner<Void, Void>() {
                    @Override
                    public Void visitClass(ClassTree type, Void nothing) {
                        for (Tree member : type.getMembers()) {
                            long start = positions.getStartPosition(unit, member);
                            if (member.getKind() != Tree.Kind.VARIABLE && start >= 0) {
                                starts.add(Math.toIntExact(start));
                            }
                        }
                        return super.visitClass(type, nothing);
                    }
                }.scan(unit, null);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return starts;
    }

    private static final class InMemory extends SimpleJavaFileObject {
        private final String source;

        InMemory(String source) {
            super(URI.create("string:///Source.java"), JavaFileObject.Kind.SOURCE);
            this.source = source;
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return source;
        }
    }
}
