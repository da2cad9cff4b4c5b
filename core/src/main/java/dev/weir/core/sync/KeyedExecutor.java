package dev.weir.core.sync;

import dev.weir.core.internal.Contexts;
import dev.weir.core.internal.Interrupts;
import dev.weir.core.pool.Saturation;
import dev.weir.core.pool.TaskRejectedException;
import dev.weir.core.pool.TaskRejectedException.Reason;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Runs tasks over any {@link Executor} so that tasks with equal keys run one at a time, in the order in which they were
 * submitted, while tasks with different keys run concurrently. There is no limit to the number of keys; a key without a
 * task takes no memory.
 *
 * {@snippet file="dev/weir/core/sync/KeyedExecutorSnippets.java" region="keyed"}
 *
 * <p><b>How it uses the executor.</b> For each key, the executor is given one step at a time, and each step runs one
 * task; then the next step is handed over, so keys take turns as single tasks would. (If two submitters meet at an idle
 * key, both may hand over a step; one of them then does nothing.) It works over pools, virtual threads, the common
 * pool, and an executor that runs its tasks in the calling thread: a chain of tasks is a loop, whatever its length. If
 * the executor has no room for the next step, its thread goes on with the key's next task; so no accepted task is lost
 * to a saturated executor, nor to an orderly shutdown. The executor's {@code execute} should not block the executor's
 * own threads, as a handler does that waits for room in a pool's queue: bound this executor instead.
 *
 * <p><b>Capacity and saturation.</b> The capacity bounds the tasks that have been accepted and have not begun, over all
 * keys. When it is reached, {@link Saturation} says what happens; by default the submitter waits.
 *
 * <ul>
 *   <li>With {@link Saturation#block()}, a submitter that is interrupted while it waits gets a
 *       {@link RejectedExecutionException} caused by the {@link InterruptedException}, and keeps its interrupt status;
 *       its task never runs. A submitter that waits holds no key: tasks of its key that find room run without it.
 *   <li>With {@link Saturation#callerRuns()}, the submitter runs the task itself if the key is idle. A task is never
 *       run before those of its key that came earlier, so if the key is not idle, the submitter waits for room.
 *   <li>With {@link Saturation#discardOldest()}, the task of the same key that has waited longest gives way: its future
 *       is cancelled. If none of that key waits, the new task is rejected.
 *   <li>A task of this executor, of whichever key, that submits another one never waits for room, which its own wait
 *       might keep from coming: where it would have to wait, its submission is rejected.
 * </ul>
 *
 * A task of the underlying executor that is none of this one's is not recognized: if such tasks submit, and occupy all
 * threads while they wait for room, nothing goes on.
 *
 * <p><b>Nothing is lost.</b> Every task that is accepted runs, or is cancelled, discarded or abandoned before it begins
 * and then never runs; and every {@link Future} completes. What a task throws goes to its future, or to the failure
 * handler if the task was given to {@code execute}, before the next task of its key begins; the key goes on. A key's
 * waiting tasks are abandoned if the executor drops a step that it has accepted, or if it is an {@link ExecutorService}
 * that is shut down and the thread that ran the key's last task was interrupted, as by
 * {@link ExecutorService#shutdownNow()}: their futures fail with a {@link RejectedExecutionException}, and those
 * without a future go to the failure handler with it. An executor reports a drop by {@linkplain Future#cancel
 * cancelling} the step, which is a {@code Future}, as {@code WorkerPool} does; otherwise the drop is noticed after a
 * garbage collection.
 *
 * <p><b>Futures.</b> {@code cancel} removes a waiting task and frees its place at once, in constant time.
 * {@code cancel(true)} interrupts a running task, and never a later one of its thread. An untimed {@code get} by a task
 * for one that waits for the same key throws {@link IllegalStateException}, as it would wait for ever. Waits by other
 * means, and circles through several keys, are not recognized.
 *
 * <p><b>Keys</b> are compared by {@code equals}, as in a hash map, and only when a task is submitted. If these methods
 * throw, so does the submission; if a key changes later, tasks submitted for it are not ordered with earlier ones.
 * Neither affects other tasks. {@code hashCode}, {@code equals} and {@code compareTo} of keys must neither block nor
 * use the same KeyedExecutor.
 *
 * <p><b>Context</b> is captured when a task is submitted and installed around exactly that task, since a task may run
 * in a step that another submitter handed over. By default that is what
 * {@link dev.weir.core.context.ContextCarrier#defaults()} carry.
 *
 * <p><b>Thread-safety.</b> All methods are thread-safe. <b>Blocking.</b> A submission blocks if the saturation policy
 * says so, and as {@link Executor#execute} of the executor does. <b>Fairness.</b> Tasks of one key start in the order
 * in which they were accepted; a new submitter may take a place before one that waits for room. <b>Interruption.</b>
 * Only a submitter that waits for room, and {@link Future#get()}, react to an interrupt. <b>Memory effects.</b> What
 * happens before a task is submitted happens-before the task, and the task happens-before the next task of its key and
 * its future's {@code get}. <b>Resources.</b> It owns no threads and need not be closed.
 *
 * @param <K> the type of the keys, which are never null
 */
public final class KeyedExecutor<K> {
    private static final Duration FOREVER = Duration.ofNanos(Long.MAX_VALUE);

    final Executor executor;
    private final TaskAccount account;
    private final Saturation saturation;
    private final Contexts contexts;

    // A queue is in the map exactly while it is not closed; it
    // enters with its first submitter and leaves under its lock.
    private final ConcurrentHashMap<HashedKey, KeyQueue> queues = new ConcurrentHashMap<>();

    KeyedExecutor(Executor executor, TaskAccount account, Saturation saturation, Contexts contexts) {
        this.executor = executor;
        this.account = account;
        this.saturation = saturation;
        this.contexts = contexts;
    }

    /**
     * Makes a keyed executor in which 1,024 tasks may wait, and a submitter then waits for room.
     *
     * @param executor runs the tasks
     * @param <K> the type of the keys
     * @return a new keyed executor
     */
    public static <K> KeyedExecutor<K> over(Executor executor) {
        return builder(executor).build();
    }

    /**
     * Starts to build a keyed executor.
     *
     * @param executor runs the tasks
     * @return a builder
     */
    public static KeyedExecutorBuilder builder(Executor executor) {
        return new KeyedExecutorBuilder(executor);
    }

    /**
     * Submits a task. It runs after those that were submitted before it for an equal key.
     *
     * @param key the key
     * @param task the task; what it throws goes to the failure handler
     * @throws RejectedExecutionException if the underlying executor rejects the task, or, as a
     *     {@link TaskRejectedException}, if this executor is saturated and its policy says so, or the calling thread
     *     was interrupted while it waited. The task never runs then
     */
    public void execute(K key, Runnable task) {
        Objects.requireNonNull(task, "task");
        accept(key, new KeyedTask<>(account, Executors.callable(task), task, capture(key)));
    }

    /**
     * Submits a task. It runs after those that were submitted before it for an equal key.
     *
     * @param key the key
     * @param task the task
     * @return a future of its end
     * @throws RejectedExecutionException as for {@link #execute}
     */
    public Future<?> submit(K key, Runnable task) {
        Objects.requireNonNull(task, "task");
        return submit(key, Executors.callable(task));
    }

    /**
     * Submits a task. It runs after those that were submitted before it for an equal key.
     *
     * @param key the key
     * @param task the task
     * @param <V> the type of its result
     * @return a future of its result
     * @throws RejectedExecutionException as for {@link #execute}
     */
    public <V extends @Nullable Object> Future<V> submit(K key, Callable<V> task) {
        Objects.requireNonNull(task, "task");
        KeyedTask<V> future = new KeyedTask<>(account, task, null, capture(key));
        accept(key, future);
        return future;
    }

    /**
     * Returns an executor whose tasks all have this key, for code that takes an {@link Executor}.
     *
     * @param key the key
     * @return a view of this executor; making one costs one object
     */
    public Executor executor(K key) {
        Objects.requireNonNull(key, "key");
        return task -> execute(key, task);
    }

    /**
     * Returns how many keys have a task that waits or runs.
     *
     * @return the number now; an estimate while tasks come and go
     */
    public int keys() {
        return (int) Math.min(Integer.MAX_VALUE, queues.mappingCount());
    }

    /**
     * The name that this was given, or else {@code keyed-executor-} with a number, which is that in the order in which
     * names are first asked for.
     *
     * @return the same name each time
     */
    public String name() {
        return account.name.toString();
    }

    /**
     * Returns what this executor has done and is doing.
     *
     * @return a snapshot; each number may be of a slightly different moment
     */
    public KeyedExecutorMetrics metrics() {
        return account.metrics(keys());
    }

    /**
     * Returns a description for logs and debuggers.
     *
     * @return for instance {@code KeyedExecutor[orders, 3 keys, 2 running, 5 of 1024 waiting]}
     */
    @Override
    public String toString() {
        KeyedExecutorMetrics now = metrics();
        return "KeyedExecutor[" + account.name + ", " + now.keys() + " keys, " + now.running() + " running, "
                + now.waiting() + " of " + account.places.size() + " waiting]";
    }

    // ---- in

    private Contexts.Snapshot capture(K key) {
        Objects.requireNonNull(key, "key");
        return contexts.capture();
    }

    private void accept(K key, KeyedTask<?> task) {
        HashedKey hashed = new HashedKey(key);
        if (takePlace(hashed, task)) {
            enqueue(hashed, task);
        }
    }

    /** Returns false if the task was run instead. */
    private boolean takePlace(HashedKey key, KeyedTask<?> task) {
        task.holdsPlace = account.places.tryAcquire();
        if (!task.holdsPlace) {
            switch (saturation.kind()) {
                case REJECT -> throw account.reject(Reason.SATURATED, "is saturated", null);
                case DISCARD_OLDEST -> replaceOldest(key, task);
                case BLOCK -> awaitPlace(task, saturation.timeout());
                case CALLER_RUNS -> {
                    if (runInCaller(key, task)) {
                        return false;
                    }
                    awaitPlace(task, FOREVER);
                }
            }
        }
        return true;
    }

    private void replaceOldest(HashedKey key, KeyedTask<?> task) {
        KeyQueue queue = queues.get(key);
        KeyedTask<?> victim = queue == null ? null : queue.pollVictim();
        if (victim != null) {
            task.holdsPlace = victim.holdsPlace;
            victim.holdsPlace = false;
            victim.discard();
        } else {
            task.holdsPlace = account.places.tryAcquire(); // perhaps the victim has just begun
        }
        if (!task.holdsPlace) {
            throw account.reject(Reason.SATURATED, "is saturated, and no task of the same key waits", null);
        }
    }

    private void awaitPlace(KeyedTask<?> task, Duration timeout) {
        if (KeyedTask.isCurrent(account)) {
            throw account.reject(
                    Reason.SELF_WAIT, "is saturated, and one of its own tasks must not wait for room", null);
        }
        try {
            task.holdsPlace = account.places.tryAcquire(timeout);
        } catch (InterruptedException interrupt) {
            Thread.currentThread().interrupt();
            throw account.reject(Reason.INTERRUPTED, "is saturated, and its submitter was interrupted", interrupt);
        }
        if (!task.holdsPlace) {
            throw account.reject(Reason.TIMED_OUT, "is saturated, for longer than its timeout of " + timeout, null);
        }
    }

    /** Returns false if the key is not idle. */
    private boolean runInCaller(HashedKey key, KeyedTask<?> task) {
        KeyQueue queue;
        KeyQueue.Answer answer;
        do {
            queue = queueOf(key);
            answer = queue.addIfIdle(task);
        } while (answer == KeyQueue.Answer.CLOSED);
        if (answer == KeyQueue.Answer.BUSY) {
            return false;
        }
        account.submitted.increment();
        KeyQueue its = queue;
        Interrupts.keptFrom(() -> offer(its, task, Runnable::run));
        return true;
    }

    /** Appends a task that has a place to the queue of its key. */
    private void enqueue(HashedKey key, KeyedTask<?> task) {
        KeyQueue queue;
        KeyQueue.Answer answer;
        account.submitted.increment(); // before it can end
        try {
            do {
                queue = queueOf(key);
                answer = queue.add(task);
            } while (answer == KeyQueue.Answer.CLOSED);
        } catch (Throwable failure) { // of the key
            account.submitted.decrement();
            task.releasePlace();
            throw failure;
        }
        if (answer == KeyQueue.Answer.FREE) {
            offer(queue, task, executor);
        }
    }

    private void offer(KeyQueue queue, KeyedTask<?> task, Executor to) {
        Throwable refusal = queue.offer(task, to);
        if (refusal != null) {
            account.rejected.increment();
            KeyedExecutor.<RuntimeException>rethrow(refusal);
        }
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    private static <X extends Throwable> void rethrow(Throwable failure) throws X {
        throw (X) failure; // as it is
    }

    private KeyQueue queueOf(HashedKey key) {
        return queues.computeIfAbsent(key.forLookUp(), absent -> new KeyQueue(this, account, absent));
    }

    // ---- for the queues

    /**
     * Whether an executor that has refused a step was stopped, as opposed to saturated, or shut down in an orderly way:
     * it is shut down, and the thread was interrupted.
     */
    boolean isStopped(KeyedTask<?> ended) {
        try {
            return (ended.endedByInterrupt() || Thread.currentThread().isInterrupted()) && isShutDown();
        } catch (Throwable broken) {
            return false;
        }
    }

    private boolean isShutDown() {
        return executor instanceof ExecutorService service && service.isShutdown();
    }

    /**
     * Between two tasks of a thread: clears an interrupt, which was for the one before, unless it is the executor's,
     * which has been stopped just now.
     *
     * @return whether there was one
     */
    boolean clearInterrupt() {
        if (!Thread.interrupted()) {
            return false;
        }
        try {
            if (isShutDown()) {
                Thread.currentThread().interrupt();
            }
        } catch (Throwable broken) {
            // as if it were not
        }
        return true;
    }

    /** Removes a queue that is closed, whatever has become of its key. */
    void forget(KeyQueue queue) {
        KeyQueue removed = null;
        try {
            removed = queues.remove(queue.key);
        } catch (Throwable broken) { // compareTo, of keys that collide
            // as if it were not found
        }
        if (removed == null) {
            queue.key.unordered();
            queues.remove(queue.key);
        }
    }
}
