package dev.weir.micrometer;

import static dev.weir.testkit.Eventually.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.RateLimiter;
import dev.weir.ratelimit.TokenBucket;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.lang.ref.WeakReference;
import java.util.List;
import org.junit.jupiter.api.Test;

class WeirMetersTest {
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final WeirMeters meters = new WeirMeters();

    private static RateLimiter limiter(String name) {
        return TokenBucket.builder(Rate.perSecond(1)).name(name).build();
    }

    private static double admitted(MeterRegistry from, String... tags) {
        return from.get("weir.limiter.permits")
                .tag("outcome", "admitted")
                .tags(tags)
                .functionCounter()
                .count();
    }

    @Test
    void a_part_that_is_added_after_the_meters_are_bound_has_meters_too() {
        RateLimiter first = limiter("first");
        RateLimiter second = limiter("second");
        meters.add(first).bindTo(registry);
        meters.add(second);
        second.tryAcquire();
        assertEquals(0, admitted(registry, "limiter", "first"));
        assertEquals(1, admitted(registry, "limiter", "second"));
    }

    @Test
    void all_registries_get_all_parts() {
        SimpleMeterRegistry other = new SimpleMeterRegistry();
        RateLimiter limiter = limiter("api");
        meters.bindTo(registry);
        meters.add(limiter).bindTo(other);
        limiter.tryAcquire();
        assertEquals(1, admitted(registry));
        assertEquals(1, admitted(other));
        assertEquals("WeirMeters[1 parts in 2 registries]", meters.toString());
        assertTrue(meters.remove(limiter));
        assertEquals(List.of(), registry.getMeters());
        assertEquals(List.of(), other.getMeters());
    }

    @Test
    void each_part_that_is_removed_takes_its_meters_with_it() throws Exception {
        try (Shop shop = new Shop()) {
            shop.addTo(meters).bindTo(registry);
            shop.trade();
            for (Object part : shop.parts()) {
                assertTrue(meters.remove(part), part.toString());
                assertFalse(meters.remove(part), part.toString());
            }
            assertEquals(List.of(), registry.getMeters());
            assertEquals("WeirMeters[0 parts in 1 registries]", meters.toString());
        }
    }

    @Test
    void close_removes_all_and_binds_nothing_more() {
        RateLimiter limiter = limiter("api");
        meters.add(limiter).bindTo(registry);
        meters.close();
        meters.close();
        meters.add(limiter);
        assertEquals(List.of(), registry.getMeters());
        meters.bindTo(registry);
        assertEquals(0, admitted(registry));
    }

    @Test
    void meters_under_common_tags_and_those_that_a_filter_renames_are_removed() {
        registry.config().commonTags("region", "north").meterFilter(MeterFilter.renameTag("weir", "limiter", "name"));
        RateLimiter limiter = limiter("api");
        meters.add(limiter).bindTo(registry);
        assertEquals(0, admitted(registry, "region", "north", "name", "api"));
        meters.remove(limiter);
        assertEquals(List.of(), registry.getMeters());
    }

    @Test
    void meters_that_a_filter_denies_are_not_there() {
        registry.config().meterFilter(MeterFilter.denyNameStartsWith("weir.limiter.wait"));
        RateLimiter limiter = limiter("api");
        meters.add(limiter).bindTo(registry);
        assertNull(registry.find("weir.limiter.waiters").gauge());
        assertEquals(0, admitted(registry));
        meters.remove(limiter);
        assertEquals(List.of(), registry.getMeters());
    }

    // ---- one name, one part

    @Test
    void of_two_parts_of_one_name_the_last_has_the_meters() {
        RateLimiter before = limiter("api");
        RateLimiter after = limiter("api");
        before.tryAcquire();
        meters.add(before).bindTo(registry);
        int count = registry.getMeters().size();
        assertEquals(1, admitted(registry));
        meters.add(after);
        assertEquals(0, admitted(registry));
        assertEquals(count, registry.getMeters().size());
        assertFalse(meters.remove(before));
        assertEquals(0, admitted(registry));
        assertTrue(meters.remove(after));
        assertEquals(List.of(), registry.getMeters());
    }

    @Test
    void that_is_so_whichever_binder_has_added_them() {
        RateLimiter before = limiter("api");
        RateLimiter after = limiter("api");
        before.tryAcquire();
        WeirMeters others = new WeirMeters();
        meters.add(before).bindTo(registry);
        others.add(after).bindTo(registry);
        assertEquals(0, admitted(registry));
        meters.remove(before);
        assertEquals(0, admitted(registry));
        others.remove(after);
        assertEquals(List.of(), registry.getMeters());
    }

    @Test
    void a_tag_tells_two_parts_of_one_name_apart() {
        RateLimiter east = limiter("api");
        RateLimiter west = limiter("api");
        east.tryAcquire();
        meters.add(east, Tag.of("region", "east"))
                .add(west, Tag.of("region", "west"))
                .bindTo(registry);
        assertEquals(1, admitted(registry, "region", "east"));
        assertEquals(0, admitted(registry, "region", "west"));
        meters.remove(east);
        assertEquals(0, admitted(registry, "region", "west"));
    }

    @Test
    void a_part_that_is_added_twice_has_its_meters_once() {
        RateLimiter limiter = limiter("api");
        meters.add(limiter).bindTo(registry);
        int count = registry.getMeters().size();
        meters.add(limiter);
        meters.bindTo(registry);
        limiter.tryAcquire();
        assertEquals(count, registry.getMeters().size());
        assertEquals(1, admitted(registry));
        meters.remove(limiter);
        assertEquals(List.of(), registry.getMeters());
    }

    // ---- garbage

    @Test
    void a_part_that_is_garbage_takes_its_meters_with_it() {
        meters.bindTo(registry);
        WeakReference<RateLimiter> gone = addAndDrop();
        awaitNoMeters(registry);
        assertNull(gone.get());
        await().until(() -> meters.toString().equals("WeirMeters[0 parts in 1 registries]")); // after its meters
    }

    private WeakReference<RateLimiter> addAndDrop() {
        RateLimiter limiter = limiter("dropped");
        meters.add(limiter);
        assertEquals(0, admitted(registry));
        return new WeakReference<>(limiter);
    }

    @Test
    void the_meters_need_no_one_to_hold_what_has_bound_them() {
        RateLimiter limiter = limiter("api");
        WeakReference<WeirMeters> binder = bindInOneLine(limiter);
        await().until(() -> {
            System.gc();
            return binder.get() == null;
        });
        limiter.tryAcquire();
        assertEquals(1, admitted(registry));
        limiter = null;
        awaitNoMeters(registry);
    }

    private WeakReference<WeirMeters> bindInOneLine(RateLimiter limiter) {
        WeirMeters binder = new WeirMeters().add(limiter);
        binder.bindTo(registry);
        return new WeakReference<>(binder);
    }

    @Test
    void a_registry_is_not_kept_alive() {
        RateLimiter limiter = limiter("api");
        meters.add(limiter);
        WeakReference<MeterRegistry> dropped = bindToOneThatIsDropped();
        await().until(() -> {
            System.gc();
            return dropped.get() == null;
        });
        meters.add(limiter("other"));
        assertTrue(meters.remove(limiter));
    }

    private WeakReference<MeterRegistry> bindToOneThatIsDropped() {
        MeterRegistry dropped = new SimpleMeterRegistry();
        meters.bindTo(dropped);
        assertEquals(0, admitted(dropped));
        return new WeakReference<>(dropped);
    }

    private static void awaitNoMeters(MeterRegistry registry) {
        await().until(() -> {
            System.gc();
            return registry.getMeters().isEmpty();
        });
    }

    // ---- bad input

    @Test
    void what_a_registry_refuses_is_not_added() {
        registry.config().onMeterAdded(meter -> {
            throw new IllegalStateException("refused");
        });
        meters.bindTo(registry);
        RateLimiter limiter = limiter("api");
        assertThrows(IllegalStateException.class, () -> meters.add(limiter));
        assertFalse(meters.remove(limiter));
    }
}
