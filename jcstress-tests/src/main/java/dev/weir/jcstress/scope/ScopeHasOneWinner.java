package dev.weir.jcstress.scope;

import dev.weir.core.scope.Subtask;
import dev.weir.core.scope.TaskScope;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IIZ_Result;

/** Two tasks of a race return at the same time. */
@JCStressTest
@Outcome(
        id = "1, [12], false",
        expect = Expect.ACCEPTABLE,
        desc = "the first won; the other returned, too, or never began")
@Outcome(
        id = "2, [12], false",
        expect = Expect.ACCEPTABLE,
        desc = "the second won; the other returned, too, or never began")
@Outcome(id = ".*, true", expect = Expect.FORBIDDEN, desc = "the stop of the loser hit what its thread does next")
@Outcome(expect = Expect.FORBIDDEN, desc = "nobody won, or the winner has no result")
@State
public class ScopeHasOneWinner {
    private final Runnable[] tasks = new Runnable[2];
    private int forked;
    private volatile boolean ready;
    private volatile boolean worked;
    private boolean leaked;

    @Actor
    public void own(IIZ_Result result) {
        try (TaskScope<RuntimeException> scope =
                TaskScope.builder().on(run -> tasks[forked++] = run).firstSuccess()) {
            Subtask<Integer> first = scope.fork(() -> 1);
            Subtask<Integer> second = scope.fork(() -> 2);
            ready = true;
            tasks[0].run(); // the owner's thread is the one's, and the other actor's the other's
            boolean ownLeaked = Thread.interrupted();
            scope.join();
            while (!worked) {
                Thread.onSpinWait();
            }
            Subtask<?> winner = scope.winner();
            result.r1 = winner == first ? first.get() : second.get();
            result.r2 = (first.isSuccess() ? 1 : 0) + (second.isSuccess() ? 1 : 0);
            result.r3 = leaked || ownLeaked;
        } catch (InterruptedException impossible) {
            throw new AssertionError(impossible);
        }
    }

    @Actor
    public void work() {
        while (!ready) {
            Thread.onSpinWait();
        }
        tasks[1].run();
        leaked = Thread.interrupted();
        worked = true;
    }
}
