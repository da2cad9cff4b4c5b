package dev.weir.micrometer;

import dev.weir.core.internal.Callbacks;
import dev.weir.core.time.TimeSource;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.lang.ref.WeakReference;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A user's part as its meters see it. It is held weakly: meters keep no part alive. Thread-safe.
 *
 * <p><b>One look for a scrape.</b> Each meter is a reader, and is given the same record as the readers before it, until
 * one comes for the second time or the record is too old. So a scrape, which reads each meter once, looks at a part
 * once, and its values are of one moment; one meter that is read again and again gives what is true now.
 *
 * <pre>
 *   added --end(): removed by the user, or garbage--&gt; over, for good
 * </pre>
 */
final class Part<M> {
    /** For how long a record is given to further readers: a scrape of many thousand meters is done by then. */
    static final long MAX_AGE_NANOS = 100_000_000;

    private static final Logger LOG = LoggerFactory.getLogger(Part.class);

    /** Whose meters they are: the same for two parts of one kind, one name and the same tags. */
    record Place(String kind, Tags tags) {}

    /** Looks at a user's part. */
    interface Look<P, M> {
        M at(P part);
    }

    private record Snapshot<M>(M metrics, long takenNanos, Set<Object> readers) {
        boolean isFor(Object reader, long now) {
            return now - takenNanos <= MAX_AGE_NANOS && readers.add(reader);
        }
    }

    private final MeterSet<M> meters;
    private final Tags tags;
    private final WeakReference<Object> target;
    private final Supplier<@Nullable M> look;
    private final TimeSource time;

    /** Where it has meters, or had: written before {@link #over} is read, as {@link #end} writes before it reads. */
    private final CopyOnWriteArrayList<RegistryMeters> bound = new CopyOnWriteArrayList<>();

    private volatile Snapshot<M> snapshot;
    private volatile boolean over;

    private Part(MeterSet<M> meters, Tags tags, Object target, M first, Supplier<@Nullable M> look, TimeSource time) {
        this.meters = meters;
        this.tags = tags;
        this.target = new WeakReference<>(target);
        this.look = look;
        this.time = time;
        this.snapshot = new Snapshot<>(first, time.nanoTime() - MAX_AGE_NANOS - 1, Set.of()); // for no reader
    }

    /** Looks at the part once, so that there is a record whatever becomes of it. */
    static <P, M> Part<M> of(P target, Look<? super P, M> look, MeterSet<M> meters, Tags tags, TimeSource time) {
        WeakReference<P> weak = new WeakReference<>(target);
        return new Part<>(
                meters,
                tags,
                target,
                look.at(target),
                () -> {
                    P its = weak.get();
                    return its == null ? null : look.at(its);
                },
                time);
    }

    Tags tags() {
        return tags;
    }

    Place place() {
        return new Place(meters.prefix(), tags);
    }

    @Nullable
    Object target() {
        return target.get();
    }

    /** The record that a meter reads; the last one for ever, once the part is garbage, until its meters are removed. */
    M read(Object reader) {
        Snapshot<M> present = snapshot;
        long now = time.nanoTime();
        if (!present.isFor(reader, now)) {
            present = new Snapshot<>(taken(present.metrics), now, ConcurrentHashMap.newKeySet());
            present.readers.add(reader);
            snapshot = present; // two that take one at once harm nobody: a counter keeps its highest
        }
        return present.metrics;
    }

    /** A part of the user's own that throws must not take the scrape of the whole application with it. */
    private M taken(M last) {
        try {
            M now = look.get();
            return now == null ? last : now;
        } catch (RuntimeException broken) {
            Callbacks.error(LOG, "the metrics of {} failed; its meters stay as they were", this, broken);
            return last;
        }
    }

    List<Meter.Id> register(MeterRegistry registry) {
        return meters.register(registry, this);
    }

    /** Its meters may be there now. */
    void isIn(RegistryMeters registry) {
        bound.removeIf(RegistryMeters::isGone);
        bound.addIfAbsent(registry);
        if (over) {
            registry.unbind(this);
        }
    }

    boolean isOver() {
        return over;
    }

    /** Removes its meters everywhere, and lets none be made. */
    void end() {
        over = true;
        bound.forEach(registry -> registry.unbind(this));
    }

    @Override
    public String toString() {
        return meters.prefix() + tags.stream().toList();
    }
}
