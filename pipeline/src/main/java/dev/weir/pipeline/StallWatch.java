package dev.weir.pipeline;

import dev.weir.core.time.TimeSource;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks now and then which stages have work in hand and have not moved since the last time that they were seen to. */
final class StallWatch implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(Pipeline.class);

    /** So many looks in the time after which a stage counts as stalled. */
    static final int LOOKS = 4;

    private final List<Stage> stages;
    private final TimeSource time;
    private final long afterNanos;
    private final Consumer<? super StageMetrics> listener;
    private final long[] moves;
    private final long[] since;
    private final boolean[] told;

    StallWatch(List<Stage> stages, TimeSource time, long afterNanos, Consumer<? super StageMetrics> listener) {
        this.stages = stages;
        this.time = time;
        this.afterNanos = afterNanos;
        this.listener = listener;
        this.moves = new long[stages.size()];
        this.since = new long[stages.size()];
        this.told = new boolean[stages.size()];
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
                told[i] = false;
            } else if (now - since[i] >= afterNanos && !told[i] && stage.spec.kind != StageSpec.Kind.SOURCE) {
                told[i] = true;
                StageMetrics metrics = stage.metrics();
                LOG.warn(
                        "stage {} has work and nothing has moved for {} ms",
                        metrics.name(),
                        (now - since[i]) / 1_000_000);
                listener.accept(metrics);
            }
        }
    }
}
