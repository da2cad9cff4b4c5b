package dev.weir.jcstress.fanout;

import java.util.concurrent.Executor;

/** Runs the first worker of a call in the calling actor, and the second one in the other actor; the others never. */
final class TwoActors implements Executor {
    private int handed;
    private volatile Runnable second;
    private volatile boolean secondWorks;
    private volatile boolean over;

    @Override
    public void execute(Runnable worker) {
        handed++;
        if (handed == 1) {
            worker.run();
        } else if (handed == 2) {
            second = worker;
        }
    }

    /** For the other actor: does the work, if any comes. */
    void workAsSecond() {
        while (second == null && !over) {
            Thread.onSpinWait();
        }
        secondWorks = true;
        if (second != null) {
            second.run();
            Thread.interrupted();
        }
    }

    /** For a task: so that both begin at about the same time. */
    void awaitSecond() {
        for (int i = 0; i < 1_000 && second != null && !secondWorks; i++) {
            Thread.onSpinWait();
        }
    }

    /** For the calling actor, so that the other one does not wait for ever. */
    void callIsOver() {
        over = true;
    }
}
