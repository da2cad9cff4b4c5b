package dev.weir.micrometer;

import dev.weir.core.context.ContextCarrier;
import dev.weir.core.context.ContextCarrier.Surrounding;
import java.lang.reflect.InvocationTargetException;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/** A {@code java.lang.ScopedValue}, which Java 21 knows as a preview only: so it is reached by reflection. */
final class BoundValue {
    static final BoundValue USER = new BoundValue();

    private final Class<?> type;
    private final Object key;

    private BoundValue() {
        try {
            type = Class.forName("java.lang.ScopedValue");
            key = type.getMethod("newInstance").invoke(null);
        } catch (ReflectiveOperationException missing) {
            throw new AssertionError(missing);
        }
    }

    /** Carries the binding; where there is none, hides that of the thread that runs the work. */
    ContextCarrier carrier() {
        Surrounding none = work -> {
            if (get() == null) {
                work.run();
            } else {
                run(null, work);
            }
        };
        return () -> {
            String value = get();
            return value == null ? none : (Surrounding) work -> run(value, work);
        };
    }

    @Nullable
    String get() {
        try {
            boolean bound = (boolean) type.getMethod("isBound").invoke(key);
            return bound ? (String) type.getMethod("get").invoke(key) : null;
        } catch (ReflectiveOperationException broken) {
            throw new AssertionError(broken);
        }
    }

    private void run(@Nullable String value, Runnable work) {
        try {
            Object binding = type.getMethod("where", type, Object.class).invoke(null, key, value);
            Class.forName("java.lang.ScopedValue$Carrier")
                    .getMethod("run", Runnable.class)
                    .invoke(binding, work);
        } catch (InvocationTargetException thrown) {
            throw new AssertionError("the work threw", thrown.getCause());
        } catch (ReflectiveOperationException broken) {
            throw new AssertionError(broken);
        }
    }

    <R> R with(String value, Callable<R> code) throws Exception {
        Object[] result = new Object[1];
        Exception[] failure = new Exception[1];
        run(value, () -> {
            try {
                result[0] = code.call();
            } catch (Exception thrown) {
                failure[0] = thrown;
            }
        });
        if (failure[0] != null) {
            throw failure[0];
        }
        @SuppressWarnings("unchecked")
        R typed = (R) result[0];
        return typed;
    }
}
