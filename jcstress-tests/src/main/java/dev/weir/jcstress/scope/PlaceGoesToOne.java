package dev.weir.jcstress.scope;

import dev.weir.core.scope.TaskScope;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IIZ_Result;

/**
 * A scope with one place: a task gives it away while it joins its own scope, which is cancelled meanwhile, and another
 * task waits for it.
 */
@JCStressTest
@Outcome(
        id = "2, [01], false",
        expect = Expect.ACCEPTABLE,
        desc = "both tasks went on, one at a time, and the nested one ran or was cancelled")
@Outcome(expect = Expect.FORBIDDEN, desc = "two were at work at once, or a task is missing")
@State
public class PlaceGoesToOne {
    private final AtomicInteger running = new AtomicInteger();
    private final AtomicInteger outer = new AtomicInteger();
    private final AtomicInteger nested = new AtomicInteger();
    private volatile TaskScope.JoinAll inner;
    private volatile boolean tooMany;

    @Actor
    public void own(IIZ_Result result) {
        try (TaskScope<RuntimeException> scope =
                TaskScope.builder().concurrency(1).failFast()) {
            scope.fork(() -> {
                try (TaskScope.JoinAll own = TaskScope.joinAll()) {
                    own.fork(() -> work(nested));
                    inner = own;
                    own.join();
                    work(outer);
                }
            });
            scope.fork(() -> work(outer));
            scope.join();
        } catch (InterruptedException impossible) {
            throw new AssertionError(impossible);
        }
        result.r1 = outer.get();
        result.r2 = nested.get();
        result.r3 = tooMany || running.get() != 0;
    }

    private void work(AtomicInteger which) {
        tooMany |= running.incrementAndGet() > 1;
        which.incrementAndGet();
        Thread.onSpinWait();
        running.decrementAndGet();
    }

    @Actor
    public void cancel() {
        while (inner == null) {
            Thread.onSpinWait();
        }
        inner.cancel();
    }
}
