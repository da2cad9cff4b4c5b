package dev.weir.micrometer;

import static dev.weir.testkit.Eventually.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.sync.ResizableSemaphore;
import dev.weir.ratelimit.KeyedRateLimiter;
import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.RateLimiter;
import dev.weir.ratelimit.TokenBucket;
import dev.weir.retry.Hedge;
import dev.weir.retry.RetryBudget;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Scrapes under load, while parts come and go. */
class ComingAndGoingTest {
    private static final int PARTS = 10_000;
    private static final Rate RATE = Rate.perSecond(1_000);

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final WeirMeters meters = new WeirMeters();

    @Test
    void ten_thousand_parts_that_are_made_and_dropped_leave_no_meter_and_no_part() throws Exception {
        registry.throwExceptionOnRegistrationFailure();
        meters.bindTo(registry);
        List<WeakReference<Object>> all = new ArrayList<>();
        AtomicBoolean over = new AtomicBoolean();
        CountDownLatch begun = new CountDownLatch(2);
        try (Shop shop = new Shop();
                var endpoint = new Scrape.Endpoint(registry)) {
            shop.addTo(meters);
            FutureTask<Integer> scrapes = start(() -> scrape(endpoint, begun, over));
            FutureTask<Integer> load = start(() -> load(shop, begun, over));
            assertTrue(begun.await(60, TimeUnit.SECONDS));
            for (int i = 0; i < PARTS; i++) {
                all.add(comeAndGo(i));
                if (i % 500 == 0) {
                    System.gc();
                }
            }
            over.set(true);
            assertTrue(scrapes.get(60, TimeUnit.SECONDS) > 1);
            assertTrue(load.get(60, TimeUnit.SECONDS) > 0);

            await().until(() -> {
                System.gc();
                return all.stream().allMatch(part -> part.get() == null)
                        && meters.toString().equals("WeirMeters[17 parts in 1 registries]");
            });
            assertEquals(17, RegistryMeters.of(registry).size());
            endpoint.get(); // a value may be as old as the scrape before
            Scrape last = endpoint.get();
            last.samples()
                    .keySet()
                    .forEach(sample -> assertTrue(
                            sample.labels().values().stream().noneMatch(value -> value.startsWith("passing")),
                            sample.toString()));
            assertEquals(
                    shop.limiter.metrics().rejected(),
                    last.value("weir_limiter_permits_total{limiter=api, outcome=rejected}"));
            shop.parts().forEach(meters::remove);
        }
        assertEquals(List.of(), registry.getMeters());
        assertEquals("", registry.scrape());
    }

    private static <T> FutureTask<T> start(Callable<T> body) {
        FutureTask<T> task = new FutureTask<>(body);
        Thread.ofPlatform().daemon().start(task);
        return task;
    }

    /** Each scrape is well-formed, has what lives all the time, and no counter of that has fallen. */
    private static int scrape(Scrape.Endpoint endpoint, CountDownLatch begun, AtomicBoolean over)
            throws InterruptedException {
        int scrapes = 0;
        double admitted = 0;
        double rejected = 0;
        while (!over.get() || scrapes < 2) {
            Scrape now = endpoint.get();
            now.samples().forEach((sample, value) -> {
                if (value.isNaN()) {
                    throw new AssertionError("not a number: " + sample);
                }
            });
            double nowRejected = now.value("weir_limiter_permits_total{limiter=api, outcome=rejected}");
            double nowAdmitted = now.value("weir_keyed_limiter_permits_total{limiter=users, outcome=admitted}");
            assertTrue(nowRejected >= rejected && nowAdmitted >= admitted);
            rejected = nowRejected;
            admitted = nowAdmitted;
            if (scrapes++ == 0) {
                begun.countDown();
            }
        }
        return scrapes;
    }

    private static int load(Shop shop, CountDownLatch begun, AtomicBoolean over) throws Exception {
        int calls = 0;
        while (!over.get()) {
            shop.pool.submit(() -> 1).get();
            shop.limiter.tryAcquire();
            shop.keyedLimiter.limiter("key" + calls % 100).tryAcquire();
            shop.batcher.call(calls);
            if (calls++ == 0) {
                begun.countDown();
            }
        }
        return calls;
    }

    private WeakReference<Object> comeAndGo(int i) {
        Object part;
        switch (i % 5) {
            case 0 -> {
                RateLimiter limiter = TokenBucket.builder(RATE).name(name(i)).build();
                limiter.tryAcquire();
                meters.add(limiter);
                part = limiter;
            }
            case 1 -> {
                KeyedRateLimiter<String> limiter =
                        KeyedRateLimiter.<String>builder(RATE).name(name(i)).build();
                limiter.limiter("key").tryAcquire();
                meters.add(limiter);
                part = limiter;
            }
            case 2 -> {
                ResizableSemaphore semaphore = ResizableSemaphore.fair(1).named(name(i));
                meters.add(semaphore);
                part = semaphore;
            }
            case 3 -> {
                RetryBudget budget = RetryBudget.tokens(10, 1).named(name(i));
                meters.add(budget);
                part = budget;
            }
            default -> {
                Hedge hedge = Hedge.after(Duration.ofSeconds(1)).name(name(i)).build();
                meters.add(hedge);
                part = hedge;
            }
        }
        if (i % 3 == 0) {
            assertTrue(meters.remove(part));
        }
        return new WeakReference<>(part);
    }

    /** Of a hundred names some come again while the part before is still there. */
    private static String name(int i) {
        return i % 7 == 0 ? "passing-" + i % 100 : "passing-" + i;
    }
}
