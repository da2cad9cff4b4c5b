package dev.weir.core.pool;

import dev.weir.core.internal.Callbacks;
import java.lang.ref.Cleaner;
import java.lang.ref.WeakReference;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Where the failures go that nobody has got: to the failure handler, or to the log. That of an executed task at once,
 * that of a future when it has become unreachable and has given its failure to nobody.
 */
final class UnhandledFailures {
    /** Made, with its daemon thread, when the first submitted task fails whose failure nobody has got. */
    private static final class Lazy {
        static final Cleaner CLEANER = Cleaner.create();
    }

    /** Whether somebody has got the failure of a future: apart from the future, which it outlives. */
    static final class Delivered {
        volatile boolean yes;
    }

    /** Takes the place of a failure that may lead to its own future, and so must not be kept until that is gone. */
    private static final class FailureCopy extends RuntimeException {
        private static final long serialVersionUID = 1;

        FailureCopy(Throwable original, @Nullable Throwable cause) {
            super(Callbacks.describe(original), cause, false, true);
            setStackTrace(original.getStackTrace());
        }
    }

    /**
     * What is done with a failure once its future is unreachable. It must not lead to the future, which the handler may
     * do through its owner: so it does not keep the handler, either.
     */
    private static final class Undelivered implements Runnable {
        private final WeakReference<UnhandledFailures> failures;
        private final String pool;
        private final Delivered delivered;
        private final String task;
        private final Throwable failure;

        Undelivered(UnhandledFailures failures, Delivered delivered, String task, Throwable failure) {
            this.failures = new WeakReference<>(failures);
            this.pool = failures.pool;
            this.delivered = delivered;
            this.task = task;
            this.failure = failure;
        }

        @Override
        public void run() {
            if (delivered.yes) {
                return;
            }
            UnhandledFailures present = failures.get();
            if (present != null) { // not here: this thread is that of all pools
                present.side.run("the failure handler of " + pool, () -> present.handle(new Gone(task), failure));
            } else { // the pool went with the future
                Callbacks.error(PoolLog.LOG, "a task of {} failed: {}", pool, task, failure);
            }
        }
    }

    /** Stands for a task whose future nobody has any more. */
    private record Gone(String name) implements Runnable {
        @Override
        public void run() {}

        @Override
        public String toString() {
            return name;
        }
    }

    /** Whether an exception of this class has no fields that may lead anywhere. */
    private static final ClassValue<Boolean> LEADS_NOWHERE = new ClassValue<>() {
        @Override
        protected Boolean computeValue(Class<?> type) {
            for (Class<?> c = type; c != null && c != Throwable.class; c = c.getSuperclass()) {
                for (Field field : c.getDeclaredFields()) {
                    Class<?> of = field.getType();
                    if (!Modifier.isStatic(field.getModifiers())
                            && !of.isPrimitive()
                            && of != String.class
                            && !of.isEnum()
                            && !Throwable.class.isAssignableFrom(of)) {
                        return false;
                    }
                }
            }
            return true;
        }
    };

    private static final int MAX_CAUSES = 16;

    private final String pool;
    private final @Nullable BiConsumer<? super Runnable, ? super Throwable> handler;
    private final SideThread side;

    UnhandledFailures(String pool, @Nullable BiConsumer<? super Runnable, ? super Throwable> handler, SideThread side) {
        this.pool = pool;
        this.handler = handler;
        this.side = side;
    }

    /** Throws nothing. */
    void handle(Runnable task, Throwable failure) {
        if (handler != null) {
            try {
                handler.accept(task, failure);
                return;
            } catch (Throwable broken) {
                Callbacks.error(PoolLog.LOG, "the failure handler of {} failed", pool, broken);
            }
        }
        Callbacks.error(PoolLog.LOG, "a task of {} failed: {}", pool, Callbacks.describe(task), failure);
    }

    /**
     * Has a failure handled when its holder is unreachable and nobody has got it.
     *
     * @param holder what can give the failure to somebody
     * @param delivered whether somebody has got it by then
     */
    void handleUnlessDelivered(Object holder, Delivered delivered, String task, Throwable failure) {
        try {
            Lazy.CLEANER.register(holder, new Undelivered(this, delivered, task, withoutWayBack(failure, MAX_CAUSES)));
        } catch (Throwable broken) { // no memory, no thread: better now than never
            handle(new Gone(task), failure);
        }
    }

    /**
     * The failure, or a copy with its text, stack and causes if it has fields through which it may lead to its future.
     */
    private static Throwable withoutWayBack(Throwable failure, int depth) {
        boolean all = true;
        Throwable next = failure;
        for (int i = 0; i < depth && next != null && all; i++) {
            all = LEADS_NOWHERE.get(next.getClass());
            for (Throwable suppressed : next.getSuppressed()) {
                all &= LEADS_NOWHERE.get(suppressed.getClass());
            }
            next = next.getCause();
        }
        if (all && next == null) {
            return failure;
        }
        Throwable cause = failure.getCause();
        return new FailureCopy(failure, cause == null || depth == 0 ? null : withoutWayBack(cause, depth - 1));
    }
}
