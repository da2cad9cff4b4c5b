package dev.weir.core.fanout;

import dev.weir.core.internal.wait.PromptLock;
import java.util.Iterator;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The items of a call whose items add items: what was added and has not begun, then the seeds. There are no more when
 * nothing is left and no item is at work that could add some.
 *
 * <p>The reader counts an item as at work before it hands it out. An item adds under the lock as long as it is at work,
 * and leaves under the lock: so a thread that finds nobody at work, and then nothing added, has seen the end.
 */
final class Frontier<T extends @Nullable Object> implements Iterable<T> {
    private static final Object NULL = new Object();

    private final Iterable<? extends T> seeds;
    private final Queue<Object> added = new ConcurrentLinkedQueue<>();
    private final AtomicLong atWork = new AtomicLong();

    /** Guards what an item adds against its end; held for an instant. */
    private final PromptLock lock = new PromptLock();

    /** Written before a worker is started. */
    private @Nullable FanOutRun<T, ?> run;

    Frontier(Iterable<? extends T> seeds) {
        this.seeds = seeds;
    }

    @Override
    @SuppressWarnings("unchecked") // an iterator only gives
    public Iterator<T> iterator() {
        return (Iterator<T>) seeds.iterator();
    }

    <R extends @Nullable Object, X extends Throwable> FanOutRun<T, R> run(
            FanOutSettings settings, ExpandingFunction<T, R, X> function, FanIn<R> fanIn) {
        FanOutRun<T, R> made = new FanOutRun<T, R>(this, settings, item -> apply(function, item), fanIn);
        run = made;
        return made;
    }

    private <R extends @Nullable Object, X extends Throwable> R apply(ExpandingFunction<T, R, X> function, T item)
            throws X, InterruptedException {
        Additions additions = new Additions();
        try {
            return function.apply(item, additions);
        } finally {
            additions.end();
        }
    }

    boolean hasAdded() {
        return !added.isEmpty();
    }

    boolean isAtWork() {
        return atWork.get() > 0;
    }

    /** By the reader, which has seen that there is one; or has taken an item from the seeds, and gives that. */
    @SuppressWarnings({"unchecked", "NullAway"}) // only items were added
    T poll() {
        Object next = added.remove();
        return next == NULL ? null : (T) next;
    }

    /** By the reader, before it hands an item out. */
    void begins() {
        atWork.incrementAndGet();
    }

    private void changed(boolean more) {
        FanOutRun<T, ?> own = run;
        if (own != null) {
            own.source.wakeReader();
            if (more) {
                own.launcher.grow();
            }
        }
    }

    /** What one item adds. */
    private final class Additions implements Consumer<T> {
        private boolean ended;

        @Override
        public void accept(T item) {
            lock.lock();
            try {
                if (ended) {
                    throw new IllegalStateException("an item adds others only while its task runs");
                }
                added.add(item == null ? NULL : item);
            } finally {
                lock.unlock();
            }
            changed(true);
        }

        void end() {
            boolean last;
            lock.lock();
            try {
                ended = true;
                last = atWork.decrementAndGet() == 0;
            } finally {
                lock.unlock();
            }
            if (last) {
                changed(false);
            }
        }
    }
}
