package dev.weir.testkit;

import java.io.IOException;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.Array;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.TypeVariable;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** What all public types of a module are to have in common: an object describes itself, and a record refuses null. */
public final class PublicTypes {
    private PublicTypes() {}

    /** The public types, nested ones included, of the module that a class is in. */
    static List<Class<?>> besides(Class<?> type) throws IOException, URISyntaxException {
        Path classes =
                Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
        List<Class<?>> all = new ArrayList<>();
        try (var files = Files.walk(classes.resolve("dev"))) {
            for (Path file :
                    files.filter(path -> path.toString().endsWith(".class")).toList()) {
                String name =
                        classes.relativize(file).toString().replace('/', '.').replace('\\', '.');
                if (name.contains(".internal.") || name.endsWith("package-info.class")) {
                    continue;
                }
                try {
                    Class<?> found = Class.forName(
                            name.substring(0, name.length() - ".class".length()), false, type.getClassLoader());
                    if (isPublic(found)) {
                        all.add(found);
                    }
                } catch (ClassNotFoundException impossible) {
                    throw new AssertionError(impossible);
                }
            }
        }
        return all;
    }

    private static boolean isPublic(Class<?> type) {
        for (Class<?> at = type; at != null; at = at.getEnclosingClass()) {
            if (!Modifier.isPublic(at.getModifiers())) {
                return false;
            }
        }
        return true;
    }

    /** The classes whose objects say no more than a class and a hash code. */
    public static List<String> thatDoNotDescribeThemselves(Class<?> oneOfTheModule) throws Exception {
        List<String> silent = new ArrayList<>();
        for (Class<?> type : besides(oneOfTheModule)) {
            boolean hasObjects = !type.isInterface()
                    && Arrays.stream(type.getDeclaredFields())
                            .anyMatch(field -> !Modifier.isStatic(field.getModifiers()));
            if (hasObjects && type.getMethod("toString").getDeclaringClass() == Object.class) {
                silent.add(type.getName());
            }
        }
        return silent;
    }

    /** The components of records that take null, or refuse it without their name, though they are not nullable. */
    public static List<String> recordComponentsThatTakeNull(Class<?> oneOfTheModule) throws Exception {
        List<String> taking = new ArrayList<>();
        for (Class<?> type : besides(oneOfTheModule)) {
            if (!type.isRecord()) {
                continue;
            }
            RecordComponent[] components = type.getRecordComponents();
            for (int i = 0; i < components.length; i++) {
                if (!components[i].getType().isPrimitive() && !isNullable(components[i].getAnnotatedType())) {
                    Object[] values = values(components);
                    values[i] = null;
                    if (!refuses(type, components, values, components[i].getName())) {
                        taking.add(type.getName() + "." + components[i].getName());
                    }
                }
            }
        }
        return taking;
    }

    /** A type variable stands for a type with null if its bound says so. */
    static boolean isNullable(AnnotatedType type) {
        return Arrays.stream(type.getAnnotations())
                        .anyMatch(each -> each.annotationType().getSimpleName().equals("Nullable"))
                || (type.getType() instanceof TypeVariable<?> variable
                        && Arrays.stream(variable.getAnnotatedBounds()).anyMatch(PublicTypes::isNullable));
    }

    private static boolean refuses(Class<?> type, RecordComponent[] components, Object[] values, String component)
            throws Exception {
        Constructor<?> constructor = type.getDeclaredConstructor(
                Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new));
        try {
            constructor.newInstance(values);
            return false;
        } catch (InvocationTargetException refusal) {
            return refusal.getCause() instanceof NullPointerException named && component.equals(named.getMessage());
        }
    }

    private static Object[] values(RecordComponent[] components) throws ReflectiveOperationException {
        Object[] values = new Object[components.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = value(components[i].getType());
        }
        return values;
    }

    /** Some object of a type. */
    static Object value(Class<?> type) throws ReflectiveOperationException {
        if (type == int.class) {
            return 1;
        } else if (type == long.class) {
            return 1L;
        } else if (type == double.class) {
            return 1.0;
        } else if (type == boolean.class) {
            return true;
        } else if (type == Duration.class) {
            return Duration.ofSeconds(1);
        } else if (type == String.class || type == Object.class) {
            return "something";
        } else if (type == List.class) {
            return List.of();
        } else if (type == Map.class) {
            return Map.of();
        } else if (Throwable.class.isAssignableFrom(type)) {
            return new IllegalStateException("something");
        } else if (type.isEnum()) {
            return type.getEnumConstants()[0];
        } else if (type.isRecord()) {
            RecordComponent[] components = type.getRecordComponents();
            return type.getDeclaredConstructor(Arrays.stream(components)
                            .map(RecordComponent::getType)
                            .toArray(Class<?>[]::new))
                    .newInstance(values(components));
        }
        if (type.isArray()) {
            return Array.newInstance(type.getComponentType(), 0);
        } else if (type == Class.class) {
            return Object.class;
        }
        return Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
            throw new UnsupportedOperationException(method.toString());
        });
    }
}
