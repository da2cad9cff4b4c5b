package dev.weir.ratelimit.remote;

import dev.weir.core.Deadline;
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

    Ask(long permits, long sinceNanos) {
        this.permits = permits;
        this.sinceNanos = sinceNanos;
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
    Answer await(TimeSource time, long timeoutNanos) {
        Waiter.End end = Waiter.awaitUninterruptibly(
                () -> !isOpen(), this, Deadline.after(Duration.ofNanos(timeoutNanos), time));
        return end != Waiter.End.SIGNALLED && answer.compareAndSet(null, GIVEN_UP) ? null : answer.get();
    }

    @Override
    public String toString() {
        return "Ask[" + permits + " permits]";
    }
}
