package dev.weir.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.testkit.Call;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.test.util.AopTestUtils;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;

class ConcurrencyLimitedTest {
    static class Service {
        final CountDownLatch begun = new CountDownLatch(1);
        final CountDownLatch ended = new CountDownLatch(1);
        final AtomicInteger calls = new AtomicInteger();

        @ConcurrencyLimited("reports")
        public void blocking() throws InterruptedException {
            begun.countDown();
            ended.await();
        }

        @ConcurrencyLimited("reports")
        public CompletableFuture<String> stage(CompletableFuture<String> result) {
            return result;
        }

        @ConcurrencyLimited(value = "reports", maxWait = "forever")
        public CompletableFuture<String> patient(CompletableFuture<String> result) {
            return result;
        }

        @ConcurrencyLimited("reports")
        public CompletableFuture<String> broken() {
            throw new IllegalStateException("broken");
        }

        @ConcurrencyLimited("reports")
        public Mono<String> mono(CompletableFuture<String> result) {
            return Mono.fromFuture(result);
        }

        @ConcurrencyLimited(value = "tenants", key = "#tenant")
        public CompletableFuture<String> keyed(String tenant, CompletableFuture<String> result) {
            return result;
        }

        @RateLimited("many")
        @ConcurrencyLimited(value = "reports", maxWait = "forever")
        public Mono<String> countedMono(CompletableFuture<String> result) {
            calls.incrementAndGet();
            return Mono.fromFuture(result, true);
        }

        @RateLimited("many")
        @ConcurrencyLimited(value = "reports", maxWait = "forever")
        public CompletableFuture<String> countedStage(CompletableFuture<String> result) {
            calls.incrementAndGet();
            return result.copy();
        }

        @ConcurrencyLimited("reports")
        public Flux<String> flux(CompletableFuture<String> result) {
            return Flux.from(Mono.fromFuture(result));
        }

        @RateLimited("api")
        @ConcurrencyLimited("reports")
        public CompletableFuture<String> both(CompletableFuture<String> result) {
            return result;
        }
    }

    private static final int SUBSCRIBERS = 4;
    private static final int EACH = 500;
    private static final int MANY = 10 * SUBSCRIBERS * EACH;

    private static final ApplicationContextRunner RUNNER = Contexts.plain(
                    "weir.semaphores.reports.permits=1",
                    "weir.semaphores.tenants.permits=1",
                    "weir.semaphores.tenants.keyed=true",
                    "weir.rate-limiters.api.permits=1",
                    "weir.rate-limiters.api.period=1h",
                    "weir.rate-limiters.many.permits=" + MANY,
                    "weir.rate-limiters.many.period=1000d")
            .withBean(Service.class);

    private interface Use {
        void of(Service service, WeirRegistry registry) throws Exception;
    }

    private static void run(Use use) {
        RUNNER.run(context -> use.of(context.getBean(Service.class), context.getBean(WeirRegistry.class)));
    }

    @Test
    void a_call_beyond_the_permits_is_refused() throws Exception {
        run((service, registry) -> {
            Thread caller = Thread.ofPlatform().start(() -> {
                try {
                    service.blocking();
                } catch (InterruptedException impossible) {
                    throw new AssertionError(impossible);
                }
            });
            Service target = (Service) AopTestUtils.getTargetObject(service);
            target.begun.await();
            assertThatThrownBy(service::blocking)
                    .isInstanceOf(ConcurrencyLimitExceededException.class)
                    .hasMessage("all permits of the semaphore reports are held");
            target.ended.countDown();
            caller.join();
            service.blocking();
            assertThat(registry.semaphore("reports").available()).isEqualTo(1);
        });
    }

    @Test
    void a_stage_holds_its_permit_until_it_is_complete() {
        run((service, registry) -> {
            CompletableFuture<String> result = new CompletableFuture<>();
            CompletableFuture<String> first = service.stage(result);
            assertThat(registry.semaphore("reports").available()).isZero();
            assertThat(service.stage(result)).isCompletedExceptionally();
            CompletableFuture<String> waiting = service.patient(result);
            assertThat(waiting).isNotDone();
            result.complete("done");
            assertThat(first.get()).isEqualTo("done");
            assertThat(waiting.get()).isEqualTo("done");
            assertThat(registry.semaphore("reports").available()).isEqualTo(1);
        });
    }

    @Test
    void a_method_that_throws_gives_its_permit_back() {
        run((service, registry) -> {
            assertThat(service.broken()).isCompletedExceptionally();
            assertThat(registry.semaphore("reports").available()).isEqualTo(1);
        });
    }

    @Test
    void a_stage_that_is_cancelled_cancels_that_of_the_method_and_gives_its_permit_back() {
        run((service, registry) -> {
            CompletableFuture<String> result = new CompletableFuture<>();
            service.stage(result).cancel(true);
            assertThat(result).isCancelled();
            assertThat(registry.semaphore("reports").available()).isEqualTo(1);
        });
    }

    @Test
    void a_publisher_holds_its_permit_until_it_ends_or_is_cancelled() {
        run((service, registry) -> {
            CompletableFuture<String> result = new CompletableFuture<>();
            Mono<String> mono = service.mono(result);
            Disposable first = mono.subscribe();
            assertThat(registry.semaphore("reports").available()).isZero();
            assertThatThrownBy(mono::block).isInstanceOf(ConcurrencyLimitExceededException.class);
            first.dispose();
            assertThat(registry.semaphore("reports").available()).isEqualTo(1);
        });
    }

    @Test
    void each_key_has_permits_of_its_own() {
        run((service, registry) -> {
            CompletableFuture<String> result = new CompletableFuture<>();
            service.keyed("ann", result);
            assertThat(service.keyed("ann", result)).isCompletedExceptionally();
            assertThat(service.keyed("bob", result)).isNotDone();
            result.complete("done");
            assertThat(registry.keyedSemaphore("tenants").activeKeys()).isZero();
        });
    }

    @Test
    void a_refusal_by_the_semaphore_refunds_the_rate() {
        run((service, registry) -> {
            CompletableFuture<String> result = new CompletableFuture<>();
            service.stage(result);
            assertThat(service.both(result)).isCompletedExceptionally();
            assertThat(registry.rateLimiter("api").metrics().available()).isEqualTo(1);
            result.complete("done");
            assertThat(service.both(result).get()).isEqualTo("done");
        });
    }

    @Test
    void who_sees_a_publisher_end_finds_its_permit_free() {
        run((service, registry) -> {
            CompletableFuture<String> done = CompletableFuture.completedFuture("done");
            List<Integer> free = new ArrayList<>();
            service.mono(done)
                    .doOnSuccess(value -> free.add(registry.semaphore("reports").available()))
                    .block();
            service.flux(done)
                    .doOnComplete(() -> free.add(registry.semaphore("reports").available()))
                    .blockLast();
            assertThat(free).containsExactly(1, 1);
        });
    }

    /** What is begun is cancelled at any time, while it waits, is granted, or is called. */
    private static void cancelAtAnyTime(Supplier<Runnable> begun) throws InterruptedException {
        List<Thread> subscribers = new ArrayList<>();
        for (int i = 0; i < SUBSCRIBERS; i++) {
            subscribers.add(Thread.ofPlatform().start(() -> {
                for (int j = 0; j < EACH; j++) {
                    Runnable cancel = begun.get();
                    for (int spin = ThreadLocalRandom.current().nextInt(200); spin > 0; spin--) {
                        Thread.onSpinWait();
                    }
                    cancel.run();
                }
            }));
        }
        for (Thread subscriber : subscribers) {
            subscriber.join();
        }
    }

    private static void assertNothingIsLost(Service service, WeirRegistry registry) {
        // Those that were cancelled while they waited undo in their own threads.
        Call.until(() -> registry.semaphore("reports").available() == 1);
        // One whose entry was just granted when it was cancelled may call a moment later.
        AtomicInteger calls = ((Service) AopTestUtils.getTargetObject(service)).calls;
        Call.until(() -> registry.rateLimiter("many").metrics().available() == MANY - calls.get());
        assertThat(registry.semaphore("reports").tryAcquire()).isTrue();
    }

    @Test
    void no_permit_is_lost_when_subscriptions_are_cancelled_at_any_time() throws Exception {
        Queue<Throwable> dropped = new ConcurrentLinkedQueue<>();
        Hooks.onErrorDropped(dropped::add);
        try {
            run((service, registry) -> {
                CompletableFuture<String> never = new CompletableFuture<>();
                cancelAtAnyTime(() -> service.countedMono(never).subscribe()::dispose);
                assertNothingIsLost(service, registry);
            });
        } finally {
            Hooks.resetOnErrorDropped();
        }
        assertThat(dropped).isEmpty();
    }

    @Test
    void no_permit_is_lost_when_stages_are_cancelled_at_any_time() throws Exception {
        run((service, registry) -> {
            CompletableFuture<String> never = new CompletableFuture<>();
            cancelAtAnyTime(() -> {
                CompletableFuture<String> stage = service.countedStage(never);
                return () -> stage.cancel(true);
            });
            assertNothingIsLost(service, registry);
        });
    }
}
