package dev.weir.jcstress.channel;

import dev.weir.channel.Channel;
import java.util.ArrayList;
import java.util.concurrent.ThreadLocalRandom;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZI_Result;

/** A thread waits for an element and is interrupted while one is sent. */
@JCStressTest
@Outcome(id = "true, 0", expect = Expect.ACCEPTABLE, desc = "received, and so it is no longer in")
@Outcome(id = "false, 1", expect = Expect.ACCEPTABLE, desc = "interrupted, and so the element is in")
@Outcome(id = "false, 0", expect = Expect.FORBIDDEN, desc = "the interrupted receiver took the element with it")
@Outcome(id = "true, 1", expect = Expect.FORBIDDEN, desc = "received, and still in")
@Outcome(expect = Expect.FORBIDDEN, desc = "the element is in twice")
@State
public class ReceiveOrInterrupt {
    private final Channel<Integer> channel = Channel.bounded(2);
    private final boolean sendFirst = ThreadLocalRandom.current().nextBoolean();
    private volatile Thread receiver;
    private volatile boolean interrupted;

    @Actor
    public void receive(ZI_Result result) {
        receiver = Thread.currentThread();
        try {
            channel.receive();
            result.r1 = true;
        } catch (InterruptedException expected) {
            result.r1 = false;
        }
        while (!interrupted) {
            Thread.onSpinWait();
        }
        Thread.interrupted(); // the thread is jcstress's own
    }

    @Actor
    public void sendAndInterrupt() {
        while (receiver == null) {
            Thread.onSpinWait();
        }
        if (sendFirst) {
            channel.trySend(1);
        }
        receiver.interrupt();
        interrupted = true;
        if (!sendFirst) {
            channel.trySend(1);
        }
    }

    @Arbiter
    public void drain(ZI_Result result) {
        result.r2 = channel.drainTo(new ArrayList<>(), 2);
    }
}
