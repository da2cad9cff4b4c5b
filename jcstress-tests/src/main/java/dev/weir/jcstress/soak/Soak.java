package dev.weir.jcstress.soak;

import java.time.Duration;
import java.util.Random;

/**
 * Runs all parts together, round after round, with random interrupts, resizes and closes, and checks after each round
 * that nothing was lost or made: elements, permits, tokens, tasks.
 *
 * <p>Arguments: the seconds, and the seed, if not a new one. The seed fixes the settings of each round, not the order
 * in which threads run.
 */
public final class Soak {
    private Soak() {}

    /**
     * Runs the rounds; exits with 1 if one of them does not hold.
     *
     * @param args seconds, and perhaps the seed
     */
    public static void main(String[] args) {
        if (args.length == 0 || args.length > 2) {
            System.err.println("usage: Soak SECONDS [SEED]");
            System.exit(2);
        }
        long seed = args.length == 2 ? Long.parseLong(args[1]) : System.nanoTime();
        try {
            System.out.println(run(Duration.ofSeconds(Long.parseLong(args[0])), seed));
        } catch (Throwable failure) {
            failure.printStackTrace(System.out);
            System.out.println("0 passed, 1 failed");
            System.exit(1);
        }
        System.out.println("1 passed, 0 failed");
        System.exit(0); // not held up by a thread that a failed round left behind
    }

    /** Runs rounds for that long; returns what was done in them. */
    static Tally run(Duration length, long seed) throws Exception {
        System.out.println("soak: seed " + seed);
        Tally tally = new Tally();
        long start = System.nanoTime();
        for (int round = 0; System.nanoTime() - start < length.toNanos(); round++) {
            Random random = new Random(seed + round);
            try {
                switch (round % 4) {
                    case 2 -> new SharedPoolRound(random, tally).run();
                    case 3 -> new PipelineRound(random, tally).run();
                    default -> new SoakRound(random, tally).run();
                }
            } catch (Throwable failure) {
                throw new AssertionError("round " + round + " of seed " + seed, failure);
            }
            tally.rounds.increment();
        }
        return tally;
    }
}
