package dev.weir.micrometer;

import dev.weir.core.Times;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.DoubleAccumulator;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * The meters of one kind of part: their names, tags and units, and what each reads of the part's metrics. It is filled
 * when it is made, and read only from then on.
 *
 * <p>A meter holds its {@link Part}, which holds the user's part weakly. So each function that is given to Micrometer
 * has the {@code Part} in it, as Micrometer itself holds what a function is applied to weakly.
 */
final class MeterSet<M> {
    /** Registers one meter of a part. */
    private interface Definition<M> {
        Meter register(MeterRegistry registry, Part<M> part);
    }

    private final String prefix;
    private final String tag;
    private final List<Definition<M>> definitions = new ArrayList<>();

    /** For parts whose meters begin with a prefix, and whose name is a tag. */
    MeterSet(String prefix, String tag) {
        this.prefix = prefix;
        this.tag = tag;
    }

    String tag() {
        return tag;
    }

    String prefix() {
        return prefix;
    }

    /** All of them, or none if the registry refuses one by an exception. */
    List<Meter.Id> register(MeterRegistry registry, Part<M> part) {
        List<Meter.Id> ids = new ArrayList<>(definitions.size());
        try {
            for (Definition<M> definition : definitions) {
                ids.add(definition.register(registry, part).getId());
            }
        } catch (Throwable refused) {
            ids.forEach(registry::remove);
            throw refused;
        }
        return ids;
    }

    /** What is counted since the start. It never falls, whatever the order in which the counts of a record are read. */
    MeterSet<M> counter(String name, String unit, String description, ToDoubleFunction<M> value, String... tags) {
        definitions.add((registry, part) -> {
            Object reader = new Object();
            DoubleAccumulator highest = new DoubleAccumulator(Math::max, 0);
            return FunctionCounter.builder(prefix + name, part, its -> {
                        highest.accumulate(value.applyAsDouble(part.read(reader)));
                        return highest.get();
                    })
                    .tags(part.tags().and(tags))
                    .description(description)
                    .baseUnit(unit)
                    .register(registry);
        });
        return this;
    }

    /** What there is now. */
    MeterSet<M> gauge(String name, String unit, String description, ToDoubleFunction<M> value, String... tags) {
        return anyGauge(name, unit, description, value, tags);
    }

    /** A share from 0 to 1, or 0 for no and 1 for yes: a gauge without a unit. */
    MeterSet<M> ratio(String name, String description, ToDoubleFunction<M> value) {
        return anyGauge(name, null, description, value);
    }

    private MeterSet<M> anyGauge(
            String name, @Nullable String unit, String description, ToDoubleFunction<M> value, String... tags) {
        definitions.add((registry, part) -> {
            Object reader = new Object();
            return Gauge.builder(prefix + name, () -> value.applyAsDouble(part.read(reader)))
                    .tags(part.tags().and(tags))
                    .description(description)
                    .baseUnit(unit)
                    .register(registry);
        });
        return this;
    }

    /** How long something is now, in the registry's base unit of time. */
    MeterSet<M> duration(String name, String description, Function<M, Duration> value, String... tags) {
        definitions.add((registry, part) -> {
            Object reader = new Object();
            return TimeGauge.builder(prefix + name, () -> nanos(value.apply(part.read(reader))), TimeUnit.NANOSECONDS)
                    .tags(part.tags().and(tags))
                    .description(description)
                    .register(registry);
        });
        return this;
    }

    /** A distribution: a timer of the number and the total, and gauges of the percentiles and of the longest. */
    MeterSet<M> times(String name, String description, Function<M, Times> value) {
        definitions.add((registry, part) -> {
            Object samples = new Object();
            Object total = new Object();
            return FunctionTimer.builder(
                            prefix + name,
                            part,
                            its -> value.apply(part.read(samples)).samples(),
                            its -> nanos(value.apply(part.read(total)).total()),
                            TimeUnit.NANOSECONDS)
                    .tags(part.tags())
                    .description(description)
                    .register(registry);
        });
        String percentiles = description + ", percentiles since the start";
        duration(name + ".percentile", percentiles, value.andThen(Times::p50), "phi", "0.5");
        duration(name + ".percentile", percentiles, value.andThen(Times::p90), "phi", "0.9");
        duration(name + ".percentile", percentiles, value.andThen(Times::p99), "phi", "0.99");
        return duration(name + ".max", description + ", the longest since the start", value.andThen(Times::max));
    }

    /** As a double, for there may be more nanoseconds than a long can count. */
    static double nanos(Duration duration) {
        return duration.getSeconds() * 1e9 + duration.getNano();
    }

    @Override
    public String toString() {
        return prefix + " (" + definitions.size() + " meters)";
    }
}
