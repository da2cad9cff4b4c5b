package dev.weir.micrometer;

import dev.weir.core.internal.Callbacks;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import java.lang.ref.WeakReference;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which part has which meters in one registry, whichever binder has added it. There is one for each registry, for a
 * registry itself gives the meter that it has already to the second who asks, and removes it for both.
 *
 * <p>Nothing here leads to the registry but weakly. The lock guards the map, and is held while meters are registered
 * and removed, so that the meters of a place are those of one part.
 */
final class RegistryMeters {
    private static final Logger LOG = LoggerFactory.getLogger(RegistryMeters.class);
    private static final Map<MeterRegistry, RegistryMeters> ALL = new WeakHashMap<>(); // guarded by itself

    private record Bound(Part<?> part, List<Meter.Id> ids) {}

    private final WeakReference<MeterRegistry> registry;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Part.Place, Bound> places = new HashMap<>();

    private RegistryMeters(MeterRegistry registry) {
        this.registry = new WeakReference<>(registry);
    }

    static RegistryMeters of(MeterRegistry registry) {
        synchronized (ALL) {
            return ALL.computeIfAbsent(registry, RegistryMeters::new);
        }
    }

    /** Registers the meters of a part in place of those of the part that has its kind, name and tags. */
    void bind(Part<?> part) {
        MeterRegistry its = registry.get();
        if (its == null || part.isOver()) {
            return;
        }
        Bound before;
        lock.lock();
        try {
            before = places.remove(part.place());
            remove(its, before);
            places.put(part.place(), new Bound(part, part.register(its)));
        } finally {
            lock.unlock();
        }
        part.isIn(this);
        Object earlier = before == null ? null : before.part.target();
        if (earlier != null && earlier != part.target()) {
            Callbacks.run(
                    LOG,
                    "the log of meters",
                    () -> LOG.info("the meters {} are another part's of that name now", part));
        }
    }

    /** Removes the meters of a part, unless another one has taken its place. */
    void unbind(Part<?> part) {
        lock.lock();
        try {
            Bound present = places.get(part.place());
            if (present != null && present.part == part) {
                places.remove(part.place());
                remove(registry.get(), present);
            }
        } finally {
            lock.unlock();
        }
    }

    private static void remove(@Nullable MeterRegistry registry, @Nullable Bound bound) {
        if (registry != null && bound != null) {
            bound.ids.forEach(registry::remove);
        }
    }

    /** Whether the registry is garbage. */
    boolean isGone() {
        return registry.refersTo(null);
    }

    /** How many parts have meters there. */
    int size() {
        lock.lock();
        try {
            return places.size();
        } finally {
            lock.unlock();
        }
    }
}
