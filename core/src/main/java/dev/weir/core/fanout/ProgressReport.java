package dev.weir.core.fanout;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells a listener how far the call is: one thread at a time, so that it hears of it in order, and the last word before
 * that thread leaves the call. Who comes while another one tells leaves a note, and the other one tells again.
 *
 * <pre>
 *   IDLE (0 notes) --a note--&gt; TELLING (1) --notes--&gt; TELLING (n) --told, none came since--&gt; IDLE
 * </pre>
 */
final class ProgressReport {
    private static final Logger LOG = LoggerFactory.getLogger(FanOut.class);

    private final Consumer<? super FanOutProgress> listener;
    private final long total;
    private final AtomicLong done = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();
    private final AtomicInteger notes = new AtomicInteger();

    ProgressReport(Consumer<? super FanOutProgress> listener, long total) {
        this.listener = listener;
        this.total = total;
    }

    void ended(boolean itFailed) {
        if (itFailed) {
            failed.incrementAndGet();
        }
        done.incrementAndGet();
        if (notes.getAndIncrement() > 0) {
            return;
        }
        int told = 1;
        while (told != 0) {
            tell();
            told = notes.addAndGet(-told);
        }
    }

    private void tell() {
        long ended = done.get();
        long bad = Math.min(failed.get(), ended); // items may have failed since the line above
        try {
            listener.accept(new FanOutProgress(ended, bad, total));
        } catch (Throwable broken) {
            LOG.error("a listener of progress failed", broken);
        }
    }
}
