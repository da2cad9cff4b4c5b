package dev.weir.jcstress.scope;

import dev.weir.core.scope.PolicyScope;
import dev.weir.core.scope.ScopePolicy;
import dev.weir.core.scope.TaskScope;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/** Two tasks return at the same time, and the policy stops the scope at the second success. */
@JCStressTest
@Outcome(id = "1, 1, 2", expect = Expect.ACCEPTABLE, desc = "each count was seen once, and both results are there")
@Outcome(expect = Expect.FORBIDDEN, desc = "a count was seen twice or never, or a result is missing")
@State
public class PolicySeesEachCountOnce {
    private final AtomicInteger first = new AtomicInteger();
    private final AtomicInteger second = new AtomicInteger();
    private final Runnable[] tasks = new Runnable[2];
    private int forked;
    private volatile boolean ready;

    private final ScopePolicy<Integer, Integer, RuntimeException> policy = new ScopePolicy<>() {
        @Override
        public boolean stopsAt(dev.weir.core.Outcome<Integer> ended, int successes, int failures) {
            (successes == 1 ? first : second).incrementAndGet();
            return successes == 2;
        }

        @Override
        public Integer result(List<dev.weir.core.Outcome<Integer>> outcomes) {
            return (int)
                    outcomes.stream().filter(dev.weir.core.Outcome::isSuccess).count();
        }
    };

    @Actor
    public void own(III_Result result) {
        try (PolicyScope<Integer, Integer, RuntimeException> scope =
                TaskScope.builder().on(run -> tasks[forked++] = run).open(policy)) {
            scope.fork(() -> 1);
            scope.fork(() -> 2);
            ready = true;
            tasks[0].run(); // the owner's thread is the one's, and the other actor's the other's
            result.r3 = scope.join();
            result.r1 = first.get();
            result.r2 = second.get();
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
        Thread.interrupted();
    }
}
