package dev.weir.core.time;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** The code of {@link ManualTimeSource}'s documentation. */
final class ManualTimeSourceSnippets {
    private ManualTimeSourceSnippets() {}

    static List<String> advance() throws InterruptedException {
        List<String> events = new CopyOnWriteArrayList<>();
        // @start region="advance"
        ManualTimeSource time = new ManualTimeSource();
        Thread.ofVirtual().start(() -> {
            try {
                time.sleep(Duration.ofHours(2));
                events.add("slept");
            } catch (InterruptedException stop) {
                events.add("stopped");
            }
        });
        time.schedule(() -> events.add("scheduled"), Duration.ofHours(1));

        time.awaitWaiters(2); // the thread is in its sleep
        time.advance(Duration.ofHours(3)); // events: scheduled, slept
        // @end
        return events;
    }
}
