package dev.weir.pipeline;

import dev.weir.testkit.ModelChecking;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.junit.jupiter.api.Test;

/** Workers join up to the number that is wanted, and retire down to it. */
@Param(name = "workers", gen = IntGen.class, conf = "1:3")
public class WorkerCountLincheckTest {
    private final WorkerCount count = new WorkerCount(2);

    @Operation
    public void want(@Param(name = "workers") int workers) {
        count.want(workers);
    }

    @Operation
    public boolean join() {
        return count.join();
    }

    @Operation
    public boolean retire() {
        return count.retire();
    }

    @Operation
    public int present() {
        return count.presentWorkers();
    }

    @Operation
    public boolean isExcess() {
        return count.isExcess();
    }

    @Test
    void calls_are_linearizable() {
        new ModelCheckingOptions()
                .iterations(ModelChecking.iterations(20))
                .invocationsPerIteration(60)
                .actorsBefore(2)
                .actorsAfter(2)
                .threads(2)
                .actorsPerThread(3)
                .check(getClass());
    }
}
