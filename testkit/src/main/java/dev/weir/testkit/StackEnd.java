package dev.weir.testkit;

import java.util.Random;
import java.util.function.IntConsumer;

/** Calls of which many overflow the stack, each at another distance from its end. */
public final class StackEnd {
    private static final int MAX_DISTANCE = 260;
    private static final int STACK_BYTES = 256 * 1024;

    private static int reached;
    private static int sink;

    private StackEnd() {}

    /** Runs this in a thread with a small stack, and waits for it. */
    public static void run(Runnable calls) throws InterruptedException {
        Thread deep = new Thread(null, calls, "deep", STACK_BYTES);
        deep.start();
        deep.join();
    }

    /** Whether the current thread is one of {@link #run}. */
    public static boolean isHere() {
        return Thread.currentThread().getName().equals("deep");
    }

    /** Calls that often near the end of the stack, with the number of the call. */
    public static void callNear(int calls, IntConsumer call) {
        Random random = new Random(7);
        int limit = 0;
        for (int round = 0; round < calls; round++) {
            if (round % 100 == 0) {
                limit = depth();
            }
            int number = round;
            try {
                callBelow(limit - random.nextInt(Math.min(limit - 1, MAX_DISTANCE)), () -> call.accept(number));
            } catch (StackOverflowError expected) {
                // as a server would
            }
        }
    }

    private static int depth() {
        reached = 0;
        try {
            callBelow(Integer.MAX_VALUE, () -> {});
        } catch (StackOverflowError end) {
            // that is how deep it goes
        }
        return reached;
    }

    /** Calls below that many frames. */
    public static int callBelow(int frames, Runnable bottom) {
        if (frames == 0) {
            bottom.run();
        } else {
            reached++;
            callBelow(frames - 1, bottom);
            sink++; // so that no frame is left out
        }
        return frames;
    }
}
