package dev.weir.jcstress.soak;

import java.util.Queue;

/** The loop of a thread that is interrupted at any time. */
final class SoakLoop {
    /** One turn. */
    interface Body {
        /** Returns whether to go on. An interrupt has no other effect than its exception. */
        boolean turn() throws InterruptedException;
    }

    private SoakLoop() {}

    static void run(Body body, Queue<Throwable> failures) {
        boolean goesOn = true;
        while (goesOn && failures.isEmpty()) {
            try {
                goesOn = body.turn();
            } catch (InterruptedException disturbed) {
                // Nothing happened, so it is tried again.
            } catch (Throwable failure) {
                failures.add(failure);
            }
            Thread.interrupted(); // one that came too late for the turn
        }
    }
}
