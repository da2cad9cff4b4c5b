package dev.weir.jcstress.proof;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.invoke.VarHandle;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.FieldVisitor;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/**
 * What threads share in the compiled classes of the published modules.
 *
 * <p>A field counts if it
 *
 * <ul>
 *   <li>is volatile,
 *   <li>is a type of {@code java.util.concurrent.atomic}, or the target of a VarHandle,
 *   <li>is a lock, or a concurrent collection, or a VarHandle for the elements of arrays, or
 *   <li>may change (it is not final, or is an array or a collection) in a class that has a field as above, inherits
 *       one, is nested with such a class, or is the type of a field of such a class, and is no builder: it is guarded
 *       by that lock, or published by that field.
 * </ul>
 *
 * A class that extends a type of {@code java.util.concurrent.atomic} has that as the field {@code (super)}, and one
 * that uses a fence of {@link VarHandle} has the field {@code (fence)}.
 */
final class SharedState {
    static final String SUPER = "(super)";
    static final String FENCE = "(fence)";

    private static final String ATOMIC = "java/util/concurrent/atomic/";
    private static final Set<String> LOCKS = Set.of(
            "java/util/concurrent/locks/ReentrantLock",
            "java/util/concurrent/locks/ReentrantReadWriteLock",
            "java/util/concurrent/locks/StampedLock",
            "java/util/concurrent/locks/Lock");
    private static final Set<String> COLLECTIONS = Set.of(
            "java/util/Map",
            "java/util/NavigableMap",
            "java/util/SortedMap",
            "java/util/HashMap",
            "java/util/LinkedHashMap",
            "java/util/TreeMap",
            "java/util/IdentityHashMap",
            "java/util/Set",
            "java/util/HashSet",
            "java/util/LinkedHashSet",
            "java/util/TreeSet",
            "java/util/NavigableSet",
            "java/util/List",
            "java/util/ArrayList",
            "java/util/Collection",
            "java/util/Deque",
            "java/util/ArrayDeque",
            "java/util/Queue",
            "java/util/PriorityQueue",
            "java/util/BitSet",
            "dev/weir/core/internal/wait/WaiterLine",
            "dev/weir/core/internal/wait/WaiterQueue",
            "dev/weir/core/internal/PlacedHeap");

    private SharedState() {}

    /** The fields that count, by class, of the artifacts in which these classes are. */
    static SortedMap<String, SortedSet<String>> of(List<Class<?>> oneOfEachModule) {
        Map<String, Scanned> classes = new TreeMap<>();
        for (Class<?> module : oneOfEachModule) {
            for (byte[] code : classFilesBeside(module)) {
                Scanned scanned = new Scanned();
                new ClassReader(code).accept(scanned, ClassReader.SKIP_DEBUG | ClassReader.SKIP_FRAMES);
                classes.put(scanned.name, scanned);
            }
        }
        return shared(classes);
    }

    private static SortedMap<String, SortedSet<String>> shared(Map<String, Scanned> classes) {
        for (Scanned each : classes.values()) {
            for (String target : each.handleTargets) {
                String[] ownerAndName = target.split("#");
                classes.get(ownerAndName[0]).certain.add(ownerAndName[1]);
            }
        }
        Set<String> ownLocks = classes.values().stream()
                .map(each -> each.name)
                .filter(name -> name.endsWith("Lock"))
                .collect(Collectors.toSet());
        for (Scanned each : classes.values()) {
            each.types.forEach((field, type) -> {
                if (ownLocks.contains(type)) {
                    each.certain.add(field);
                }
            });
        }
        Set<String> sharedNests = new TreeSet<>();
        for (Scanned each : classes.values()) {
            boolean inheritsShared =
                    classes.containsKey(each.superName) && isShared(classes.get(each.superName), classes);
            if (!each.certain.isEmpty() || inheritsShared) {
                sharedNests.add(nest(each.name));
            }
        }
        Deque<Scanned> reached = new ArrayDeque<>();
        classes.values().stream()
                .filter(each -> sharedNests.contains(nest(each.name)))
                .forEach(reached::add);
        while (!reached.isEmpty()) {
            for (String type : reached.remove().types.values()) {
                if (classes.containsKey(type) && sharedNests.add(nest(type))) {
                    reached.add(classes.get(type));
                }
            }
        }
        SortedMap<String, SortedSet<String>> fields = new TreeMap<>();
        for (Scanned each : classes.values()) {
            SortedSet<String> counted = new TreeSet<>(each.certain);
            if (sharedNests.contains(nest(each.name)) && !each.name.endsWith("Builder")) {
                counted.addAll(each.mayChange);
            }
            if (!counted.isEmpty()) {
                fields.put(each.name.replace('/', '.'), counted);
            }
        }
        return fields;
    }

    private static boolean isShared(Scanned scanned, Map<String, Scanned> classes) {
        return !scanned.certain.isEmpty()
                || (classes.containsKey(scanned.superName) && isShared(classes.get(scanned.superName), classes));
    }

    private static String nest(String name) {
        int nested = name.indexOf('$');
        return nested < 0 ? name : name.substring(0, nested);
    }

    /** The class files of the artifact in which this class is. */
    static List<byte[]> classFilesBeside(Class<?> type) {
        try {
            Path place = Path.of(
                    type.getProtectionDomain().getCodeSource().getLocation().toURI());
            if (Files.isDirectory(place)) {
                return read(place);
            }
            try (FileSystem jar = FileSystems.newFileSystem(place)) {
                return read(jar.getPath("/"));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private static List<byte[]> read(Path root) throws IOException {
        List<byte[]> files = new ArrayList<>();
        try (var paths = Files.walk(root)) {
            for (Path path :
                    paths.filter(file -> file.toString().endsWith(".class")).toList()) {
                files.add(Files.readAllBytes(path));
            }
        }
        return files;
    }

    /** What one class file says. */
    private static final class Scanned extends ClassVisitor {
        final Set<String> certain = new TreeSet<>();
        final Set<String> mayChange = new TreeSet<>();
        final Set<String> handleTargets = new TreeSet<>();
        final Map<String, String> types = new TreeMap<>();
        String name = "";
        String superName = "";

        Scanned() {
            super(Opcodes.ASM9);
        }

        @Override
        public void visit(int version, int access, String name, String signature, String superName, String[] parents) {
            this.name = name;
            this.superName = superName == null ? "" : superName;
            if (this.superName.startsWith(ATOMIC)) {
                certain.add(SUPER);
            }
        }

        @Override
        public FieldVisitor visitField(int access, String field, String descriptor, String signature, Object value) {
            if ((access & Opcodes.ACC_SYNTHETIC) != 0) {
                return null;
            }
            Type type = Type.getType(descriptor);
            String typeName = type.getSort() == Type.OBJECT ? type.getInternalName() : "";
            types.put(field, typeName);
            boolean constant = (access & Opcodes.ACC_STATIC) != 0;
            boolean isFinal = (access & Opcodes.ACC_FINAL) != 0;
            if ((access & Opcodes.ACC_VOLATILE) != 0
                    || typeName.startsWith(ATOMIC)
                    || LOCKS.contains(typeName)
                    || typeName.startsWith("java/util/concurrent/Concurrent")) {
                certain.add(field);
            } else if (!isFinal || (!constant && (type.getSort() == Type.ARRAY || COLLECTIONS.contains(typeName)))) {
                mayChange.add(field);
            }
            return null;
        }

        @Override
        public MethodVisitor visitMethod(
                int access, String method, String descriptor, String signature, String[] thrown) {
            return new MethodVisitor(Opcodes.ASM9) {
                private String text = "";
                private String type = "";
                private final List<String> typesAfterText = new ArrayList<>();
                private boolean ofArray;

                @Override
                public void visitLdcInsn(Object value) {
                    if (value instanceof String string) {
                        text = string;
                        typesAfterText.clear();
                    } else if (value instanceof Type literal && !text.isEmpty()) {
                        typesAfterText.add(literal.getInternalName());
                    } else if (value instanceof Type literal) {
                        type = literal.getInternalName();
                    }
                }

                @Override
                public void visitMethodInsn(int code, String owner, String called, String callDescriptor, boolean itf) {
                    if (called.equals("findVarHandle")) { // owner, name, type of the field
                        handleTargets.add(type + "#" + text);
                        text = "";
                        type = "";
                    } else if (called.equals("fieldVarHandle")) { // name, VarHandle, owner, type of the field
                        if (typesAfterText.size() > 1) { // else it is a helper, whose fields count for being volatile
                            handleTargets.add(typesAfterText.get(1) + "#" + text);
                        }
                        text = "";
                    } else if (called.equals("arrayElementVarHandle")) {
                        ofArray = true;
                    } else if (owner.equals("java/lang/invoke/VarHandle") && called.endsWith("Fence")) {
                        certain.add(FENCE);
                    }
                }

                @Override
                public void visitFieldInsn(int code, String owner, String field, String fieldDescriptor) {
                    if (code == Opcodes.PUTSTATIC && ofArray) {
                        certain.add(field);
                        ofArray = false;
                    }
                }
            };
        }
    }
}
