package dev.weir.micrometer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * The names, types, units and tags of all meters are as in files that are changed by hand: dashboards and alerts of
 * users depend on them.
 */
class MeterNamesTest {
    /** Surefire runs in the module's folder. */
    private static final Path RESOURCES = Path.of("src/test/resources/dev/weir/micrometer");

    /** Tags whose values are the user's; the values of the others are in the list. */
    private static final Set<String> NAMES = Set.of(
            "pool",
            "executor",
            "semaphore",
            "limit",
            "limiter",
            "budget",
            "retry",
            "hedge",
            "channel",
            "pipeline",
            "stage",
            "batcher");

    @Test
    void the_meters_are_those_of_the_list() throws Exception {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        try (Shop shop = new Shop()) {
            shop.addTo(new WeirMeters()).bindTo(registry);
            SortedSet<String> meters = new TreeSet<>();
            for (Meter meter : registry.getMeters()) {
                meters.add(describe(meter.getId()));
                assertEquals(
                        false,
                        meter.getId().getDescription().isBlank(),
                        meter.getId().getName());
            }
            assertEquals(Files.readString(RESOURCES.resolve("meters.txt")), lines(meters));
        }
    }

    private static String describe(Meter.Id id) {
        String tags = id.getTags().stream()
                .map(tag -> NAMES.contains(tag.getKey()) ? tag.getKey() : tag.getKey() + "=" + tag.getValue())
                .collect(Collectors.joining(","));
        String type = id.getType() == Meter.Type.TIMER
                ? "timer"
                : id.getType().toString().toLowerCase(Locale.ROOT);
        return id.getName() + " " + type + " " + (id.getBaseUnit() == null ? "-" : id.getBaseUnit()) + " " + tags;
    }

    @Test
    void prometheus_gets_those_of_the_list() throws Exception {
        try (Shop shop = new Shop();
                var endpoint = new Scrape.Endpoint(bound(shop))) {
            Scrape scrape = endpoint.get();
            SortedMap<String, Set<String>> labels = new TreeMap<>();
            scrape.samples()
                    .keySet()
                    .forEach(sample -> labels.computeIfAbsent(sample.name(), name -> new TreeSet<>())
                            .addAll(sample.labels().keySet()));
            SortedSet<String> metrics = new TreeSet<>();
            for (Map.Entry<String, Set<String>> sample : labels.entrySet()) {
                String family = sample.getKey().replaceFirst("_(count|sum)$", "");
                String type = scrape.types()
                        .getOrDefault(sample.getKey(), scrape.types().get(family));
                metrics.add(sample.getKey() + " " + type + " " + String.join(",", sample.getValue()));
            }
            assertEquals(Files.readString(RESOURCES.resolve("prometheus.txt")), lines(metrics));
        }
    }

    /** On a clock that stands still, so that no look gets too old in the middle of a scrape. */
    static PrometheusMeterRegistry bound(Shop shop) {
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        registry.throwExceptionOnRegistrationFailure();
        shop.addTo(new WeirMeters(shop.time)).bindTo(registry);
        return registry;
    }

    @Test
    void the_page_on_meters_lists_each_of_them() throws IOException {
        String page = Files.readString(Path.of("../docs/micrometer.md"));
        SortedSet<String> there = new TreeSet<>();
        Matcher names = Pattern.compile("`(weir\\.[a-z.]+)").matcher(page);
        while (names.find()) {
            there.add(names.group(1));
        }
        assertEquals(
                Files.readAllLines(RESOURCES.resolve("meters.txt")).stream()
                        .map(line -> line.substring(0, line.indexOf(' ')))
                        .collect(Collectors.toCollection(TreeSet::new)),
                there);
    }

    @Test
    void tags_of_the_user_are_there_besides_the_name() {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        try (Shop shop = new Shop()) {
            new WeirMeters().add(shop.limiter, Tag.of("team", "sales")).bindTo(registry);
            assertEquals(
                    "api",
                    registry.get("weir.limiter.available")
                            .tag("team", "sales")
                            .gauge()
                            .getId()
                            .getTag("limiter"));
        }
    }

    private static String lines(Iterable<String> all) {
        return String.join("\n", all) + "\n";
    }
}
