package dev.weir.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/** What the tests of pipelines share. */
final class Flows {
    private Flows() {}

    static List<Integer> numbers(int count) {
        return IntStream.range(0, count).boxed().toList();
    }

    static Iterable<Integer> endless(AtomicInteger read) {
        return () -> new Iterator<>() {
            @Override
            public boolean hasNext() {
                return true;
            }

            @Override
            public Integer next() {
                return read.getAndIncrement();
            }
        };
    }

    static StageMetrics stage(RunningPipeline pipeline, String name) {
        return pipeline.metrics().stream()
                .filter(stage -> stage.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /** Aborts the pipeline, unless it has ended, and waits for its end. */
    static void abort(RunningPipeline pipeline) throws InterruptedException {
        pipeline.abort();
        try {
            pipeline.awaitCompletion();
        } catch (CancellationException | PipelineException ended) {
            // as it should be
        }
    }

    /** Of every stage the account balances and nothing waits before it. */
    static void assertStagesBalanced(RunningPipeline pipeline, String what) {
        for (StageMetrics stage : pipeline.metrics()) {
            assertEquals(
                    stage.in(),
                    stage.out() + stage.filtered() + stage.skipped() + stage.deadLettered() + stage.undelivered(),
                    stage + " " + what);
            assertEquals(0, stage.queued(), stage + " " + what);
            assertEquals(0, Math.min(0, stage.undelivered()), stage + " " + what);
        }
    }

    /** Besides, what a stage emitted has come in at the next one, if the pipeline has no branches. */
    static void assertBalanced(RunningPipeline pipeline, String what) {
        assertStagesBalanced(pipeline, what);
        List<StageMetrics> stages = pipeline.metrics();
        for (int i = 1; i < stages.size(); i++) {
            assertEquals(stages.get(i - 1).emitted(), stages.get(i).in(), stages + " " + what);
        }
    }
}
