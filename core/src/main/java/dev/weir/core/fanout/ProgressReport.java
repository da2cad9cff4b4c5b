package dev.weir.core.fanout;

import dev.weir.core.internal.Callbacks;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notifies a listener of the progress of a call: one thread at a time, so that the numbers grow, and of the last item
 * before that thread leaves the call. A worker that comes while another one notifies leaves a note, and the other one
 * notifies again.
 *
 * <pre>
 *   IDLE (0 notes) --a note--&gt; NOTIFYING (1) --notes--&gt; NOTIFYING (n) --done, no note since--&gt; IDLE
 * </pre>
 */
final class ProgressReport {
    private static final Logger LOG = LoggerFactory.getLogger(FanOut.class);

    private final Consumer<? super FanOutProgress> listener;
    private final long total;
    private final AtomicLong begun = new AtomicLong();
    private final AtomicLong done = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();
    private final AtomicInteger notes = new AtomicInteger();

    ProgressReport(Consumer<? super FanOutProgress> listener, long total) {
        this.listener = listener;
        this.total = total;
    }

    void begins() {
        begun.incrementAndGet();
    }

    void ended(boolean itFailed) {
        if (itFailed) {
            failed.incrementAndGet();
        }
        done.incrementAndGet();
        if (notes.getAndIncrement() > 0) {
            return;
        }
        int answered = 1;
        while (answered != 0) {
            report();
            answered = notes.addAndGet(-answered);
        }
    }

    private void report() {
        long ended = done.get();
        // Items may have failed or begun since the line above, but none has ended that had not begun.
        long bad = Math.min(failed.get(), ended);
        FanOutProgress progress = new FanOutProgress(begun.get() - ended, ended, bad, total);
        Callbacks.run(LOG, "a listener of progress", () -> listener.accept(progress));
    }
}
