package dev.weir.core.internal;

import java.util.function.Supplier;
import jdk.jfr.Event;
import jdk.jfr.FlightRecorder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * Flight recorder events of one type: nothing is made while no recording wants them, and nothing that goes wrong with
 * them disturbs what they are about.
 *
 * <p>The type itself is loaded when the first recording of the JVM has been made. Before, that would take its time from
 * the first wait, or task, or failure; and if there were no memory for it then, the JVM would take the type for broken
 * from there on, and with it all that asks for its events.
 *
 * @param <E> the type
 */
public final class FlightEvents<E extends Event> {
    private final Supplier<E> made;

    /** Asked whether a recording wants such events, and never committed. */
    private volatile @Nullable E asked;

    /**
     * Events of a type, none of which is made now.
     *
     * @param made makes one
     */
    public FlightEvents(Supplier<E> made) {
        this.made = made;
    }

    /**
     * An event that has not begun. Throws nothing.
     *
     * @return the event; null if no recording wants it
     */
    public @Nullable E wanted() {
        if (!FlightRecorder.isInitialized()) {
            return null;
        }
        try {
            E one = asked;
            if (one == null) {
                one = made.get();
                asked = one;
            }
            return one.isEnabled() ? made.get() : null;
        } catch (Throwable shortOfMemory) { // what the event is about is what matters
            return null;
        }
    }

    /**
     * An event that begins now. Throws nothing.
     *
     * @return the event; null if no recording wants it
     */
    public @Nullable E begun() {
        E event = wanted();
        if (event != null) {
            event.begin();
        }
        return event;
    }

    /**
     * Ends an event, and records it if it lasted for long enough. Throws nothing.
     *
     * @param event the event
     * @param log where a failure goes
     * @param fill sets the fields of an event that is recorded
     */
    public static void end(Event event, Logger log, Runnable fill) {
        run(log, () -> {
            event.end();
            if (event.shouldCommit()) {
                fill.run();
                event.commit();
            }
        });
    }

    /**
     * Records an event that does not last. Throws nothing.
     *
     * @param event the event
     * @param log where a failure goes
     * @param fill sets its fields
     */
    public static void record(Event event, Logger log, Runnable fill) {
        run(log, () -> {
            fill.run();
            event.commit();
        });
    }

    private static void run(Logger log, Callbacks.Call call) {
        Callbacks.run(log, "a flight recorder event", call);
    }
}
