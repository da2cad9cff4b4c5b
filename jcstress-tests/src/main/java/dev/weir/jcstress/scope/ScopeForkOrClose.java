package dev.weir.jcstress.scope;

import dev.weir.core.scope.TaskScope;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** A task forks into its scope while the owner closes that without a join. */
@JCStressTest
@Outcome(id = "0, 0", expect = Expect.ACCEPTABLE, desc = "closed before the first task began")
@Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "the task began and forked, and the other one ran as well")
@Outcome(id = "1, 0", expect = Expect.ACCEPTABLE, desc = "the task began and forked, and the other one was cancelled")
@Outcome(id = ".*, 9", expect = Expect.FORBIDDEN, desc = "a task ran after close")
@Outcome(expect = Expect.FORBIDDEN, desc = "a running task could not fork")
@State
public class ScopeForkOrClose {
    private volatile Runnable task;
    private volatile boolean worked;
    private volatile boolean closed;
    private boolean first = true;
    private int forked;
    private int ran;

    @Actor
    public void own(II_Result result) {
        TaskScope<RuntimeException> scope =
                TaskScope.builder().on(this::execute).failFast();
        scope.fork(() -> {
            scope.fork(() -> {
                ran = closed ? 9 : 1;
            });
            forked = 1;
        });
        try {
            scope.close();
        } catch (IllegalStateException unjoined) {
            // as it must
        }
        closed = true;
        int sawForked = forked;
        while (!worked) {
            Thread.onSpinWait();
        }
        result.r1 = sawForked == forked ? forked : 9;
        result.r2 = ran;
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
        Thread.interrupted(); // the thread is jcstress's own
        worked = true;
    }
}
