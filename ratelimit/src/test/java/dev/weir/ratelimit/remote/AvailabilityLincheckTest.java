package dev.weir.ratelimit.remote;

import dev.weir.testkit.ModelChecking;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.Test;

/** An outage begins once and ends once, whatever fails and is answered at the same time. */
public class AvailabilityLincheckTest {
    private final Availability availability = new Availability();

    @Operation
    public boolean firstCallFails() {
        return availability.failed(0);
    }

    @Operation
    public boolean probeIsAnswered() {
        return availability.answered(1);
    }

    @Operation
    public boolean laterCallFails() {
        return availability.failed(2);
    }

    @Operation
    public boolean isUnavailable() {
        return availability.isUnavailable();
    }

    @Test
    void outages_are_linearizable() {
        new ModelCheckingOptions()
                .iterations(ModelChecking.iterations(5))
                .invocationsPerIteration(100)
                .threads(3)
                .actorsPerThread(2)
                .check(getClass());
    }
}
