package dev.weir.micrometer;

import static dev.weir.testkit.Eventually.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.sync.ResizableSemaphore;
import io.micrometer.core.instrument.Tag;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Prometheus gets from an HTTP endpoint what the parts have done. */
class PrometheusTest {
    private final Shop shop = new Shop();
    private Scrape.Endpoint endpoint;
    private Scrape scrape;

    @BeforeEach
    void trade() throws Exception {
        endpoint = new Scrape.Endpoint(MeterNamesTest.bound(shop));
        endpoint.get().samples().values().forEach(value -> assertTrue(value >= 0, () -> "before: " + value));
        shop.trade();
        await().until(() -> shop.pool.metrics().active() == 0); // which measures a run after its future is complete
        scrape = endpoint.get();
    }

    @AfterEach
    void close() {
        endpoint.close();
        shop.close();
    }

    private void is(double expected, String sample) {
        assertEquals(expected, scrape.value(sample), 1e-9, sample);
    }

    @Test
    void of_a_pool() {
        is(5, "weir_pool_submitted_tasks_total{pool=orders}");
        is(4, "weir_pool_tasks_total{outcome=succeeded, pool=orders}");
        is(1, "weir_pool_tasks_total{outcome=failed, pool=orders}");
        is(0, "weir_pool_tasks_total{outcome=rejected, pool=orders}");
        is(0, "weir_pool_queue_size_tasks{pool=orders}");
        is(shop.pool.metrics().workers(), "weir_pool_workers_threads{pool=orders}");
        is(shop.pool.metrics().queueTime().samples(), "weir_pool_queue_time_seconds_count{pool=orders}");
        is(seconds(shop.pool.metrics().runTime().total()), "weir_pool_run_time_seconds_sum{pool=orders}");
        is(
                seconds(shop.pool.metrics().runTime().p99()),
                "weir_pool_run_time_percentile_seconds{phi=0.99, pool=orders}");
        is(seconds(shop.pool.metrics().runTime().max()), "weir_pool_run_time_max_seconds{pool=orders}");
    }

    private static double seconds(Duration duration) {
        return duration.toNanos() / 1e9;
    }

    @Test
    void of_a_keyed_executor() {
        is(2, "weir_keyed_executor_submitted_tasks_total{executor=accounts}");
        is(1, "weir_keyed_executor_tasks_total{executor=accounts, outcome=succeeded}");
        is(1, "weir_keyed_executor_tasks_total{executor=accounts, outcome=failed}");
        is(0, "weir_keyed_executor_running_tasks{executor=accounts}");
    }

    @Test
    void of_semaphores() {
        is(1, "weir_semaphore_permits_total{outcome=acquired, semaphore=connections}");
        is(3, "weir_semaphore_permits_total{outcome=rejected, semaphore=connections}");
        is(1, "weir_semaphore_held_permits{semaphore=connections}");
        is(3, "weir_semaphore_size_permits{semaphore=connections}");
        is(1, "weir_keyed_semaphore_permits_total{outcome=acquired, semaphore=tenants}");
        is(1, "weir_keyed_semaphore_permits_total{outcome=rejected, semaphore=tenants}");
        is(1, "weir_keyed_semaphore_keys{semaphore=tenants}");
        is(1, "weir_adaptive_limit_permits_total{limit=search, outcome=acquired}");
        is(1, "weir_adaptive_limit_settled_permits_total{limit=search, outcome=succeeded}");
        is(shop.adaptive.limit(), "weir_adaptive_limit_size_permits{limit=search}");
    }

    @Test
    void of_limiters() {
        is(2, "weir_limiter_permits_total{limiter=api, outcome=admitted}");
        is(3, "weir_limiter_permits_total{limiter=api, outcome=rejected}");
        is(0, "weir_limiter_available_permits{limiter=api}");
        is(3, "weir_keyed_limiter_permits_total{limiter=users, outcome=admitted}");
        is(3, "weir_keyed_limiter_permits_total{limiter=users, outcome=rejected}");
        is(2, "weir_keyed_limiter_keys{limiter=users}");
        is(1, "weir_limiter_permits_total{limiter=fleet, outcome=admitted}");
        is(1, "weir_limiter_remote_trips_calls_total{limiter=fleet}");
        is(0, "weir_limiter_remote_unavailable{limiter=fleet}");
        is(2, "weir_keyed_limiter_permits_total{limiter=fleet-users, outcome=admitted}");
        is(2, "weir_keyed_limiter_remote_trips_calls_total{limiter=fleet-users}");
    }

    @Test
    void of_retries() {
        is(2, "weir_retry_calls_total{retry=payments}");
        is(4, "weir_retry_retries_attempts_total{cause=failure, retry=payments}");
        is(0, "weir_retry_retries_attempts_total{cause=timeout, retry=payments}");
        is(1, "weir_retry_gave_up_calls_total{reason=exhausted, retry=payments}");
        is(0, "weir_retry_gave_up_calls_total{reason=budget, retry=payments}");
        is(4, "weir_retry_delay_seconds_count{retry=payments}");
        is(0.4, "weir_retry_delay_seconds_sum{retry=payments}");
        is(4, "weir_retry_budget_requests_attempts_total{budget=payments, outcome=paid}");
        is(shop.budget.metrics().available(), "weir_retry_budget_available_tokens{budget=payments}");
        is(1, "weir_hedge_calls_total{hedge=reads}");
        is(0, "weir_hedge_won_attempts_total{hedge=reads}");
    }

    @Test
    void of_channels() {
        is(2, "weir_channel_sent_elements_total{channel=jobs}");
        is(1, "weir_channel_elements_total{channel=jobs, outcome=received}");
        is(0, "weir_channel_elements_total{channel=jobs, outcome=dropped}");
        is(1, "weir_channel_size_elements{channel=jobs}");
        is(2, "weir_channel_capacity_elements{channel=jobs}");
        is(0, "weir_channel_senders_blocked_threads{channel=jobs}");
    }

    @Test
    void of_pipelines() {
        is(3, "weir_pipeline_stage_in_elements_total{pipeline=import, stage=valid}");
        is(1, "weir_pipeline_stage_elements_total{outcome=filtered, pipeline=import, stage=valid}");
        is(2, "weir_pipeline_stage_elements_total{outcome=out, pipeline=import, stage=valid}");
        is(2, "weir_pipeline_stage_in_elements_total{pipeline=import, stage=store}");
        is(
                seconds(shop.pipeline.metrics().get(2).busy()),
                "weir_pipeline_stage_time_seconds_total{pipeline=import, stage=store, state=busy}");
        is(2, "weir_batcher_items_total{batcher=rows, outcome=succeeded}");
        is(2, "weir_batcher_bulk_calls_total{batcher=rows}");
    }

    @Test
    void parts_of_one_kind_may_have_different_tags() throws Exception {
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        registry.throwExceptionOnRegistrationFailure();
        ResizableSemaphore west = ResizableSemaphore.fair(7).named("connections");
        new WeirMeters().add(shop.semaphore).add(west, Tag.of("region", "west")).bindTo(registry);
        try (var other = new Scrape.Endpoint(registry)) {
            scrape = other.get();
        }
        is(3, "weir_semaphore_size_permits{semaphore=connections}");
        is(7, "weir_semaphore_size_permits{region=west, semaphore=connections}");
    }
}
