package dev.weir.jcstress.scope;

import dev.weir.core.scope.Subtask;
import dev.weir.core.scope.TaskScope;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/** The owner joins while the last task ends, which has written plain fields and forked another one. */
@JCStressTest
@Outcome(id = "1, 2, 3", expect = Expect.ACCEPTABLE, desc = "the owner sees all that both tasks did")
@Outcome(expect = Expect.FORBIDDEN, desc = "join returned before a task had ended, or without what it wrote")
@State
public class ScopeJoinOrLastResult {
    private volatile Runnable task;
    private boolean first = true;
    private int field;

    @Actor
    public void own(III_Result result) {
        try (TaskScope<RuntimeException> scope =
                TaskScope.builder().on(this::execute).failFast()) {
            Subtask<Subtask<Integer>> forking = scope.fork(() -> {
                field = 1;
                return scope.fork(() -> 3);
            });
            scope.join();
            result.r1 = field;
            result.r2 = forking.isSuccess() ? 2 : 0;
            result.r3 = forking.get().get();
        } catch (InterruptedException impossible) {
            throw new AssertionError(impossible);
        }
    }

    /** The other actor runs the first task, and the second one where it is forked. */
    private void execute(Runnable run) {
        if (first) {
            first = false;
            task = run;
        } else {
            run.run();
        }
    }

    @Actor
    public void work() {
        while (task == null) {
            Thread.onSpinWait();
        }
        task.run();
    }
}
