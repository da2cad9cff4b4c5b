package dev.weir.spring;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What is set below {@code weir}. The descriptions of the parameters are those that an editor shows.
 *
 * @param pools Worker pools by name.
 * @param rateLimiters Rate limiters by name.
 * @param retries Retries by name.
 * @param hedges Hedges by name.
 * @param semaphores Semaphores by name.
 * @param redis The server of the rate limiters that are kept in Redis.
 * @param context What goes along with the work that is handed to a part.
 * @param taskExecutor Name of the pool that is the executor of Spring's own asynchronous work, in place of the one of
 *     Spring Boot; none by default.
 */
@ConfigurationProperties("weir")
record WeirProperties(
        @DefaultValue Map<String, Pool> pools,
        @DefaultValue Map<String, Limiter> rateLimiters,
        @DefaultValue Map<String, Repeat> retries,
        @DefaultValue Map<String, Hedged> hedges,
        @DefaultValue Map<String, Permits> semaphores,
        @DefaultValue Redis redis,
        @DefaultValue Context context,
        @Nullable String taskExecutor) {
    static final String PREFIX = "weir";

    /** What a pool does with a task that finds it full. */
    enum FullPool {
        BLOCK,
        CALLER_RUNS,
        REJECT,
        DISCARD_OLDEST
    }

    /** How the delays of a retry are spread. */
    enum Jitter {
        NONE,
        FULL,
        EQUAL,
        DECORRELATED
    }

    /** What a limiter does while Redis does not answer. */
    enum Outage {
        REFUSE,
        ADMIT,
        LOCAL_SHARE
    }

    /**
     * A worker pool.
     *
     * @param minWorkers Number of workers that stay when they are idle.
     * @param maxWorkers Highest number of workers; one per processor by default.
     * @param keepAlive How long a worker above the minimum may be idle before it ends.
     * @param queueCapacity Number of tasks that may wait for a worker; 0 hands each task directly to a worker.
     * @param saturation What happens to a task when all workers are busy and the queue is full.
     * @param saturationTimeout How long a submitter waits at most for room, with saturation block; without bound by
     *     default.
     * @param virtualWorkers Whether the workers are virtual threads.
     * @param queueTimeout How long a task may wait for a worker; without bound by default.
     * @param runTimeout How long a task may run; without bound by default.
     * @param slowTaskThreshold From when on a task is logged as slow; never by default.
     * @param stallThreshold From when on a pool that does not begin any queued task is logged.
     * @param closeTimeout How long the end of the application waits for the tasks of the pool. Keep it below
     *     spring.lifecycle.timeout-per-shutdown-phase.
     * @param phase Phase in which the pool is shut down; by default that of Spring's own executors, after the web
     *     server.
     */
    record Pool(
            @DefaultValue("0") int minWorkers,
            @Nullable Integer maxWorkers,
            @DefaultValue("1m") Duration keepAlive,
            @DefaultValue("1024") int queueCapacity,
            @DefaultValue("block") FullPool saturation,
            @Nullable Duration saturationTimeout,
            @DefaultValue("false") boolean virtualWorkers,
            @Nullable Duration queueTimeout,
            @Nullable Duration runTimeout,
            @Nullable Duration slowTaskThreshold,
            @DefaultValue("10s") Duration stallThreshold,
            @DefaultValue("25s") Duration closeTimeout,
            @DefaultValue("" + Integer.MAX_VALUE / 2) int phase) {
        int mostWorkers() {
            return maxWorkers == null ? Runtime.getRuntime().availableProcessors() : maxWorkers;
        }

        /** Those that can be changed while the application runs, as in another. */
        Pool withSizesOf(Pool other) {
            return new Pool(
                    other.minWorkers,
                    other.maxWorkers,
                    keepAlive,
                    other.queueCapacity,
                    saturation,
                    saturationTimeout,
                    virtualWorkers,
                    queueTimeout,
                    runTimeout,
                    slowTaskThreshold,
                    stallThreshold,
                    closeTimeout,
                    phase);
        }
    }

    /**
     * A rate limiter.
     *
     * @param permits Number of permits per period.
     * @param period Period in which that number of permits grows.
     * @param burst Number of permits that are saved up while nobody asks; those of a period by default. 1 spaces
     *     permits evenly.
     * @param keyed Whether there is a limit for each key.
     * @param maxKeys Number of keys that have a bucket at most.
     * @param maxWaiters Number of requests that may wait at once; without bound by default.
     * @param jitter By how much requests that waited are delayed further at most, at random.
     * @param redis Whether the permits are kept in Redis, for all instances of the application together.
     * @param redisKey Key in Redis, or prefix of the keys if the limiter is keyed; weir:, the name of the limiter, and
     *     a colon by default.
     * @param timeout How long Redis may take to answer.
     * @param onOutage What happens while Redis does not answer.
     * @param nodes Number of instances that share the rate while Redis does not answer, with on-outage local-share.
     */
    record Limiter(
            @DefaultValue("0") long permits,
            @DefaultValue("1s") Duration period,
            @Nullable Long burst,
            @DefaultValue("false") boolean keyed,
            @DefaultValue("1000000") int maxKeys,
            @Nullable Integer maxWaiters,
            @DefaultValue("0s") Duration jitter,
            @DefaultValue("false") boolean redis,
            @Nullable String redisKey,
            @DefaultValue("500ms") Duration timeout,
            @DefaultValue("refuse") Outage onOutage,
            @DefaultValue("1") int nodes) {
        /** Those that can be changed while the application runs, as in another. */
        Limiter withRateOf(Limiter other) {
            return new Limiter(
                    other.permits,
                    other.period,
                    other.burst,
                    keyed,
                    maxKeys,
                    maxWaiters,
                    jitter,
                    redis,
                    redisKey,
                    timeout,
                    onOutage,
                    nodes);
        }
    }

    /**
     * A retry.
     *
     * @param maxAttempts Number of attempts, the first one included.
     * @param maxDuration How long all attempts and delays may take; without bound by default.
     * @param attemptTimeout How long an attempt may take; without bound by default.
     * @param delay Delay before the second attempt.
     * @param multiplier By what each further delay is longer than the one before; 1 keeps them equal.
     * @param maxDelay Longest delay.
     * @param jitter How delays are spread at random.
     * @param retryOn Exceptions that are retried; all by default.
     * @param abortOn Exceptions that are not retried.
     * @param budget What share of the calls may be retried, for instance 0.1; without bound by default.
     * @param budgetFloor Number of retries that each second allows besides the budget.
     */
    record Repeat(
            @DefaultValue("3") int maxAttempts,
            @Nullable Duration maxDuration,
            @Nullable Duration attemptTimeout,
            @DefaultValue("100ms") Duration delay,
            @DefaultValue("2") double multiplier,
            @DefaultValue("10s") Duration maxDelay,
            @DefaultValue("full") Jitter jitter,
            @DefaultValue List<Class<? extends Throwable>> retryOn,
            @DefaultValue List<Class<? extends Throwable>> abortOn,
            @Nullable Double budget,
            @DefaultValue("1") int budgetFloor) {}

    /**
     * A hedge.
     *
     * @param delay How long the first attempt may take before another one is made.
     * @param percentile Percentile of the latest attempts after which another one is made, for instance 95; delay is
     *     that until there are enough of them. Without it, delay is used always.
     * @param maxAttempts Number of attempts, the first one included.
     * @param budget What share of the calls may be hedged, for instance 0.1; without bound by default.
     * @param budgetFloor Number of hedges that each second allows besides the budget.
     */
    record Hedged(
            @DefaultValue("0s") Duration delay,
            @Nullable Double percentile,
            @DefaultValue("2") int maxAttempts,
            @Nullable Double budget,
            @DefaultValue("1") int budgetFloor) {}

    /**
     * A semaphore.
     *
     * @param permits Number of permits, of each key if the semaphore is keyed.
     * @param fair Whether permits go to those that wait in their order.
     * @param keyed Whether there are permits for each key.
     */
    record Permits(
            @DefaultValue("0") int permits,
            @DefaultValue("true") boolean fair,
            @DefaultValue("false") boolean keyed) {
        /** Those that can be changed while the application runs, as in another. */
        Permits withSizeOf(Permits other) {
            return keyed ? this : new Permits(other.permits, fair, false);
        }
    }

    /**
     * The Redis server.
     *
     * @param uri Address of the server, as Lettuce has it, for instance redis://localhost:6379. Not needed if there is
     *     a bean of the type StatefulRedisConnection for strings.
     */
    record Redis(@Nullable String uri) {}

    /**
     * What goes along with work.
     *
     * @param propagation Whether the parts carry what is registered with Micrometer's context-propagation, such as the
     *     current trace, besides the MDC. It holds for the whole process, and needs weir-micrometer.
     */
    record Context(@DefaultValue("false") boolean propagation) {}
}
