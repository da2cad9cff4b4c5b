package dev.weir.pipeline;

import dev.weir.core.internal.Callbacks;
import dev.weir.core.time.TimeSource;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks at intervals which stages have work in hand and have not moved since the look before, and reports those. */
final class StallWatch implements Callbacks.Call {
    private static final Logger LOG = LoggerFactory.getLogger(Pipeline.class);

    /** The number of looks in the time after which a stage counts as stalled. */
    static final int LOOKS = 4;

    private final List<Stage> stages;
    private final TimeSource time;
    private final long afterNanos;
    private final Consumer<? super StageMetrics> listener;
    private final long[] moves;
    private final long[] since;
    private final boolean[] reported;

    StallWatch(List<Stage> stages, TimeSource time, long afterNanos, Consumer<? super StageMetrics> listener) {
        this.stages = stages;
        this.time = time;
        this.afterNanos = afterNanos;
        this.listener = listener;
        this.moves = new long[stages.size()];
        this.since = new long[stages.size()];
        this.reported = new boolean[stages.size()];
        for (int i = 0; i < moves.length; i++) {
            since[i] = time.nanoTime();
        }
    }

    @Override
    public void run() {
        long now = time.nanoTime();
        for (int i = 0; i < moves.length; i++) {
            Stage stage = stages.get(i);
            long moved = stage.moves();
            if (moved != moves[i] || !stage.isBusy()) {
                moves[i] = moved;
                since[i] = now;
                reported[i] = false;
            } else if (now - since[i] >= afterNanos && !reported[i] && stage.spec.kind != StageSpec.Kind.SOURCE) {
                reported[i] = true;
                report(stage.metrics(true), now - since[i]);
            }
        }
    }

    private void report(StageMetrics stage, long nanos) {
        Callbacks.run(LOG, "a listener of a pipeline", () -> listener.accept(stage));
        LOG.warn("stage {} has work and nothing has moved for {} ms", stage.name(), nanos / 1_000_000);
    }
}
