package dev.weir.jcstress.control;

import java.util.concurrent.ConcurrentLinkedQueue;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZI_Result;

/** Broken: a channel that looks whether it is closed and then accepts the element, in two steps. */
@JCStressTest
@Outcome(id = "true, 1", expect = Expect.ACCEPTABLE, desc = "accepted, and handed back by the close")
@Outcome(id = "false, 0", expect = Expect.ACCEPTABLE, desc = "refused")
@Outcome(id = "true, 0", expect = Expect.FORBIDDEN, desc = "accepted, and neither delivered nor handed back")
@State
public class CloseChecksThenActs {
    private final ConcurrentLinkedQueue<Integer> queue = new ConcurrentLinkedQueue<>();
    private volatile boolean closed;
    private int handedBack;

    @Actor
    public void send(ZI_Result result) {
        if (!closed) {
            queue.add(1);
            result.r1 = true;
        }
    }

    @Actor
    public void close() {
        closed = true;
        while (queue.poll() != null) {
            handedBack++;
        }
    }

    @Arbiter
    public void account(ZI_Result result) {
        result.r2 = handedBack;
    }
}
