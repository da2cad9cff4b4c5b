package dev.weir.core.internal;

/**
 * Makes a call whose stack is about to end fail before it takes a lock, rather than in the middle of a change under the
 * lock, which would be left half done. It goes deeper into the stack than any code under the lock does.
 *
 * <p>A method with a kilobyte of local variables calls itself a few times. None of them is ever written, so that this
 * takes some nanoseconds; but an interpreted frame has room for them all, and HotSpot checks at the entry of a compiled
 * method that there is room for its interpreted frame, too. Many small frames in the place of these few would have to
 * be written, and took 75 ns.
 */
public final class StackRoom {
    private static final int FRAMES = 5;

    private StackRoom() {}

    /**
     * Returns normally if there is room.
     *
     * @throws StackOverflowError if there is not; nothing has been done then
     */
    public static void check() {
        if (descend(FRAMES) < FRAMES) {
            throw new AssertionError("each frame counts one");
        }
    }

    @SuppressWarnings({"unused", "MultiVariableDeclaration"}) // the variables are there for their room
    private static int descend(int frames) {
        long a0, a1, a2, a3, a4, a5, a6, a7;
        long b0, b1, b2, b3, b4, b5, b6, b7;
        long c0, c1, c2, c3, c4, c5, c6, c7;
        long d0, d1, d2, d3, d4, d5, d6, d7;
        long e0, e1, e2, e3, e4, e5, e6, e7;
        long f0, f1, f2, f3, f4, f5, f6, f7;
        long g0, g1, g2, g3, g4, g5, g6, g7;
        long h0, h1, h2, h3, h4, h5, h6, h7;
        return frames == 0 ? 0 : descend(frames - 1) + 1; // not in the last place, so that each frame is kept
    }
}
