package dev.weir.benchmarks.model;

/**
 * What things cost on a machine, in nanoseconds.
 *
 * @param hit an atomic operation on a line that the core has for itself
 * @param transfer from the request for a line that another core has until it is there
 * @param request the part of a transfer in which the core that has the line does not know of the request yet, and goes
 *     on with the line
 * @param pause a {@code Thread.onSpinWait}
 * @param unpark the call that wakes a parked thread
 * @param wake from the beginning of that call until the thread runs, which may be before the call returns
 */
public record Costs(double hit, double transfer, double request, double pause, double unpark, double wake) {
    /** Checks that time passes in each loop, and none runs backwards. */
    public Costs {
        positive("hit", hit);
        positive("pause", pause);
        notNegative("transfer", transfer);
        notNegative("unpark", unpark);
        notNegative("wake", wake);
        if (!(request >= 0 && request <= transfer)) {
            throw new IllegalArgumentException("request must be from 0 to transfer, but is " + request);
        }
    }

    private static void positive(String name, double nanos) {
        if (!(nanos > 0 && Double.isFinite(nanos))) {
            throw new IllegalArgumentException(name + " must be positive, but is " + nanos);
        }
    }

    static void notNegative(String name, double nanos) {
        if (!(nanos >= 0 && Double.isFinite(nanos))) {
            throw new IllegalArgumentException(name + " must not be negative, but is " + nanos);
        }
    }

    /** The same machine with lines that move like this. */
    Costs withLines(double itsTransfer, double itsRequest) {
        return new Costs(hit, itsTransfer, itsRequest, pause, unpark, wake);
    }
}
