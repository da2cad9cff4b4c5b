package dev.weir.benchmarks.model;

/**
 * What a run of the model shows.
 *
 * @param cores how many cores took part
 * @param operations how many operations all of them did
 * @param nanos how much time passed
 * @param transfers how often a line moved to a core that did not have it
 */
public record Outcome(int cores, long operations, double nanos, long transfers) {
    /** The time that passes for each operation of whichever core. */
    public double nanosPerOperation() {
        return nanos / operations;
    }

    /** How long a core takes for one of its own operations. */
    public double nanosOfACore() {
        return nanosPerOperation() * cores;
    }

    /** Of all cores, in a second. */
    public double operationsPerSecond() {
        return 1e9 / nanosPerOperation();
    }

    /** What a counter of cache misses would show, were there nothing else in the caches. */
    public double transfersPerOperation() {
        return (double) transfers / operations;
    }
}
