package dev.weir.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.core.time.ManualTimeSource;
import dev.weir.ratelimit.RateLimiter;
import dev.weir.testkit.Call;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.test.util.AopTestUtils;
import reactor.core.Disposable;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

class RateLimitedTest {
    record Request(String userId) {}

    static class Service {
        final AtomicInteger calls = new AtomicInteger();

        @RateLimited("api")
        public int blocking() {
            return calls.incrementAndGet();
        }

        @RateLimited(value = "api", permits = 2)
        public int two() {
            return calls.incrementAndGet();
        }

        @RateLimited(value = "users", key = "#request.userId")
        public String keyed(Request request) {
            return request.userId();
        }

        @RateLimited("api")
        @RateLimited(value = "users", key = "#user")
        public int both(String user) {
            return calls.incrementAndGet();
        }

        @RateLimited(value = "api", maxWait = "forever")
        public int patient() {
            return calls.incrementAndGet();
        }

        @RateLimited(value = "api", maxWait = "forever")
        public int patientAndDeclared() throws InterruptedException {
            return calls.incrementAndGet();
        }

        @RateLimited(value = "api", maxWait = "${api.wait}")
        public int placeholder() {
            return calls.incrementAndGet();
        }

        @RateLimited("api")
        public CompletableFuture<Integer> future() {
            return CompletableFuture.completedFuture(calls.incrementAndGet());
        }

        @RateLimited(value = "api", maxWait = "forever")
        public CompletionStage<Integer> patientStage() {
            return CompletableFuture.completedFuture(calls.incrementAndGet());
        }

        @RateLimited("api")
        public CompletableFuture<Integer> failing() {
            return CompletableFuture.failedFuture(new IllegalStateException("broken"));
        }

        @RateLimited("api")
        public Mono<Integer> mono() {
            return Mono.just(calls.incrementAndGet());
        }

        @RateLimited(value = "api", maxWait = "forever")
        public Flux<Integer> patientFlux() {
            return Flux.just(calls.incrementAndGet(), 0);
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Application {
        @Bean
        Service service() {
            return new Service();
        }

        @Bean
        ManualTimeSource time() {
            return new ManualTimeSource();
        }
    }

    private static final ApplicationContextRunner RUNNER = Contexts.plain(
                    "weir.rate-limiters.api.permits=2",
                    "weir.rate-limiters.users.permits=1",
                    "weir.rate-limiters.users.keyed=true",
                    "api.wait=250ms")
            .withUserConfiguration(Application.class);

    private interface Use {
        void of(Service service, WeirRegistry registry, ManualTimeSource time) throws Exception;
    }

    private static void run(Use use) {
        RUNNER.run(context -> use.of(
                context.getBean(Service.class),
                context.getBean(WeirRegistry.class),
                context.getBean(ManualTimeSource.class)));
    }

    private static RateLimitExceededException refused(ThrowingCallable call) {
        AtomicReference<Throwable> seen = new AtomicReference<>();
        assertThatThrownBy(call).satisfies(seen::set);
        Throwable failure = seen.get() instanceof ExecutionException wrapped ? wrapped.getCause() : seen.get();
        assertThat(failure).isInstanceOf(RateLimitExceededException.class);
        return (RateLimitExceededException) failure;
    }

    @Test
    void a_call_that_gets_no_permit_is_refused_with_what_a_server_reports() {
        run((service, registry, time) -> {
            assertThat(service.blocking()).isEqualTo(1);
            assertThat(service.blocking()).isEqualTo(2);
            RateLimitExceededException refused = refused(service::blocking);
            assertThat(refused.limiter()).isEqualTo("api");
            assertThat(refused.decision().retryAfter()).isEqualTo(Duration.ofMillis(500));
            assertThat(refused.headers())
                    .containsEntry("Retry-After", "1")
                    .containsEntry("RateLimit", "\"api\";r=0;t=1")
                    .containsEntry("RateLimit-Policy", "\"api\";q=2;w=1");
            time.advance(Duration.ofMillis(500));
            assertThat(service.blocking()).isEqualTo(3);
        });
    }

    @Test
    void a_call_takes_as_many_permits_as_are_set() {
        run((service, registry, time) -> {
            service.two();
            refused(service::blocking);
        });
    }

    @Test
    void each_key_has_its_own_limit() {
        run((service, registry, time) -> {
            assertThat(service.keyed(new Request("ann"))).isEqualTo("ann");
            assertThat(service.keyed(new Request("bob"))).isEqualTo("bob");
            refused(() -> service.keyed(new Request("ann")));
            assertThatThrownBy(() -> service.keyed(new Request(null)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("#request.userId")
                    .hasMessageContaining("must not be null");
        });
    }

    @Test
    void of_several_limits_all_are_taken_or_none() {
        run((service, registry, time) -> {
            service.both("ann");
            refused(() -> service.both("ann"));
            assertThat(registry.rateLimiter("api").metrics().available()).isEqualTo(1);
            service.both("bob");
        });
    }

    @Test
    void a_call_waits_as_long_as_is_set() throws Exception {
        run((service, registry, time) -> {
            registry.rateLimiter("api").drain();
            refused(service::placeholder); // 250 ms are certainly not enough
            Call<Integer> caller = Call.thatWaits(service::patient);
            whenWaiting(registry);
            advanceUntil(time, caller::isDone);
            assertThat(caller.result()).isEqualTo(1);
        });
    }

    private static AtomicInteger calls(Service proxy) {
        return AopTestUtils.<Service>getTargetObject(proxy).calls;
    }

    private static void whenWaiting(WeirRegistry registry) {
        RateLimiter limiter = registry.rateLimiter("api");
        Call.until(() -> limiter.metrics().waiters() > 0);
    }

    /** At least by half a second; further in case that one came before the wait was set up. */
    private static void advanceUntil(ManualTimeSource time, BooleanSupplier ended) {
        time.advance(Duration.ofMillis(500));
        Call.until(() -> {
            time.advance(Duration.ofMillis(1));
            return ended.getAsBoolean();
        });
    }

    @Test
    void an_interrupt_ends_the_wait_and_takes_nothing() throws Exception {
        run((service, registry, time) -> {
            registry.rateLimiter("api").drain();
            Thread.currentThread().interrupt();
            assertThatThrownBy(service::patient)
                    .isInstanceOf(CancellationException.class)
                    .hasCauseInstanceOf(InterruptedException.class);
            assertThat(Thread.interrupted()).isTrue();
            Thread.currentThread().interrupt();
            assertThatThrownBy(service::patientAndDeclared).isInstanceOf(InterruptedException.class);
            assertThat(Thread.interrupted()).isFalse();
            assertThat(calls(service)).hasValue(0);
            time.advance(Duration.ofSeconds(1));
            assertThat(registry.rateLimiter("api").metrics().available()).isEqualTo(2);
        });
    }

    @Test
    void a_stage_fails_when_it_is_refused_and_the_caller_never_waits() {
        run((service, registry, time) -> {
            assertThat(service.future().get()).isEqualTo(1);
            assertThat(service.future().get()).isEqualTo(2);
            CompletableFuture<Integer> refused = service.future();
            assertThat(refused(refused::get).limiter()).isEqualTo("api");
            CompletionStage<Integer> waiting = service.patientStage();
            whenWaiting(registry);
            assertThat(waiting.toCompletableFuture()).isNotDone();
            advanceUntil(time, () -> waiting.toCompletableFuture().isDone());
            assertThat(waiting.toCompletableFuture().get()).isEqualTo(3);
        });
    }

    @Test
    void a_stage_fails_as_that_of_the_method_does() {
        run((service, registry, time) ->
                assertThatThrownBy(service.failing()::get).hasCauseInstanceOf(IllegalStateException.class));
    }

    @Test
    void a_stage_that_is_cancelled_leaves_the_line() {
        run((service, registry, time) -> {
            registry.rateLimiter("api").drain();
            CompletableFuture<Integer> waiting = service.patientStage().toCompletableFuture();
            whenWaiting(registry);
            waiting.cancel(true);
            Call.until(() -> registry.rateLimiter("api").metrics().waiters() == 0);
            time.advance(Duration.ofSeconds(1));
            assertThat(registry.rateLimiter("api").metrics().available()).isEqualTo(2);
            assertThat(calls(service)).hasValue(0);
        });
    }

    @Test
    void a_publisher_takes_a_permit_at_each_subscription() {
        run((service, registry, time) -> {
            Mono<Integer> mono = service.mono();
            assertThat(calls(service)).hasValue(0);
            assertThat(mono.block()).isEqualTo(1);
            assertThat(mono.block()).isEqualTo(2);
            refused(mono::block);
        });
    }

    @Test
    void a_publisher_waits_without_a_thread_of_the_subscriber() throws Exception {
        run((service, registry, time) -> {
            registry.rateLimiter("api").drain();
            CountDownLatch ended = new CountDownLatch(1);
            AtomicReference<List<Integer>> seen = new AtomicReference<>();
            service.patientFlux()
                    .collectList()
                    .doFinally(signal -> ended.countDown())
                    .subscribe(seen::set);
            whenWaiting(registry);
            assertThat(seen.get()).isNull();
            advanceUntil(time, () -> ended.getCount() == 0);
            assertThat(seen.get()).containsExactly(1, 0);
        });
    }

    @Test
    void a_subscription_that_is_cancelled_leaves_the_line() throws Exception {
        run((service, registry, time) -> {
            registry.rateLimiter("api").drain();
            Disposable subscription = service.patientFlux().subscribe();
            whenWaiting(registry);
            subscription.dispose();
            Call.until(() -> registry.rateLimiter("api").metrics().waiters() == 0);
            time.advance(Duration.ofSeconds(1));
            assertThat(registry.rateLimiter("api").metrics().available()).isEqualTo(2);
            assertThat(calls(service)).hasValue(0);
        });
    }

    /** Cancels between the grant of the permit, which is there, and the call of the method. */
    private static final class CancelsAtOnce extends BaseSubscriber<Integer> {
        @Override
        protected void hookOnSubscribe(Subscription subscription) {
            subscription.cancel();
        }
    }

    @Test
    void a_subscription_that_is_cancelled_before_the_call_gives_its_permit_back() {
        run((service, registry, time) -> {
            service.mono().subscribe(new CancelsAtOnce());
            service.patientFlux().subscribe(new CancelsAtOnce());
            assertThat(registry.rateLimiter("api").metrics().available()).isEqualTo(2);
            assertThat(calls(service)).hasValue(0);
            Mono<Integer> mono = service.mono();
            mono.block();
            mono.block();
            refused(mono::block);
        });
    }

    @RateLimited("api")
    public static class LimitedClass {
        public int limited() {
            return 1;
        }

        @RateLimited(value = "users", key = "#p0")
        public int itsOwn(String user) {
            return 1;
        }
    }

    @Test
    void an_annotation_of_a_class_is_for_its_methods_that_have_none() {
        RUNNER.withBean(LimitedClass.class).run(context -> {
            LimitedClass bean = context.getBean(LimitedClass.class);
            bean.limited();
            bean.limited();
            refused(bean::limited);
            bean.itsOwn("ann");
            refused(() -> bean.itsOwn("ann"));
        });
    }

    static class UnknownLimiter {
        @RateLimited("nothing")
        public void limited() {}
    }

    static class MissingKey {
        @RateLimited("users")
        public void limited() {}
    }

    static class WrongWait {
        @RateLimited(value = "api", maxWait = "long")
        public void limited() {}
    }

    static class WrongPermits {
        @RateLimited(value = "api", permits = 0)
        public void limited() {}
    }

    static class WrongExpression {
        @RateLimited(value = "users", key = "#user.(")
        public void limited() {}
    }

    @Test
    void what_an_annotation_says_wrong_fails_the_start() {
        fails(UnknownLimiter.class, "there is no rate limiter named nothing, but there are [api, users]");
        fails(MissingKey.class, "the rate limiter users has a limit for each key, and needs a key");
        fails(WrongWait.class, "maxWait must be a duration");
        fails(WrongPermits.class, "permits must be at least 1, but is 0");
        fails(WrongExpression.class, "#user.(");
    }

    private static void fails(Class<?> bean, String message) {
        RUNNER.withBean(bean)
                .run(context -> assertThat(context.getStartupFailure())
                        .hasMessageContaining("The limits of ")
                        .hasMessageContaining(message));
    }

    @Test
    void blocking_methods_are_limited_without_reactor() {
        Contexts.plain(
                        "weir.rate-limiters.api.permits=1",
                        "weir.rate-limiters.users.permits=1",
                        "weir.rate-limiters.users.keyed=true")
                .withBean(LimitedClass.class)
                .withClassLoader(new FilteredClassLoader("reactor", "org.reactivestreams"))
                .run(context -> {
                    assertThat(context).hasNotFailed();
                    assertThat(context.getBean(LimitedClass.class).limited()).isEqualTo(1);
                });
    }
}
