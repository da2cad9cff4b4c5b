package dev.weir.ratelimit.remote;

import dev.weir.core.Deadline;
import dev.weir.core.internal.wait.WaitText;
import dev.weir.core.internal.wait.Waiter;
import dev.weir.core.time.TimeSource;
import dev.weir.ratelimit.remote.RemoteBuckets.Answer;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A caller that waits for the store's answer, and for nothing else.
 *
 * <pre>
 *   null --answer, of the store or the policy--&gt; that
 *     \----the caller's time is over-----------&gt; GIVEN_UP: what an answer says was taken goes back
 * </pre>
 */
final class Ask {
    /** An answer in the place of one that the caller has not waited for. */
    private static final Answer GIVEN_UP = new Answer(0, Duration.ZERO, 0, Duration.ZERO);

    final long permits;
    final long sinceNanos;
    private final Thread thread = Thread.currentThread();
    private final AtomicReference<@Nullable Answer> answer = new AtomicReference<>();

    private final Object limits;
    private final TimeSource time;

    /** Of a caller of what has these limits. */
    Ask(Object limits, long permits, TimeSource time) {
        this.limits = limits;
        this.permits = permits;
        this.time = time;
        this.sinceNanos = time.nanoTime();
    }

    boolean isOpen() {
        return answer.get() == null;
    }

    /** Answers the caller. False if it has gone. */
    boolean answer(Answer its) {
        if (!answer.compareAndSet(null, its)) {
            return false;
        }
        LockSupport.unpark(thread);
        return true;
    }

    /** Waits for the answer; null if the time is over before. An interrupt is left for later. */
    @Nullable
    Answer await(long timeoutNanos) {
        Waiter.End end = Waiter.awaitUninterruptibly(
                () -> !isOpen(), this, Deadline.after(Duration.ofNanos(timeoutNanos), time));
        return end != Waiter.End.SIGNALLED && answer.compareAndSet(null, GIVEN_UP) ? null : answer.get();
    }

    /** What thread dumps show as waited for. */
    @Override
    public String toString() {
        return limits + ": the store's answer about " + permits + " permits, "
                + WaitText.waits(thread, time.nanoTime() - sinceNanos);
    }
}
