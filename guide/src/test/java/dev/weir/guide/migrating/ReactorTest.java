package dev.weir.guide.migrating;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.channel.Channel;
import dev.weir.core.fanout.FanOut;
import dev.weir.pipeline.Pipeline;
import dev.weir.retry.Backoff;
import dev.weir.retry.Retry;
import dev.weir.retry.RetryPolicy;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.adapter.JdkFlowAdapter;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

@Timeout(60)
class ReactorTest {
    private static List<String> allReactor(List<String> keys) {
        // @start region="all-reactor"
        return Flux.fromIterable(keys)
                .flatMapSequential(
                        key -> Mono.fromCallable(() -> Calls.lookup(key))
                                .subscribeOn(Schedulers.boundedElastic())
                                .timeout(Duration.ofSeconds(10)),
                        8)
                .collectList()
                .block();
        // @end
    }

    private static List<String> all(List<String> keys) throws IOException, InterruptedException {
        // @start region="all"
        return FanOut.over(keys)
                .concurrency(8)
                .timeoutEach(Duration.ofSeconds(10))
                .map(key -> Calls.lookup(key));
        // @end
    }

    private static String retryReactor(Calls.Api api) {
        // @start region="retry-reactor"
        return Mono.fromCallable(() -> api.get())
                .retryWhen(reactor.util.retry.Retry.backoff(3, Duration.ofMillis(10))
                        .maxBackoff(Duration.ofSeconds(5))
                        .filter(failure -> failure instanceof IOException))
                .block();
        // @end
    }

    private static String retry(Calls.Api api) throws IOException, InterruptedException {
        // @start region="retry"
        Retry retry = Retry.of(RetryPolicy.builder()
                .maxAttempts(4) // the first and three retries
                .backoff(Backoff.exponential(Duration.ofMillis(10), 2)
                        .withCap(Duration.ofSeconds(5))
                        .withProportionalJitter(0.5))
                .retryOn(IOException.class)
                .build());
        return retry.call(() -> api.get());
        // @end
    }

    private static List<Integer> stagesReactor(List<String> keys) {
        List<Integer> store = new ArrayList<>();
        // @start region="stages-reactor"
        Flux.fromIterable(keys)
                .flatMap(key -> Mono.fromCallable(() -> Calls.lookup(key)).subscribeOn(Schedulers.boundedElastic()), 5)
                .map(String::length)
                .bufferTimeout(50, Duration.ofMillis(200))
                .doOnNext(store::addAll)
                .blockLast();
        // @end
        return store;
    }

    private static List<Integer> stages(List<String> keys) throws InterruptedException {
        List<Integer> store = new ArrayList<>();
        // @start region="stages"
        Pipeline.from(keys)
                .mapParallel("lookup", 5, key -> Calls.lookup(key))
                .map("length", String::length)
                .batch(50, Duration.ofMillis(200))
                .to("store", store::addAll)
                .start()
                .awaitCompletion();
        // @end
        return store;
    }

    @Test
    void both_sides_do_the_same() throws Exception {
        assertEquals(allReactor(List.of("a", "b")), all(List.of("a", "b")));
        assertEquals(retryReactor(Calls.failing(3)), retry(Calls.failing(3)));
        assertEquals(stagesReactor(List.of("a", "b")), stages(List.of("a", "b")));
    }

    @Test
    void a_flux_is_iterated_and_a_channel_is_a_flux() throws Exception {
        List<Integer> seen = new ArrayList<>();
        Flux<Integer> flux = Flux.range(0, 100);
        // @start region="bridge"
        Channel<Integer> channel = Channel.bounded(16);
        JdkFlowAdapter.publisherToFlowPublisher(flux).subscribe(channel.asSubscriber(16));
        for (int number : channel) { // asks for more as it goes
            seen.add(number);
        }

        Channel<Integer> numbers = Channel.bounded(16);
        Flux<Integer> back = JdkFlowAdapter.flowPublisherToFlux(numbers.asPublisher());
        // @end
        assertEquals(100, seen.size());
        numbers.send(1);
        numbers.close();
        assertEquals(List.of(1), back.collectList().block());
    }
}
