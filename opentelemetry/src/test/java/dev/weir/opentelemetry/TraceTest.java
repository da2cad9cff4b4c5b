package dev.weir.opentelemetry;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.channel.Channel;
import dev.weir.core.ThrowingSupplier;
import dev.weir.core.context.ContextCarrier;
import dev.weir.core.fanout.FanOut;
import dev.weir.pipeline.Carried;
import dev.weir.pipeline.Pipeline;
import dev.weir.pipeline.RunningPipeline;
import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.RateLimiter;
import dev.weir.ratelimit.TokenBucket;
import dev.weir.retry.Backoff;
import dev.weir.retry.Hedge;
import dev.weir.retry.Retry;
import dev.weir.retry.RetryPolicy;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Scope;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A request passes a limiter, a retry, a hedge, a fan-out and a pipeline: one trace, whose spans nest as the calls do.
 */
class TraceTest {
    private final InMemorySpanExporter exporter = InMemorySpanExporter.create();
    private final SdkTracerProvider provider = SdkTracerProvider.builder()
            .addSpanProcessor(SimpleSpanProcessor.create(exporter))
            .build();
    private final Tracer tracer = provider.get("test");

    private final RateLimiter limiter =
            TokenBucket.builder(Rate.perSecond(1_000)).build();
    private final Retry retry = Retry.of(
            RetryPolicy.builder().backoff(Backoff.fixed(Duration.ofMillis(1))).build());
    private final Hedge hedge = Hedge.after(Duration.ofMillis(1)).build();
    private final Channel<Carried<Integer>> results = Channel.bounded(8);

    @BeforeEach
    void carryTraces() {
        ContextCarrier.setDefaults(ContextCarrier.mdc(), OpenTelemetryCarrier.instance());
    }

    @AfterEach
    void carryTheDefault() {
        ContextCarrier.setDefaults(ContextCarrier.mdc());
        provider.close();
    }

    private <T> T span(String name, ThrowingSupplier<T, ?> work) {
        Span span = tracer.spanBuilder(name).startSpan();
        try (Scope scope = span.makeCurrent()) {
            return work.get();
        } catch (Throwable failure) {
            throw new CompletionException(failure);
        } finally {
            span.end();
        }
    }

    @Test
    void every_span_has_the_parent_that_its_call_has() throws Exception {
        RunningPipeline running = Pipeline.fromCarried(results)
                .mapParallel("parse", 2, i -> span("parse " + i, () -> i))
                .to("store", i -> span("store " + i, () -> i))
                .start();

        CompletableFuture<List<Integer>> answer = span("request", this::request);
        assertEquals(List.of(1, 2), answer.get());
        results.close();
        running.awaitCompletion();

        assertEquals(
                new TreeMap<>(Map.ofEntries(
                        Map.entry("request", "none"),
                        Map.entry("permitted", "request"),
                        Map.entry("attempt 1", "permitted"),
                        Map.entry("attempt 2", "permitted"),
                        Map.entry("hedge 2", "attempt 2"),
                        Map.entry("item 1", "hedge 2"),
                        Map.entry("item 2", "hedge 2"),
                        Map.entry("parse 1", "item 1"),
                        Map.entry("parse 2", "item 2"),
                        Map.entry("store 1", "item 1"),
                        Map.entry("store 2", "item 2"))),
                parents());
    }

    private CompletableFuture<List<Integer>> request() {
        limiter.pauseFor(Duration.ofMinutes(1)); // so that the request has to wait
        CompletableFuture<List<Integer>> answer =
                limiter.acquireAsync(1).thenCompose(granted -> span("permitted", this::attempts));
        limiter.resume();
        return answer;
    }

    private CompletableFuture<List<Integer>> attempts() {
        return retry.callAsyncWithAttempt(attempt -> span("attempt " + attempt.number(), () -> {
            if (attempt.number() == 1) {
                throw new IOException("planned");
            }
            return hedges();
        }));
    }

    /** The first attempt never answers. */
    private CompletableFuture<List<Integer>> hedges() {
        AtomicInteger number = new AtomicInteger();
        return hedge.callAsync(() -> number.incrementAndGet() == 1
                ? new CompletableFuture<>()
                : CompletableFuture.completedFuture(span("hedge 2", this::items)));
    }

    private List<Integer> items() throws Exception {
        return FanOut.over(List.of(1, 2))
                .map(i -> span("item " + i, () -> {
                    results.send(Carried.of(i));
                    return i;
                }));
    }

    /** Of each span, by its name, the name of its parent. */
    private Map<String, String> parents() {
        List<SpanData> spans = exporter.getFinishedSpanItems();
        Map<String, String> names = spans.stream().collect(Collectors.toMap(SpanData::getSpanId, SpanData::getName));
        Set<String> traces = new HashSet<>();
        Map<String, String> parents = new TreeMap<>();
        for (SpanData span : spans) {
            traces.add(span.getTraceId());
            parents.put(span.getName(), names.getOrDefault(span.getParentSpanId(), "none"));
        }
        assertEquals(1, traces.size(), "all spans are of one trace");
        return parents;
    }
}
