package dev.weir.micrometer;

import dev.weir.batch.BatcherMetrics;
import dev.weir.channel.ChannelMetrics;
import dev.weir.pipeline.StageMetrics;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/** The meters of channels, of the stages of pipelines, and of batchers. */
final class PipelineMeters {
    private static final String ELEMENTS = "elements";
    private static final String ITEMS = "items";
    private static final String OUTCOME = "outcome";
    private static final String ENDED = "Items that have ended, by how";

    private static final String LEFT = "Elements that are not in it any more, by how";

    static final MeterSet<ChannelMetrics> CHANNEL = new MeterSet<ChannelMetrics>("weir.channel", "channel")
            .counter(".sent", ELEMENTS, "Elements that senders have handed over", ChannelMetrics::sent)
            .counter(".elements", ELEMENTS, LEFT, ChannelMetrics::received, OUTCOME, "received")
            .counter(".elements", ELEMENTS, LEFT, ChannelMetrics::dropped, OUTCOME, "dropped")
            .counter(".elements", ELEMENTS, LEFT, ChannelMetrics::undelivered, OUTCOME, "undelivered")
            .gauge(".size", ELEMENTS, "Elements that are in it", ChannelMetrics::size)
            .gauge(".peak", ELEMENTS, "Elements that were in it at most, as was seen", ChannelMetrics::peakSize)
            .gauge(".capacity", ELEMENTS, "Elements that fit in, 2^63 - 1 without a bound", ChannelMetrics::capacity)
            .gauge(".senders.blocked", "threads", "Senders that wait for room", ChannelMetrics::waitingSenders)
            .gauge(
                    ".receivers.blocked",
                    "threads",
                    "Receivers that wait for elements",
                    ChannelMetrics::waitingReceivers);

    static final MeterSet<BatcherMetrics> BATCHER = new MeterSet<BatcherMetrics>("weir.batcher", "batcher")
            .counter(".submitted", ITEMS, "Items that were handed in", BatcherMetrics::submitted)
            .counter(".items", ITEMS, ENDED, BatcherMetrics::succeeded, OUTCOME, "succeeded")
            .counter(".items", ITEMS, ENDED, BatcherMetrics::failed, OUTCOME, "failed")
            .counter(".items", ITEMS, ENDED, BatcherMetrics::left, OUTCOME, "left")
            .counter(".items", ITEMS, ENDED, BatcherMetrics::abandoned, OUTCOME, "abandoned")
            .counter(".items", ITEMS, ENDED, BatcherMetrics::cut, OUTCOME, "cut")
            .counter(".items", ITEMS, ENDED, BatcherMetrics::rejected, OUTCOME, "rejected")
            .counter(".bulk.calls", "calls", "Bulk calls that have ended", BatcherMetrics::bulkCalls)
            .gauge(".queue.size", ITEMS, "Items that wait for their bulk call", BatcherMetrics::waiting)
            .gauge(".in.flight", ITEMS, "Items in bulk calls that run", BatcherMetrics::inFlight)
            .gauge(".running", "calls", "Bulk calls that run", BatcherMetrics::running)
            .gauge(".callers.blocked", "threads", "Callers that wait for room", BatcherMetrics::blockedCallers);

    private PipelineMeters() {}

    /** The meters of one pipeline, whose stages are always the same and in the same order. */
    static MeterSet<List<StageMetrics>> of(List<StageMetrics> stages) {
        MeterSet<List<StageMetrics>> set = new MeterSet<>("weir.pipeline.stage", "pipeline");
        for (int i = 0; i < stages.size(); i++) {
            new OfStage(set, i, stages.get(i).name()).define();
        }
        return set;
    }

    private record OfStage(MeterSet<List<StageMetrics>> set, int index, String name) {
        void define() {
            counter(".in", "Elements that it took", StageMetrics::in);
            ended(StageMetrics::out, "out");
            ended(StageMetrics::filtered, "filtered");
            ended(StageMetrics::skipped, "skipped");
            ended(StageMetrics::deadLettered, "dead_lettered");
            ended(StageMetrics::undelivered, "undelivered");
            counter(".emitted", "Results that it passed on", StageMetrics::emitted);
            gauge(".queue.size", ELEMENTS, "Elements that wait before it", StageMetrics::queued);
            gauge(".queue.peak", ELEMENTS, "Elements that waited before it at most", StageMetrics::peakQueued);
            gauge(".workers", "threads", "Workers", StageMetrics::workers);
            spent(StageMetrics::busy, "busy");
            spent(StageMetrics::starved, "starved");
            spent(StageMetrics::blocked, "blocked");
            gauge(".unacknowledged", ELEMENTS, "Elements read and not done with", StageMetrics::unacknowledged);
            set.duration(
                    ".unacknowledged.age",
                    "How long ago the oldest element was read that is not done with",
                    stages -> stages.get(index).unacknowledgedFor(),
                    "stage",
                    name);
        }

        private void counter(String meter, String description, ToDoubleFunction<StageMetrics> value) {
            set.counter(meter, ELEMENTS, description, stages -> value.applyAsDouble(stages.get(index)), "stage", name);
        }

        private void ended(ToDoubleFunction<StageMetrics> value, String outcome) {
            set.counter(
                    ".elements",
                    ELEMENTS,
                    "Elements that it is done with, by how",
                    stages -> value.applyAsDouble(stages.get(index)),
                    "stage",
                    name,
                    OUTCOME,
                    outcome);
        }

        private void spent(Function<StageMetrics, Duration> value, String state) {
            set.counter(
                    ".time",
                    "seconds",
                    "What its workers have spent their time with",
                    stages -> MeterSet.nanos(value.apply(stages.get(index))) / 1e9,
                    "stage",
                    name,
                    "state",
                    state);
        }

        private void gauge(String meter, String unit, String description, ToDoubleFunction<StageMetrics> value) {
            set.gauge(meter, unit, description, stages -> value.applyAsDouble(stages.get(index)), "stage", name);
        }
    }
}
