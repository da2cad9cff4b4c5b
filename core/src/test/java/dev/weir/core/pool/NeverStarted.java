package dev.weir.core.pool;

/** The thread of a worker in a model check: nothing is to run but what is checked. */
final class NeverStarted extends Thread {
    NeverStarted(Runnable work) {
        super(work);
    }

    @Override
    public void start() {}
}
