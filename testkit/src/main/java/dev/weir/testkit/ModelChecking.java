package dev.weir.testkit;

/** How thorough the model checking tests are: quick by default, and longer in the profile {@code proof}. */
public final class ModelChecking {
    private ModelChecking() {}

    /** The given number in a quick run, and a multiple of it if the system property {@code lincheck.times} says so. */
    public static int iterations(int quick) {
        return quick * Integer.getInteger("lincheck.times", 1);
    }
}
