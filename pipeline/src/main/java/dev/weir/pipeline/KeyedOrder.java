package dev.weir.pipeline;

import dev.weir.core.ThrowingFunction;
import dev.weir.core.internal.wait.PromptLock;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Elements of one key are worked on one after the other, in the order in which they came. One whose key is being worked
 * on is set aside for the worker that is at it, so that it holds nobody up; at most as many as the stage's buffer holds
 * are set aside. There is an entry only for a key that is being worked on, so never more than workers.
 */
final class KeyedOrder implements StageOrder {
    /** A key with its hash code as it was when its first element came, and the elements that are set aside. */
    static final class Key {
        private final Object key;
        private final int hash;
        private final ArrayDeque<Object> aside = new ArrayDeque<>(0); // guarded by the lock

        Key(Object key) {
            this.key = key;
            this.hash = key.hashCode();
        }

        boolean hasChanged() {
            return key.hashCode() != hash;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return this == other || (other instanceof Key that && hash == that.hash && key.equals(that.key));
        }

        @Override
        public int hashCode() {
            return hash;
        }
    }

    private final WorkStage stage;
    private final StageBuffer input;
    private final ThrowingFunction<Object, @Nullable Object, ?> keyOf;
    private final int maxAside;

    /** Its holder takes from the buffer, so that elements are assigned in order. User code runs under it. */
    private final ReentrantLock taking = new ReentrantLock();

    private final StageWaiters forRoom;
    private final PromptLock lock = new PromptLock();
    private final Map<Key, Key> busy = new HashMap<>(); // guarded by the lock
    private volatile int aside; // written under the lock

    KeyedOrder(WorkStage stage, StageBuffer input) {
        this.stage = stage;
        this.input = input;
        this.keyOf = stage.spec.key;
        this.maxAside = stage.spec.buffer;
        this.forRoom =
                new StageWaiters(() -> stage.name, () -> "room aside for elements whose keys are being worked on");
    }

    @Override
    public @Nullable Object take(StageWorker worker) throws InterruptedException {
        Object mine = worker.setAside;
        if (mine != null) {
            worker.setAside = null;
            return mine;
        }
        if (!taking.tryLock()) {
            worker.waits(WorkerStats.STARVED);
            try {
                taking.lockInterruptibly();
            } finally {
                worker.goesOn();
            }
        }
        try {
            return takeInTurn(worker);
        } finally {
            taking.unlock();
        }
    }

    private @Nullable Object takeInTurn(StageWorker worker) throws InterruptedException {
        while (true) {
            if (aside >= maxAside) {
                awaitRoom(worker);
            }
            Object item = stage.take(worker, input);
            if (item == null) {
                return null;
            }
            if (stage.isFinished()) {
                worker.add(WorkerStats.FILTERED, 1);
                continue;
            }
            boolean mine;
            try {
                Object key = keyOf(item);
                mine = isMine(worker, new Key(Objects.requireNonNull(key, "the stage's key is null")), item);
                worker.clearInterrupt();
            } catch (Throwable failure) { // of the function, or of the key's hashCode or equals
                stage.failed(worker, item, failure);
                worker.clearInterrupt();
                continue;
            }
            if (mine) {
                return item;
            }
        }
    }

    @SuppressWarnings("NullAway") // the result may be null, whatever is inferred for the call
    private @Nullable Object keyOf(Object item) throws Throwable {
        Object element = AckToken.Acked.elementOf(item);
        return AckToken.Acked.hasContext(item)
                ? AckToken.Acked.call(item, () -> keyOf.apply(element))
                : keyOf.apply(element);
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // under the lock
    private boolean isMine(StageWorker worker, Key key, Object item) {
        lock.lock();
        try {
            Key before = busy.putIfAbsent(key, key);
            if (before == null) {
                worker.key = key;
                return true;
            }
            before.aside.add(item);
            aside++;
            return false;
        } finally {
            lock.unlock();
        }
    }

    private void awaitRoom(StageWorker worker) throws InterruptedException {
        worker.waits(WorkerStats.BLOCKED);
        try {
            forRoom.await(() -> aside < maxAside || stage.pipeline.isStopped(), worker.waiter);
        } finally {
            worker.goesOn();
        }
    }

    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate") // under the lock
    public void finish(StageWorker worker, Object outcome) throws InterruptedException {
        stage.deliver(worker, outcome);
        Key key = Objects.requireNonNull(worker.key);
        if (key.hasChanged()) {
            throw new IllegalStateException("the key of an element of stage " + stage.name
                    + " has changed while the element was worked on, which a key must not");
        }
        lock.lock();
        try {
            worker.setAside = key.aside.poll();
            if (worker.setAside == null) {
                busy.remove(key);
            } else {
                aside--;
            }
        } finally {
            lock.unlock();
        }
        if (worker.setAside != null) {
            forRoom.signal(); // after aside--, which is volatile
        }
    }
}
