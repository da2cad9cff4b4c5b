package dev.weir.core;

/** The code of {@link Outcome}'s documentation. */
final class OutcomeSnippets {
    private OutcomeSnippets() {}

    static String describe(Outcome<Integer> outcome) {
        // @start region="switch"
        return switch (outcome) {
            case Outcome.Success<Integer>(Integer value) -> "got " + value;
            case Outcome.Failure<Integer>(Throwable cause) -> "failed: " + cause.getMessage();
            case Outcome.Cancelled<Integer>(boolean started, Throwable cause) -> started ? "cut short" : "never began";
        };
        // @end
    }
}
