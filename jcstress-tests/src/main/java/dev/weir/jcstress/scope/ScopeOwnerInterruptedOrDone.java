package dev.weir.jcstress.scope;

import dev.weir.core.scope.TaskScope;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZI_Result;

/** The owner of a scope is interrupted as its last task ends. */
@JCStressTest
@Outcome(id = "true, false, [01]", expect = Expect.ACCEPTABLE, desc = "thrown, and the task has run or never will")
@Outcome(id = "false, true, 1", expect = Expect.ACCEPTABLE, desc = "all was done before; the interrupt is kept")
@Outcome(expect = Expect.FORBIDDEN, desc = "the interrupt is lost or told twice, or the task ran after join")
@State
public class ScopeOwnerInterruptedOrDone {
    private volatile Thread owner;
    private volatile Runnable task;
    private volatile boolean worked;
    private int runs;

    @Actor
    public void own(ZZI_Result result) {
        owner = Thread.currentThread();
        try (TaskScope<RuntimeException> scope =
                TaskScope.builder().on(run -> task = run).failFast()) {
            scope.fork(() -> {
                runs++;
            });
            try {
                scope.join();
            } catch (InterruptedException interrupt) {
                result.r1 = true;
            }
        }
        int seen = runs;
        while (!worked) {
            Thread.onSpinWait();
        }
        result.r2 = Thread.interrupted();
        result.r3 = seen == runs ? runs : 9;
    }

    @Actor
    public void work() {
        while (task == null) {
            Thread.onSpinWait();
        }
        owner.interrupt();
        task.run();
        Thread.interrupted(); // the thread is jcstress's own
        worked = true;
    }
}
