package dev.weir.core.pool;

import dev.weir.core.internal.Checks;
import java.time.Duration;
import java.util.Objects;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link WorkerPool} is to know about one task, or about all tasks of a sort: keep it in a constant. Each method
 * that sets something returns new options.
 *
 * {@snippet file="dev/weir/core/pool/WorkerPoolSnippets.java" region="options"}
 *
 * <p><b>Thread-safety.</b> Immutable. Nothing blocks.
 */
public final class TaskOptions {
    private static final long UNSET = -1;
    private static final int MAX_PRIORITY = 1_000;
    private static final TaskOptions NONE = new TaskOptions(null, null, 0, UNSET, UNSET);

    private final @Nullable String name;
    private final @Nullable String tenant;
    private final int priority;
    private final long queueNanos;
    private final long runNanos;

    private TaskOptions(@Nullable String name, @Nullable String tenant, int priority, long queueNanos, long runNanos) {
        this.name = name;
        this.tenant = tenant;
        this.priority = priority;
        this.queueNanos = queueNanos;
        this.runNanos = runNanos;
    }

    /**
     * No options: no name, priority 0, and the pool's timeouts.
     *
     * @return options to start from
     */
    public static TaskOptions none() {
        return NONE;
    }

    /**
     * Options with a {@linkplain #name(String) name} and nothing else, to start from.
     *
     * @param name the name
     * @return options to go on from
     */
    public static TaskOptions named(String name) {
        return NONE.name(name);
    }

    /**
     * What reports, logs, events and listeners call the task. Without a name they show its {@code toString()}.
     *
     * @param name the name
     * @return new options
     */
    public TaskOptions name(String name) {
        return new TaskOptions(Objects.requireNonNull(name, "name"), tenant, priority, queueNanos, runNanos);
    }

    /**
     * Which tasks go first, in a pool that was {@linkplain WorkerPoolBuilder#priorities built with priorities}. Another
     * pool ignores it.
     *
     * @param priority higher goes first; from −1,000 to 1,000
     * @return new options
     * @throws IllegalArgumentException if {@code priority} is out of range
     */
    public TaskOptions priority(int priority) {
        if (Math.abs((long) priority) > MAX_PRIORITY) {
            throw new IllegalArgumentException("priority must be from -1000 to 1000, but is " + priority);
        }
        return new TaskOptions(name, tenant, priority, queueNanos, runNanos);
    }

    /**
     * On whose behalf the task runs, in a pool that was {@linkplain WorkerPoolBuilder#fairShares() built with fair
     * shares}. Another pool ignores it.
     *
     * @param tenant the name of the tenant
     * @return new options
     */
    public TaskOptions tenant(String tenant) {
        return new TaskOptions(name, Objects.requireNonNull(tenant, "tenant"), priority, queueNanos, runNanos);
    }

    /**
     * How long the task may wait for a worker. Then it never runs, and its future fails with a
     * {@link java.util.concurrent.TimeoutException}.
     *
     * @param timeout how long, positive
     * @return new options
     * @throws IllegalArgumentException if {@code timeout} is not positive
     */
    public TaskOptions queueTimeout(Duration timeout) {
        long nanos = Checks.positiveNanos(timeout, "timeout");
        return new TaskOptions(name, tenant, priority, nanos, runNanos);
    }

    /**
     * How long the task may run. Then it is interrupted, and its future fails at once with a
     * {@link java.util.concurrent.TimeoutException}; its worker is free when it has returned.
     *
     * @param timeout how long, positive
     * @return new options
     * @throws IllegalArgumentException if {@code timeout} is not positive
     */
    public TaskOptions runTimeout(Duration timeout) {
        long nanos = Checks.positiveNanos(timeout, "timeout");
        return new TaskOptions(name, tenant, priority, queueNanos, nanos);
    }

    @Nullable
    String nameOrNull() {
        return name;
    }

    @Nullable
    String tenantOrNull() {
        return tenant;
    }

    int priority() {
        return priority;
    }

    /** Long.MAX_VALUE for none. */
    long queueNanosOr(long poolsNanos) {
        return queueNanos == UNSET ? poolsNanos : queueNanos;
    }

    /** Long.MAX_VALUE for none. */
    long runNanosOr(long poolsNanos) {
        return runNanos == UNSET ? poolsNanos : runNanos;
    }

    /**
     * The options that were set.
     *
     * @return for instance {@code TaskOptions[report, priority 3, queueTimeout PT1S]}
     */
    @Override
    public String toString() {
        StringJoiner set = new StringJoiner(", ", "TaskOptions[", "]");
        if (name != null) {
            set.add(name);
        }
        if (tenant != null) {
            set.add("tenant " + tenant);
        }
        if (priority != 0) {
            set.add("priority " + priority);
        }
        if (queueNanos != UNSET) {
            set.add("queueTimeout " + Duration.ofNanos(queueNanos));
        }
        if (runNanos != UNSET) {
            set.add("runTimeout " + Duration.ofNanos(runNanos));
        }
        return set.toString();
    }
}
