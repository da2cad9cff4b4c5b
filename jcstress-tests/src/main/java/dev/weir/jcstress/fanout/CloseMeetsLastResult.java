package dev.weir.jcstress.fanout;

import dev.weir.core.fanout.FanOut;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/** A stream is closed while its last result comes. */
@JCStressTest
@Outcome(id = "42, 0, 0", expect = Expect.ACCEPTABLE, desc = "the result came first")
@Outcome(id = "-1, 0, 0", expect = Expect.ACCEPTABLE, desc = "the close came first")
@Outcome(expect = Expect.FORBIDDEN, desc = "the result was lost without a word, or a task ran after the close")
@State
public class CloseMeetsLastResult {
    private final AtomicInteger running = new AtomicInteger();
    private final Stream<Integer> results = FanOut.over(List.of(1)).stream(this::task);

    /** Of the stream, which itself is not made to be closed while an operation begins. */
    private final Iterator<Integer> each = results.iterator();

    private int task(int item) {
        running.incrementAndGet();
        running.decrementAndGet();
        return 42;
    }

    @Actor
    public void pull(III_Result result) {
        try {
            result.r1 = each.next();
        } catch (CancellationException closed) {
            result.r1 = -1;
        }
    }

    @Actor
    public void close(III_Result result) {
        results.close();
        result.r2 = running.get();
    }

    @Arbiter
    public void look(III_Result result) {
        result.r3 = running.get();
    }
}
