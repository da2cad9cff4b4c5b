package dev.weir.jcstress.soak;

import java.util.concurrent.atomic.LongAdder;

/** What all rounds did. */
final class Tally {
    final LongAdder rounds = new LongAdder();
    final LongAdder elements = new LongAdder();
    final LongAdder permits = new LongAdder();
    final LongAdder tasks = new LongAdder();
    final LongAdder retries = new LongAdder();
    final LongAdder fanOuts = new LongAdder();
    final LongAdder futures = new LongAdder();
    final LongAdder scopes = new LongAdder();
    final LongAdder pipelines = new LongAdder();
    final LongAdder resizes = new LongAdder();
    final LongAdder interrupts = new LongAdder();

    @Override
    public String toString() {
        return String.format(
                "soak: %,d rounds: %,d elements, %,d permits, %,d tasks, %,d retries, %,d fan-outs, %,d futures, %,d"
                        + " scopes, %,d pipelines, %,d changes of their parallelism, %,d interrupts",
                rounds.sum(),
                elements.sum(),
                permits.sum(),
                tasks.sum(),
                retries.sum(),
                fanOuts.sum(),
                futures.sum(),
                scopes.sum(),
                pipelines.sum(),
                resizes.sum(),
                interrupts.sum());
    }
}
