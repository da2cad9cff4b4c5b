package dev.weir.jcstress.scope;

import dev.weir.core.scope.Subtask;
import dev.weir.core.scope.TaskScope;
import java.util.concurrent.CancellationException;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IIZ_Result;

/** A scope is cancelled while a task of it begins and ends, and the owner joins it. */
@JCStressTest
@Outcome(id = "1, 7, false", expect = Expect.ACCEPTABLE, desc = "returned, before the cancel or all the same")
@Outcome(id = "0, -1, false", expect = Expect.ACCEPTABLE, desc = "cancelled before it began, so it never ran")
@Outcome(id = "1, -1, .*", expect = Expect.FORBIDDEN, desc = "ran, and its result is lost")
@Outcome(
        id = ".*, true",
        expect = Expect.FORBIDDEN,
        desc = "the interrupt of the cancel reached the thread's next task")
@Outcome(expect = Expect.FORBIDDEN, desc = "a task that did not run has a result")
@State
public class ScopeCancelOrResult {
    private volatile Runnable task;
    private volatile boolean worked;
    private volatile TaskScope.JoinAll opened;
    private boolean leaked;
    private int runs;

    @Actor
    public void own(IIZ_Result result) {
        try (TaskScope.JoinAll scope = TaskScope.builder().on(run -> task = run).joinAll()) {
            Subtask<Integer> subtask = scope.fork(() -> {
                runs++;
                return 7;
            });
            opened = scope;
            scope.cancel();
            scope.join();
            while (!worked) {
                Thread.onSpinWait();
            }
            result.r1 = runs;
            result.r2 = value(subtask);
            result.r3 = leaked;
        } catch (InterruptedException impossible) {
            throw new AssertionError(impossible);
        }
    }

    @Actor
    public void work() {
        while (opened == null) {
            Thread.onSpinWait();
        }
        task.run();
        leaked = Thread.interrupted();
        worked = true;
    }

    private static int value(Subtask<Integer> subtask) {
        try {
            return subtask.get();
        } catch (CancellationException cancelled) {
            return -1;
        }
    }
}
