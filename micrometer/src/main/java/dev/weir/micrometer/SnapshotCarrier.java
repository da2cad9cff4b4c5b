package dev.weir.micrometer;

import dev.weir.core.context.ContextCarrier;
import io.micrometer.context.ContextRegistry;
import io.micrometer.context.ContextSnapshot;
import io.micrometer.context.ContextSnapshotFactory;
import io.micrometer.context.ThreadLocalAccessor;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Carries the thread-locals that are registered with context-propagation, by its snapshots: Micrometer's current
 * observation and with it the trace, Reactor's context, and what the application has registered.
 *
 * {@snippet file="dev/weir/micrometer/MicrometerSnippets.java" region="carrier"}
 *
 * <p>Where no registered thread-local has a value, nothing is carried, and to find that out reads each of them.
 *
 * <p><b>Thread-safety.</b> All methods are thread-safe. Nothing blocks. Accessors that are registered or removed later
 * count from then on. <b>Memory effects.</b> Those of {@link ContextCarrier}.
 */
public final class SnapshotCarrier implements ContextCarrier {
    private final ContextRegistry registry;
    private final ContextSnapshotFactory factory;
    private final ContextSnapshot nothing;

    private SnapshotCarrier(ContextRegistry registry) {
        this.registry = registry;
        // With what is missing cleared: work must not see what its thread has and its submitter had not.
        this.factory = ContextSnapshotFactory.builder()
                .contextRegistry(registry)
                .clearMissing(true)
                .build();
        this.nothing = factory.captureFrom();
    }

    /**
     * Carries what is registered in the registry of the process, {@link ContextRegistry#getInstance()}.
     *
     * @return the carrier
     */
    public static SnapshotCarrier ofProcess() {
        return of(ContextRegistry.getInstance());
    }

    /**
     * Carries what is registered in a registry.
     *
     * @param registry the registry
     * @return the carrier
     */
    public static SnapshotCarrier of(ContextRegistry registry) {
        return new SnapshotCarrier(Objects.requireNonNull(registry, "registry"));
    }

    @Override
    public @Nullable Captured capture() {
        for (ThreadLocalAccessor<?> accessor : registry.getThreadLocalAccessors()) {
            if (accessor.getValue() != null) {
                ContextSnapshot snapshot = factory.captureAll();
                return () -> install(snapshot);
            }
        }
        return null;
    }

    private static Restore install(ContextSnapshot snapshot) {
        return snapshot.setThreadLocals()::close;
    }

    @Override
    public void clear() {
        for (ThreadLocalAccessor<?> accessor : registry.getThreadLocalAccessors()) {
            if (accessor.getValue() != null) {
                accessor.setValue(); // to none
            }
        }
    }

    @Override
    public Restore hide() {
        return install(nothing);
    }

    /**
     * Returns a description for logs and debuggers.
     *
     * @return for instance {@code SnapshotCarrier[2 thread-locals]}
     */
    @Override
    public String toString() {
        return "SnapshotCarrier[" + registry.getThreadLocalAccessors().size() + " thread-locals]";
    }
}
