package dev.weir.retry;

import dev.weir.core.time.TimeSource;
import dev.weir.testkit.ModelChecking;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.Test;

/** Two threads that take and add, in every order that matters. */
public class TokenAccountLincheckTest {
    private final TokenAccount account = new TokenAccount(2, 0, TimeSource.system());

    @Operation
    public boolean take() {
        return account.take(1000);
    }

    @Operation
    public void add() {
        account.add(700);
    }

    @Operation
    public long available() {
        return account.available();
    }

    @Test
    void the_account_is_linearizable() {
        new ModelCheckingOptions()
                .threads(2)
                .actorsPerThread(3)
                .iterations(ModelChecking.iterations(15))
                .invocationsPerIteration(500)
                .check(getClass());
    }
}
