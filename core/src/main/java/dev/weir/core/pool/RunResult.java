package dev.weir.core.pool;

/** How the run of a task has ended, if it was one. */
enum RunResult {
    RAN,
    FAILED,
    /** It was cancelled, or ran out of time, when it was about to be run. */
    CANCELLED,
    /** It had ended before, by a cancel or a timeout. */
    DEAD,
    /** Another thread runs it, or has run it. */
    ELSEWHERE;

    boolean hasRun() {
        return this == RAN || this == FAILED;
    }
}
