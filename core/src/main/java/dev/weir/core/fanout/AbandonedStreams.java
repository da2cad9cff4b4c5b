package dev.weir.core.fanout;

import dev.weir.core.internal.Callbacks;
import dev.weir.core.internal.Threads;
import java.lang.ref.Cleaner;

/**
 * Stops the calls of result streams that were neither closed nor pulled to their end, once nobody has the stream any
 * more. Otherwise their workers would wait for ever for room, and those of an executor would be lost to it.
 */
final class AbandonedStreams {
    private static final Cleaner CLEANER = Cleaner.create(Threads.daemonFactory("weir-abandoned-streams-"));

    private AbandonedStreams() {}

    /**
     * Watches a stream.
     *
     * @param results what the stream pulls from; the call must not lead to it
     * @param call its call
     */
    static void watch(ResultSpliterator<?> results, FanOutRun<?, ?> call) {
        CLEANER.register(results, () -> stop(call));
    }

    private static void stop(FanOutRun<?, ?> call) {
        if (!call.state.isOver() && call.stop(Stop.satisfied("its stream was abandoned"))) {
            call.release();
            Callbacks.error(
                    FanOutRun.LOG,
                    "a stream of {} was neither closed nor pulled to its end; its call is cancelled",
                    call.settings.name);
        }
    }
}
