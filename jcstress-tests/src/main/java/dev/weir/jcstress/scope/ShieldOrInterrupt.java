package dev.weir.jcstress.scope;

import dev.weir.core.scope.TaskScope;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IZZ_Result;

/** A caller is interrupted before, while or after its shielded task runs. */
@JCStressTest
@Outcome(id = "7, false, true", expect = Expect.ACCEPTABLE, desc = "the result is there, and the interrupt, too")
@Outcome(id = ".*, true, .*", expect = Expect.FORBIDDEN, desc = "the interrupt reached the shielded task")
@Outcome(id = ".*, false", expect = Expect.FORBIDDEN, desc = "the interrupt is lost")
@Outcome(expect = Expect.FORBIDDEN, desc = "the result is lost")
@State
public class ShieldOrInterrupt {
    private volatile Thread caller;
    private volatile boolean interrupted;
    private boolean reached;

    @Actor
    public void call(IZZ_Result result) {
        caller = Thread.currentThread();
        try {
            result.r1 = TaskScope.shield(() -> {
                reached = Thread.currentThread().isInterrupted();
                return 7;
            });
        } catch (InterruptedException thrown) {
            result.r1 = -1;
        }
        result.r2 = reached;
        while (!interrupted) {
            Thread.onSpinWait();
        }
        result.r3 = Thread.interrupted();
    }

    @Actor
    public void interrupt() {
        while (caller == null) {
            Thread.onSpinWait();
        }
        caller.interrupt();
        interrupted = true;
    }
}
