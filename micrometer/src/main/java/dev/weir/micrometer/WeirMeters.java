package dev.weir.micrometer;

import dev.weir.batch.Batcher;
import dev.weir.channel.Channel;
import dev.weir.core.internal.Abandoned;
import dev.weir.core.pool.WorkerPool;
import dev.weir.core.sync.AdaptiveLimit;
import dev.weir.core.sync.KeyedExecutor;
import dev.weir.core.sync.KeyedSemaphore;
import dev.weir.core.sync.ResizableSemaphore;
import dev.weir.core.time.TimeSource;
import dev.weir.pipeline.RunningPipeline;
import dev.weir.pipeline.StageMetrics;
import dev.weir.ratelimit.KeyedRateLimiter;
import dev.weir.ratelimit.RateLimiter;
import dev.weir.ratelimit.remote.KeyedRemoteRateLimiter;
import dev.weir.ratelimit.remote.RemoteRateLimiter;
import dev.weir.retry.Hedge;
import dev.weir.retry.Retry;
import dev.weir.retry.RetryBudget;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/**
 * Binds the metrics of parts to a registry of Micrometer: of one part, or of all parts of an application.
 *
 * {@snippet file="dev/weir/micrometer/MicrometerSnippets.java" region="meters"}
 *
 * <p>Parts may be added before and after the meters are bound, and to several registries. The meters are named
 * {@code weir.<kind>.<what>}, such as {@code weir.pool.queue.size}, and have the name of the part as a tag, such as
 * {@code pool="orders"}, besides those that {@code add} is given. They are what {@code metrics()} of the part has: its
 * counts are counters, its gauges are gauges, and its times are timers (their number and total) with gauges for the
 * percentiles and the longest since the start. The page <i>Meters</i> of the documentation lists them.
 *
 * <p><b>One name, one part.</b> In a registry, the meters of a kind, name and tags are those of the part that was added
 * last, also by another {@code WeirMeters}; the ones before lose theirs, as a part that is made again replaces its
 * predecessor. Parts of one name that live side by side need a tag that differs.
 *
 * <p><b>How long meters live.</b> Until {@link #remove} or {@link #close}, and no longer than the part: meters do not
 * keep it alive, and once it is garbage and the garbage collector has found it, they are removed. Until then, they stay
 * at the last values that were read. So add the part itself and not a view of it, such as one with a priority, which
 * may be garbage while the part is not. A part that is shut down or at its end keeps its meters, for the last scrape.
 *
 * <p><b>Values.</b> A scrape looks at each part once, so that its values are of one moment: a meter that is read for
 * the first time since that look gets what the other meters got, up to a tenth of a second later. One that is read for
 * the second time gets what is true then. Nothing is added to what the parts themselves do.
 *
 * <p><b>Thread-safety.</b> All methods are thread-safe. <b>Blocking.</b> A method waits for another thread that adds or
 * removes meters in the same registry, for no longer than the registry takes for that. <b>Interruption.</b> None:
 * nothing that is interrupted waits for long. <b>Fairness.</b> None. <b>Memory effects.</b> None: meters are read while
 * the parts work.
 */
public final class WeirMeters implements MeterBinder, AutoCloseable {
    /** A part that is garbage, or removed. Leads to no part, no registry, and not to the {@code WeirMeters}. */
    private record Removal(ConcurrentHashMap<Part.Place, Added> parts, Part<?> part) implements Runnable {
        @Override
        public void run() {
            part.end();
            parts.computeIfPresent(part.place(), (place, added) -> added.part == part ? null : added);
        }
    }

    private record Added(Part<?> part, Cleaner.Cleanable removal) {}

    private final TimeSource time;
    private final ReentrantLock lock = new ReentrantLock(); // so that each part is bound to each registry
    private final Set<MeterRegistry> registries = Collections.newSetFromMap(new WeakHashMap<>());
    private final ConcurrentHashMap<Part.Place, Added> parts = new ConcurrentHashMap<>();

    /** Creates one without parts. */
    public WeirMeters() {
        this(TimeSource.system());
    }

    WeirMeters(TimeSource time) {
        this.time = time;
    }

    // ---- core

    /**
     * Adds {@code weir.pool…} with the tag {@code pool}.
     *
     * @param pool the pool
     * @param tags more tags
     * @return this
     */
    public WeirMeters add(WorkerPool pool, Tag... tags) {
        return add(CoreMeters.POOL, pool, WorkerPool::name, WorkerPool::metrics, tags);
    }

    /**
     * Adds {@code weir.keyed.executor…} with the tag {@code executor}.
     *
     * @param executor the executor
     * @param tags more tags
     * @return this
     */
    public WeirMeters add(KeyedExecutor<?> executor, Tag... tags) {
        return add(CoreMeters.KEYED_EXECUTOR, executor, KeyedExecutor::name, KeyedExecutor::metrics, tags);
    }

    /**
     * Adds {@code weir.semaphore…} with the tag {@code semaphore}.
     *
     * @param semaphore the semaphore
     * @param tags more tags
     * @return this
     */
    public WeirMeters add(ResizableSemaphore semaphore, Tag... tags) {
        return add(CoreMeters.SEMAPHORE, semaphore, ResizableSemaphore::name, ResizableSemaphore::metrics, tags);
    }

    /**
     * Adds {@code weir.keyed.semaphore…} with the tag {@code semaphore}, of all keys together.
     *
     * @param semaphore the semaphore
     * @param tags more tags
     * @return this
     */
    public WeirMeters add(KeyedSemaphore<?> semaphore, Tag... tags) {
        return add(CoreMeters.KEYED_SEMAPHORE, semaphore, KeyedSemaphore::name, KeyedSemaphore::metrics, tags);
    }

    /**
     * Adds {@code weir.adaptive.limit…} with the tag {@code limit}.
     *
     * @param limit the limit
     * @param tags more tags
     * @return this
     */
    public WeirMeters add(AdaptiveLimit limit, Tag... tags) {
        return add(CoreMeters.ADAPTIVE_LIMIT, limit, AdaptiveLimit::name, AdaptiveLimit::metrics, tags);
    }

    // ---- rate limits

    /**
     * Adds {@code weir.limiter…} with the tag {@code limiter}, and {@code weir.limiter.remote…} if it is a
     * {@link RemoteRateLimiter}.
     *
     * @param limiter the limiter; that of a key has the counts of all keys
     * @param tags more tags
     * @return this
     */
    public WeirMeters add(RateLimiter limiter, Tag... tags) {
        add(LimiterMeters.LIMITER, limiter, RateLimiter::name, RateLimiter::metrics, tags);
        if (limiter instanceof RemoteRateLimiter remote) {
            add(LimiterMeters.REMOTE, remote, RemoteRateLimiter::name, RemoteRateLimiter::remoteMetrics, tags);
        }
        return this;
    }

    /**
     * Adds {@code weir.keyed.limiter…} with the tag {@code limiter}, of all keys together.
     *
     * @param limiter the limiter
     * @param tags more tags
     * @return this
     */
    public WeirMeters add(KeyedRateLimiter<?> limiter, Tag... tags) {
        return add(LimiterMeters.KEYED_LIMITER, limiter, KeyedRateLimiter::name, KeyedRateLimiter::metrics, tags);
    }

    /**
     * Adds {@code weir.keyed.limiter…} and {@code weir.keyed.limiter.remote…} with the tag {@code limiter}, of all keys
     * together.
     *
     * @param limiter the limiter
     * @param tags more tags
     * @return this
     */
    public WeirMeters add(KeyedRemoteRateLimiter limiter, Tag... tags) {
        add(LimiterMeters.KEYED_LIMITER, limiter, KeyedRemoteRateLimiter::name, KeyedRemoteRateLimiter::metrics, tags);
        return add(
                LimiterMeters.KEYED_REMOTE,
                limiter,
                KeyedRemoteRateLimiter::name,
                KeyedRemoteRateLimiter::remoteMetrics,
                tags);
    }

    // ---- retries

    /**
     * Adds {@code weir.retry…} with the tag {@code retry}.
     *
     * @param retry the retry; one with a deadline counts with the one that it was made from, which is what to add
     * @param tags more tags
     * @return this
     */
    public WeirMeters add(Retry retry, Tag... tags) {
        return add(RetryMeters.RETRY, retry, Retry::name, Retry::metrics, tags);
    }

    /**
     * Adds {@code weir.retry.budget…} with the tag {@code budget}.
     *
     * @param budget the budget
     * @param tags more tags
     * @return this
     */
    public WeirMeters add(RetryBudget budget, Tag... tags) {
        return add(RetryMeters.BUDGET, budget, RetryBudget::name, RetryBudget::metrics, tags);
    }

    /**
     * Adds {@code weir.hedge…} with the tag {@code hedge}.
     *
     * @param hedge the hedge
     * @param tags more tags
     * @return this
     */
    public WeirMeters add(Hedge hedge, Tag... tags) {
        return add(RetryMeters.HEDGE, hedge, Hedge::name, Hedge::metrics, tags);
    }

    // ---- channels and pipelines

    /**
     * Adds {@code weir.channel…} with the tag {@code channel}.
     *
     * @param channel the channel
     * @param tags more tags
     * @return this
     */
    public WeirMeters add(Channel<?> channel, Tag... tags) {
        return add(PipelineMeters.CHANNEL, channel, Channel::name, Channel::metrics, tags);
    }

    /**
     * Adds {@code weir.pipeline.stage…} of each stage, with the tags {@code pipeline} and {@code stage}.
     *
     * @param pipeline the pipeline; one that runs is not garbage
     * @param tags more tags
     * @return this
     */
    public WeirMeters add(RunningPipeline pipeline, Tag... tags) {
        List<StageMetrics> stages = Objects.requireNonNull(pipeline, "pipeline").metrics();
        return add(PipelineMeters.of(stages), pipeline, RunningPipeline::name, RunningPipeline::metrics, tags);
    }

    /**
     * Adds {@code weir.batcher…} with the tag {@code batcher}.
     *
     * @param batcher the batcher
     * @param tags more tags
     * @return this
     */
    public WeirMeters add(Batcher<?, ?> batcher, Tag... tags) {
        return add(PipelineMeters.BATCHER, batcher, Batcher::name, Batcher::metrics, tags);
    }

    // ---- all of them

    /** A further kind of part is a set of meters, and a method like those above. */
    private <P, M> WeirMeters add(
            MeterSet<M> meters, P target, Function<? super P, String> name, Part.Look<? super P, M> look, Tag... tags) {
        Objects.requireNonNull(target, meters.tag()); // the tag is named as the argument is
        Tags all = Tags.of(Objects.requireNonNull(tags, "tags")).and(meters.tag(), name.apply(target));
        Part<M> part = Part.of(target, look, meters, all, time);
        Added added = new Added(part, Abandoned.watch(target, new Removal(parts, part)));
        lock.lock();
        try {
            for (MeterRegistry registry : List.copyOf(registries)) {
                RegistryMeters.of(registry).bind(part);
            }
            Added before = parts.put(part.place(), added);
            if (before != null) {
                before.removal.clean(); // its meters are those of this part by now
            }
        } catch (Throwable refused) {
            added.removal.clean();
            throw refused;
        } finally {
            lock.unlock();
            Reference.reachabilityFence(target); // its removal must find it among the parts
        }
        return this;
    }

    /**
     * Registers the meters of all parts, of those that are added later when they are.
     *
     * @param registry the registry; it is not kept alive
     */
    @Override
    public void bindTo(MeterRegistry registry) {
        Objects.requireNonNull(registry, "registry");
        lock.lock();
        try {
            registries.add(registry);
            for (Added added : parts.values()) {
                RegistryMeters.of(registry).bind(added.part);
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Removes the meters of a part from all registries.
     *
     * @param part what was added
     * @return whether it had been added, and not removed
     */
    public boolean remove(Object part) {
        Objects.requireNonNull(part, "part");
        List<Added> its = new ArrayList<>();
        for (Added added : parts.values()) {
            if (added.part.target() == part) {
                its.add(added);
            }
        }
        its.forEach(added -> added.removal.clean());
        return !its.isEmpty();
    }

    /**
     * Removes the meters of all parts, and forgets the parts and the registries. More than one call does no harm, and
     * parts may be added and bound again.
     */
    @Override
    public void close() {
        lock.lock();
        try {
            registries.clear();
            parts.values().forEach(added -> added.removal.clean());
        } finally {
            lock.unlock();
        }
    }

    /**
     * Returns a description for logs and debuggers.
     *
     * @return for instance {@code WeirMeters[12 parts in 1 registries]}
     */
    @Override
    public String toString() {
        lock.lock();
        try {
            return "WeirMeters[" + parts.size() + " parts in " + registries.size() + " registries]";
        } finally {
            lock.unlock();
        }
    }
}
