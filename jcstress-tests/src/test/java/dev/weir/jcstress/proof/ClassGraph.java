package dev.weir.jcstress.proof;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.FieldVisitor;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/**
 * Which classes of Weir the classes of an artifact use, from their compiled form. Nested classes belong to the one
 * around them. A constant that the compiler copies leaves no trace.
 */
final class ClassGraph {
    /** How the constant pool marks what it holds. */
    private static final int CLASS = 7;

    private static final int NAME_AND_TYPE = 12;
    private static final int METHOD_TYPE = 16;
    private static final int INDEX_BYTES = 2;

    private static final Pattern TYPE = Pattern.compile("dev/weir/(?:[a-z]\\w*/)*[A-Z]\\w*");

    /** By name, the other classes that each class uses. */
    final SortedMap<String, SortedSet<String>> uses = new TreeMap<>();

    /** By name without the package, also that of nested classes ({@code Outer.Inner}), the methods and fields. */
    final SortedMap<String, SortedSet<String>> members = new TreeMap<>();

    /** Adds the artifact in which a class is. */
    ClassGraph add(Class<?> oneOfModule) {
        for (byte[] code : SharedState.classFilesBeside(oneOfModule)) {
            ClassReader reader = new ClassReader(code);
            if (!reader.getClassName().endsWith("-info")) {
                add(reader);
            }
        }
        return this;
    }

    private void add(ClassReader reader) {
        String name = reader.getClassName().replace('/', '.');
        SortedSet<String> used = uses.computeIfAbsent(outermost(name), absent -> new TreeSet<>());
        SortedSet<String> own = members.computeIfAbsent(simpleName(name).replace('$', '.'), absent -> new TreeSet<>());
        addConstants(reader, used);
        reader.accept(
                new ClassVisitor(Opcodes.ASM9) {
                    @Override
                    public FieldVisitor visitField(
                            int access, String field, String descriptor, String signature, Object value) {
                        own.add(field);
                        addTypes(signature == null ? descriptor : signature, used);
                        return null;
                    }

                    @Override
                    public MethodVisitor visitMethod(
                            int access, String method, String descriptor, String signature, String[] thrown) {
                        own.add(method);
                        addTypes(signature == null ? descriptor : signature, used);
                        return null;
                    }
                },
                ClassReader.SKIP_CODE | ClassReader.SKIP_DEBUG);
        used.remove(outermost(name));
    }

    /** What the code uses is in the constant pool: classes, and the types of the methods and fields of others. */
    private static void addConstants(ClassReader reader, Set<String> used) {
        char[] buffer = new char[reader.getMaxStringLength()];
        for (int i = 1; i < reader.getItemCount(); i++) {
            int offset = reader.getItem(i);
            int tag = offset == 0 ? 0 : reader.readByte(offset - 1); // a long or double takes two items
            if (tag == CLASS || tag == METHOD_TYPE) {
                addTypes(reader.readUTF8(offset, buffer), used);
            } else if (tag == NAME_AND_TYPE) {
                addTypes(reader.readUTF8(offset + INDEX_BYTES, buffer), used);
            }
        }
    }

    private static void addTypes(String descriptor, Set<String> used) {
        TYPE.matcher(descriptor).results().forEach(type -> used.add(type.group().replace('/', '.')));
    }

    /** Returns the packages and those that their classes use. */
    SortedMap<String, SortedSet<String>> packages() {
        SortedMap<String, SortedSet<String>> packages = new TreeMap<>();
        uses.forEach((type, used) -> {
            SortedSet<String> others = packages.computeIfAbsent(packageOf(type), absent -> new TreeSet<>());
            used.stream()
                    .map(ClassGraph::packageOf)
                    .filter(name -> !name.equals(packageOf(type)))
                    .forEach(others::add);
        });
        return packages;
    }

    /** Returns the nodes of a graph that are on a cycle. */
    static SortedSet<String> cycle(SortedMap<String, SortedSet<String>> graph) {
        SortedSet<String> onCycle = new TreeSet<>();
        for (String start : graph.keySet()) {
            Set<String> seen = new TreeSet<>();
            Deque<String> open = new ArrayDeque<>(graph.get(start));
            while (!open.isEmpty()) {
                String node = open.remove();
                if (seen.add(node)) {
                    open.addAll(graph.getOrDefault(node, new TreeSet<>()));
                }
            }
            if (seen.contains(start)) {
                onCycle.add(start);
            }
        }
        return onCycle;
    }

    static String packageOf(String type) {
        return type.substring(0, type.lastIndexOf('.'));
    }

    static String simpleName(String type) {
        return type.substring(type.lastIndexOf('.') + 1);
    }

    private static String outermost(String type) {
        int nested = type.indexOf('$');
        return nested < 0 ? type : type.substring(0, nested);
    }
}
