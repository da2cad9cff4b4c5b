package dev.weir.core.fanout;

/** Leaves the stream operations of a scope whose call was stopped; the scope then throws why, with its own type. */
final class StreamStopped extends RuntimeException {
    private static final long serialVersionUID = 1;

    @SuppressWarnings("serial") // never leaves the thread
    final transient FanOutRun<?, ?> run;

    StreamStopped(FanOutRun<?, ?> run) {
        super("the fan-out was stopped", null, false, false);
        this.run = run;
    }
}
