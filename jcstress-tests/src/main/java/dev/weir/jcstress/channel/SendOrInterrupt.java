package dev.weir.jcstress.channel;

import dev.weir.channel.Channel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZI_Result;

/** A thread waits for room and is interrupted while another one makes some. */
@JCStressTest
@Outcome(id = "true, 2", expect = Expect.ACCEPTABLE, desc = "sent, and so it is in")
@Outcome(id = "false, 0", expect = Expect.ACCEPTABLE, desc = "interrupted, and so it was not sent")
@Outcome(id = "true, 0", expect = Expect.FORBIDDEN, desc = "sent, and lost")
@Outcome(id = "false, 2", expect = Expect.FORBIDDEN, desc = "interrupted, and sent all the same")
@Outcome(expect = Expect.FORBIDDEN, desc = "what was taken out is in again, or an element is in twice")
@State
public class SendOrInterrupt {
    private final Channel<Integer> channel = Channel.bounded(1);
    private final boolean receiveFirst = ThreadLocalRandom.current().nextBoolean();
    private volatile Thread sender;
    private volatile boolean interrupted;

    public SendOrInterrupt() {
        channel.trySend(1);
    }

    @Actor
    public void send(ZI_Result result) {
        sender = Thread.currentThread();
        try {
            channel.send(2);
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
    public void receiveAndInterrupt() {
        while (sender == null) {
            Thread.onSpinWait();
        }
        if (receiveFirst) {
            channel.tryReceive();
        }
        sender.interrupt();
        interrupted = true;
        if (!receiveFirst) {
            channel.tryReceive();
        }
    }

    @Arbiter
    public void drain(ZI_Result result) {
        List<Integer> left = new ArrayList<>();
        channel.drainTo(left, 2);
        result.r2 = left.stream().mapToInt(element -> element).sum();
    }
}
