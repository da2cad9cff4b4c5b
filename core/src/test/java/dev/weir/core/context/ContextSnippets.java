package dev.weir.core.context;

import dev.weir.core.context.ContextCarrier.Surrounding;
import java.util.ArrayDeque;
import java.util.Deque;

/** The code of the documentation of context carriers. */
final class ContextSnippets {
    static final ThreadLocal<String> TENANT = new ThreadLocal<>();
    static final ScopedValue<String> USER = new ScopedValue<>();

    private ContextSnippets() {}

    static void defaults() {
        // @start region="defaults"
        ContextCarrier.setDefaults(ContextCarrier.mdc(), ContextCarrier.of(TENANT));
        // @end
    }

    static ContextCarrier surrounding() {
        // @start region="surrounding"
        ContextCarrier user = () -> {
            String bound = USER.isBound() ? USER.get() : null; // null hides what the thread of the work has bound
            return (Surrounding) work -> ScopedValue.where(USER, bound).run(work);
        };
        // @end
        return user;
    }

    /** What Java 25 has, as far as the code above needs it. */
    static final class ScopedValue<T> {
        private final ThreadLocal<Deque<Object[]>> bindings = ThreadLocal.withInitial(ArrayDeque::new);

        boolean isBound() {
            return !bindings.get().isEmpty();
        }

        @SuppressWarnings("unchecked")
        T get() {
            return (T) bindings.get().getFirst()[0];
        }

        static <T> Binding<T> where(ScopedValue<T> key, T value) {
            return new Binding<>(key, value);
        }

        record Binding<T>(ScopedValue<T> key, T value) {
            void run(Runnable code) {
                key.bindings.get().push(new Object[] {value});
                try {
                    code.run();
                } finally {
                    key.bindings.get().pop();
                }
            }
        }
    }
}
