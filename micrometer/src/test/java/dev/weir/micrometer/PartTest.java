package dev.weir.micrometer;

import static dev.weir.testkit.Eventually.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.time.ManualTimeSource;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** When a part is looked at, with parts that count the looks. */
class PartTest {
    /** What a part has done, as its metrics: how often it was looked at. */
    private static final class Counting {
        long looks;
        long value;
        RuntimeException broken;

        Long look() {
            looks++;
            if (broken != null) {
                throw broken;
            }
            return value;
        }
    }

    private final ManualTimeSource time = new ManualTimeSource();
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final MeterSet<Long> meters = new MeterSet<Long>("part", "part")
            .counter(".count", "looks", "A count", value -> value)
            .gauge(".gauge", "looks", "A gauge", value -> value);

    private Part<Long> part(Counting counting) {
        return Part.of(counting, Counting::look, meters, Tags.of("part", "one"), time);
    }

    private double count(MeterRegistry from) {
        return from.get("part.count").functionCounter().count();
    }

    private double gauge(MeterRegistry from) {
        return from.get("part.gauge").gauge().value();
    }

    @Test
    void a_scrape_looks_once_at_a_part_whatever_the_number_of_its_meters() {
        Counting counting = new Counting();
        RegistryMeters.of(registry).bind(part(counting));
        long before = counting.looks;
        for (int scrape = 1; scrape <= 3; scrape++) {
            counting.value = scrape;
            assertEquals(scrape, count(registry));
            counting.value = 100; // of a moment after the look
            assertEquals(scrape, gauge(registry));
            assertEquals(before + scrape, counting.looks);
        }
    }

    @Test
    void a_meter_that_is_read_again_gets_what_is_true_now() {
        Counting counting = new Counting();
        RegistryMeters.of(registry).bind(part(counting));
        for (int i = 1; i <= 3; i++) {
            counting.value = i;
            assertEquals(i, gauge(registry));
        }
    }

    @Test
    void a_look_is_too_old_after_a_tenth_of_a_second() {
        Counting counting = new Counting();
        RegistryMeters.of(registry).bind(part(counting));
        assertEquals(0, count(registry));
        counting.value = 1;
        time.advance(Duration.ofMillis(101));
        assertEquals(1, gauge(registry));
    }

    @Test
    void two_registries_share_a_look_and_no_value_is_older_than_the_last_scrape() {
        Counting counting = new Counting();
        Part<Long> part = part(counting);
        SimpleMeterRegistry other = new SimpleMeterRegistry();
        RegistryMeters.of(registry).bind(part);
        RegistryMeters.of(other).bind(part);
        assertEquals(0, gauge(registry));
        counting.value = 1;
        assertEquals(0, gauge(other)); // for the first time since the look
        assertEquals(1, gauge(other));
    }

    @Test
    void the_meters_of_a_composite_live_as_well() {
        Counting counting = new Counting();
        CompositeMeterRegistry composite = new CompositeMeterRegistry();
        RegistryMeters.of(composite).bind(part(counting));
        composite.add(registry);
        System.gc();
        counting.value = 7;
        assertEquals(7, gauge(registry));
        assertEquals(7, count(registry));
    }

    @Test
    void a_counter_never_falls_even_if_what_it_reads_does() {
        Counting counting = new Counting();
        RegistryMeters.of(registry).bind(part(counting));
        counting.value = 5;
        assertEquals(5, count(registry));
        counting.value = 4;
        assertEquals(5, count(registry));
        assertEquals(4, gauge(registry));
    }

    @Test
    void a_part_that_throws_keeps_its_last_values_and_harms_no_other_meter() {
        Counting counting = new Counting();
        RegistryMeters.of(registry).bind(part(counting));
        counting.value = 3;
        assertEquals(3, gauge(registry));
        counting.broken = new IllegalStateException("on purpose");
        assertEquals(3, gauge(registry));
        assertEquals(3, count(registry));
        counting.broken = null;
        counting.value = 4;
        assertEquals(4, gauge(registry));
    }

    @Test
    void a_part_that_throws_at_first_is_not_added() {
        Counting counting = new Counting();
        counting.broken = new IllegalStateException("on purpose");
        assertThrows(IllegalStateException.class, () -> part(counting));
    }

    @Test
    void a_part_that_is_garbage_keeps_its_last_values_until_it_is_noticed() {
        Counting counting = new Counting();
        counting.value = 3;
        Part<Long> part = part(counting); // not watched
        RegistryMeters.of(registry).bind(part);
        counting = null;
        await().until(() -> {
            System.gc();
            return part.target() == null;
        });
        assertEquals(3, gauge(registry));
        assertEquals(3, count(registry));
        part.end();
        assertTrue(registry.getMeters().isEmpty());
    }

    @Test
    void a_part_that_is_over_is_bound_nowhere() {
        Part<Long> part = part(new Counting());
        part.end();
        RegistryMeters.of(registry).bind(part);
        assertTrue(registry.getMeters().isEmpty());
        assertEquals(0, RegistryMeters.of(registry).size());
    }

    @Test
    void a_part_that_ends_while_it_is_bound_leaves_no_meters() throws Exception {
        AtomicReference<Part<Long>> bound = new AtomicReference<>();
        AtomicInteger ended = new AtomicInteger();
        AtomicBoolean over = new AtomicBoolean();
        Thread ending = Thread.ofPlatform().daemon().start(() -> {
            while (!over.get()) {
                Part<Long> part = bound.getAndSet(null);
                if (part != null) {
                    long start = System.nanoTime();
                    // as long as the other thread takes to bind it
                    long delay = ThreadLocalRandom.current().nextLong(20_000);
                    while (System.nanoTime() - start < delay) {
                        Thread.onSpinWait();
                    }
                    part.end();
                    ended.incrementAndGet();
                }
            }
        });
        long start = System.nanoTime();
        try {
            for (int round = 1; round <= 50_000 && System.nanoTime() - start < 3_000_000_000L; round++) {
                Part<Long> part = part(new Counting());
                bound.set(part);
                RegistryMeters.of(registry).bind(part);
                while (ended.get() < round) {
                    Thread.onSpinWait();
                }
                assertEquals(List.of(), registry.getMeters(), "round " + round);
                assertEquals(0, RegistryMeters.of(registry).size(), "round " + round);
            }
        } finally {
            over.set(true);
        }
        ending.join();
    }

    @Test
    void a_registry_that_refuses_a_meter_gets_none_of_the_part() {
        MeterRegistry refusing = new SimpleMeterRegistry();
        refusing.config().onMeterAdded(meter -> {
            if (meter.getId().getName().equals("part.gauge")) {
                throw new IllegalStateException("refused");
            }
        });
        assertThrows(
                IllegalStateException.class, () -> RegistryMeters.of(refusing).bind(part(new Counting())));
        assertEquals(List.of(), refusing.getMeters());
        assertEquals(0, RegistryMeters.of(refusing).size());
    }

    @Test
    void what_belongs_together_describes_itself() {
        assertEquals("part[tag(part=one)]", part(new Counting()).toString());
        assertEquals("part (2 meters)", meters.toString());
    }
}
