package dev.weir.core.internal;

import java.util.function.Supplier;
import jdk.jfr.Event;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * What flight recorder events of things that last have in common: nothing is made while no recording wants them, and
 * nothing that goes wrong with them disturbs what they are about.
 */
public final class FlightEvents {
    private FlightEvents() {}

    /**
     * An event that begins now. Throws nothing.
     *
     * @param asked one of its type, which is asked whether a recording wants such events
     * @param made makes one
     * @param <E> its type
     * @return the event; null if no recording wants it
     */
    public static <E extends Event> @Nullable E begun(E asked, Supplier<E> made) {
        if (!asked.isEnabled()) {
            return null;
        }
        try {
            E event = made.get();
            event.begin();
            return event;
        } catch (Throwable shortOfMemory) { // what the event is about is what matters
            return null;
        }
    }

    /**
     * Ends an event, and records it if it lasted for long enough. Throws nothing.
     *
     * @param event the event
     * @param log where a failure goes
     * @param fill sets the fields of an event that is recorded
     */
    public static void end(Event event, Logger log, Runnable fill) {
        Callbacks.run(log, "a flight recorder event", () -> {
            event.end();
            if (event.shouldCommit()) {
                fill.run();
                event.commit();
            }
        });
    }
}
