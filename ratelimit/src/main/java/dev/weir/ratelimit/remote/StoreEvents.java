package dev.weir.ratelimit.remote;

import dev.weir.core.internal.Threads;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/** Runs what is to be reported in its order, in a virtual thread that is there while there is something to report. */
final class StoreEvents {
    private final Queue<Runnable> events = new ConcurrentLinkedQueue<>();

    /** How many events are not done yet; the thread that raises it from 0 starts the one that does them. */
    private final AtomicInteger open = new AtomicInteger();

    void add(Runnable event) {
        events.add(event);
        if (open.getAndIncrement() > 0) {
            return;
        }
        try {
            Threads.virtual("weir-remote-listener", this::runAll).start();
        } catch (Throwable noThread) {
            runAll(); // late or not, it is not lost
        }
    }

    private void runAll() {
        do {
            Runnable event = events.poll();
            if (event != null) {
                event.run();
            }
        } while (open.decrementAndGet() > 0);
    }
}
