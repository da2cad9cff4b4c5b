package dev.weir.testkit;

import java.lang.reflect.AnnotatedType;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Calls every public constructor and method of a module with null in place of one argument after the other, if that is
 * not {@code @Nullable}, and names those that do not throw a {@link NullPointerException} with the argument's name.
 */
public final class NullArguments {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final List<Class<?>> types;
    private final Map<Class<?>, Object> samples = new LinkedHashMap<>();

    /** Of the module that a class is in. */
    public NullArguments(Class<?> oneOfTheModule) throws Exception {
        this.types = PublicTypes.besides(oneOfTheModule);
    }

    /**
     * Gives an object of a type, to call its methods and to pass as an argument. There must be one for each class that
     * has objects and methods with arguments; an interface without one is one that users implement, and is not called.
     */
    public <T> NullArguments sample(Class<T> type, T sample) {
        samples.put(type, sample);
        return this;
    }

    /** The arguments, as {@code Type.method(argument)}, that are taken or refused otherwise, and what happened. */
    public Map<String, String> takenOrNotNamed() throws Exception {
        Map<String, String> wrong = new LinkedHashMap<>();
        Set<String> missing = new TreeSet<>();
        for (Class<?> type : types) {
            List<Executable> all = new ArrayList<>();
            if (!type.isRecord() && !Modifier.isAbstract(type.getModifiers())) {
                all.addAll(Arrays.asList(type.getConstructors()));
            }
            addMethods(type, all);
            Set<String> signatures = new TreeSet<>(); // an overridden method is called once
            for (Executable each : all) {
                if (isCalled(each, type)
                        && signatures.add(each.getName() + Arrays.toString(each.getParameterTypes()))) {
                    check(type, each, wrong, missing);
                }
            }
        }
        if (!missing.isEmpty()) {
            throw new AssertionError("no sample of " + missing + "; of the others " + wrong);
        }
        return wrong;
    }

    /** Those that a class inherits from one that is not public, too. */
    private static void addMethods(Class<?> type, List<Executable> all) {
        if (type == null || !type.getName().startsWith("dev.weir.")) {
            return;
        }
        all.addAll(Arrays.asList(type.getDeclaredMethods()));
        addMethods(type.getSuperclass(), all);
        for (Class<?> inherited : type.getInterfaces()) {
            addMethods(inherited, all);
        }
    }

    private boolean isCalled(Executable each, Class<?> type) {
        if (each.isSynthetic() || !Modifier.isPublic(each.getModifiers())) {
            return false;
        }
        if (each instanceof Method method) {
            boolean byCompiler =
                    method.getName().equals("equals") || (type.isEnum() && Modifier.isStatic(method.getModifiers()));
            boolean byUsers =
                    type.isInterface() && !Modifier.isStatic(method.getModifiers()) && !samples.containsKey(type);
            method.setAccessible(true);
            return !byCompiler && !byUsers;
        }
        return true;
    }

    private void check(Class<?> type, Executable each, Map<String, String> wrong, Set<String> missing) {
        Parameter[] parameters = each.getParameters();
        AnnotatedType[] annotated = each.getAnnotatedParameterTypes();
        for (int i = 0; i < parameters.length; i++) {
            if (parameters[i].getType().isPrimitive() || PublicTypes.isNullable(annotated[i])) {
                continue;
            }
            try {
                Object target =
                        each instanceof Method method && !Modifier.isStatic(method.getModifiers()) ? value(type) : null;
                Object[] arguments = new Object[parameters.length];
                for (int j = 0; j < arguments.length; j++) {
                    arguments[j] = j == i ? null : value(parameters[j].getType());
                }
                String got = call(each, target, arguments);
                if (!got.equals(parameters[i].getName())) {
                    wrong.put(name(type, each) + "(" + parameters[i].getName() + ")", got);
                }
            } catch (ReflectiveOperationException | RuntimeException noSample) {
                missing.add(name(type, each) + ": " + noSample);
            }
        }
    }

    private static String name(Class<?> type, Executable each) {
        String simple =
                type.getName().substring(type.getPackageName().length() + 1).replace('$', '.');
        return simple + (each instanceof Constructor ? "" : "." + each.getName());
    }

    private Object value(Class<?> type) throws ReflectiveOperationException {
        for (Map.Entry<Class<?>, Object> sample : samples.entrySet()) {
            if (sample.getKey() == type) {
                return sample.getValue();
            }
        }
        for (Object sample : samples.values()) {
            if (type != Object.class && type.isInstance(sample)) {
                return sample;
            }
        }
        return PublicTypes.value(type);
    }

    /**
     * What the call says in its NullPointerException, or else what happened; in a thread of its own, as it may wait.
     */
    private static String call(Executable each, Object target, Object[] arguments) {
        FutureTask<String> call = new FutureTask<>(() -> {
            try {
                if (each instanceof Constructor<?> constructor) {
                    constructor.newInstance(arguments);
                } else {
                    ((Method) each).invoke(target, arguments);
                }
                return "nothing is thrown";
            } catch (InvocationTargetException thrown) {
                Throwable cause = thrown.getCause();
                return cause instanceof NullPointerException ? String.valueOf(cause.getMessage()) : cause.toString();
            }
        });
        Thread thread = Thread.ofPlatform().daemon().start(call);
        try {
            return call.get(PATIENCE.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException waits) {
            thread.interrupt();
            return "it waits";
        } catch (Exception failed) {
            return "not callable: " + failed;
        }
    }
}
