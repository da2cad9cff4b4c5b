package dev.weir.ratelimit;

/**
 * Makes a call whose stack is about to end fail before it takes a lock, rather than in the middle of a change under the
 * lock, which would be left half done. It goes deeper into the stack than any code under the lock does.
 */
final class StackRoom {
    private static final int FRAMES = 32;

    private StackRoom() {}

    /**
     * Returns normally if there is room.
     *
     * @throws StackOverflowError if there is not; nothing has been done then
     */
    static void check() {
        if (descend(FRAMES, 1, 2, 3, 4, 5) == 0) {
            throw new AssertionError("the sum of positive numbers is positive");
        }
    }

    /** The numbers are used after the call, so that each frame has to keep them. */
    private static long descend(int frames, long a, long b, long c, long d, long e) {
        return frames == 0 ? a : descend(frames - 1, b, c, d, e, a) + a + b + c + d + e;
    }
}
