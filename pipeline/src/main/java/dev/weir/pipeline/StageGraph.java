package dev.weir.pipeline;

import dev.weir.core.time.TimeSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Builds the stages of a pipeline, from its sinks to its sources, and buffers them. */
final class StageGraph {
    private final PipelineRun pipeline;
    private final TimeSource time;
    private final Map<StageSpec, Stage> built = new HashMap<>();
    private final Map<StageSpec, @Nullable StageBuffer[]> buffers = new HashMap<>();
    private final Map<StageSpec, StageWaiters> waiters = new HashMap<>();
    private final List<Stage> inOrder = new ArrayList<>();
    private final Set<String> names = new HashSet<>();

    StageGraph(PipelineRun pipeline, TimeSource time) {
        this.pipeline = pipeline;
        this.time = time;
    }

    /** Each stage after all that come before it. */
    List<Stage> build(List<StageSpec> sinks) {
        sinks.forEach(this::stage);
        for (Stage stage : inOrder) {
            if (stage.spec.kind != StageSpec.Kind.SINK) {
                for (StageBuffer buffer : buffersOf(stage.spec)) {
                    if (buffer == null) {
                        throw new IllegalStateException("a branch of stage " + stage.name + " leads nowhere");
                    }
                    stage.outlets.add(buffer);
                }
            }
        }
        return List.copyOf(inOrder);
    }

    private void stage(StageSpec spec) {
        if (built.containsKey(spec)) {
            return;
        }
        if (spec.kind == StageSpec.Kind.SOURCE) {
            add(new SourceReader(spec, nameOf(spec), pipeline, time));
            return;
        }
        List<StageWaiters> balancing = spec.inputs.stream()
                .map(StageSpec.Outlet::from)
                .filter(before -> before.kind == StageSpec.Kind.BALANCE)
                .map(this::waitersOf)
                .toList();
        StageBuffer buffer = new StageBuffer(spec.buffer, balancing);
        for (StageSpec.Outlet input : spec.inputs) {
            @Nullable StageBuffer[] outlets = buffersOf(input.from());
            if (outlets[input.index()] != null) {
                throw new IllegalStateException(
                        "what comes from stage " + input.from().name + " is used twice; use broadcast for that");
            }
            outlets[input.index()] = buffer;
            buffer.addSender();
            stage(input.from());
        }
        add(
                spec.kind == StageSpec.Kind.BATCH || spec.kind == StageSpec.Kind.WINDOW
                        ? new GatherStage(spec, nameOf(spec), buffer, pipeline, time)
                        : new WorkStage(spec, nameOf(spec), buffer, waitersOf(spec), pipeline, time));
    }

    /** The stage's name, with a number if it is one that stages have unless they are named. */
    private String nameOf(StageSpec spec) {
        String name = spec.name;
        for (int number = 2; !names.add(name); number++) {
            if (spec.named) {
                throw new IllegalStateException("two stages are named " + name);
            }
            name = spec.name + "-" + number;
        }
        return name;
    }

    private StageWaiters waitersOf(StageSpec spec) {
        return waiters.computeIfAbsent(
                spec, key -> new StageWaiters(() -> key.name, () -> "room in any of the stages behind it"));
    }

    private @Nullable StageBuffer[] buffersOf(StageSpec spec) {
        return buffers.computeIfAbsent(spec, key -> new StageBuffer[key.outlets]);
    }

    private void add(Stage stage) {
        built.put(stage.spec, stage);
        for (StageSpec.Outlet input : stage.spec.inputs) {
            Stage before = Objects.requireNonNull(built.get(input.from()));
            stage.before.add(before);
            before.after.add(stage);
        }
        inOrder.add(stage);
    }
}
