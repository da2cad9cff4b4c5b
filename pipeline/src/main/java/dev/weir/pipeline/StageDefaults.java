package dev.weir.pipeline;

import dev.weir.core.internal.Callbacks;
import dev.weir.pipeline.StageSpec.Kind;
import java.util.List;
import java.util.function.Consumer;

/**
 * Settings for all stages that are added after {@link Pipeline#defaults}, each of which may change them for itself.
 * Those of a function, {@link #onError}, {@link #timeout} and {@link #on}, do not concern stages that call none.
 *
 * <p><b>Thread-safety.</b> Immutable. Nothing blocks.
 */
public final class StageDefaults extends StageSettings<StageDefaults> {
    static final StageDefaults NONE = new StageDefaults(
            new StageSpec(Kind.MAP, "defaults", List.of()).with(template -> template.callsFunction = true));

    private final StageSpec template;

    private StageDefaults(StageSpec template) {
        this.template = template;
    }

    @Override
    StageSpec current() {
        return template;
    }

    @Override
    StageDefaults changeCurrent(Consumer<StageSpec> change) {
        return new StageDefaults(template.with(change));
    }

    /** Gives these settings to a stage of which nobody else knows yet. */
    void applyTo(StageSpec stage) {
        stage.buffer = template.buffer;
        stage.platform = template.platform;
        if (stage.callsFunction) {
            stage.policy = template.policy;
            stage.timeout = template.timeout;
            stage.executor = template.executor;
        }
    }

    /**
     * What was set.
     *
     * @return for instance {@code StageDefaults[buffer 16, fail-fast, timeout PT2S]}
     */
    @Override
    public String toString() {
        return "StageDefaults[buffer " + template.buffer + ", " + template.policy
                + (template.timeout == null ? "" : ", timeout " + template.timeout)
                + (template.platform ? ", on platform threads" : "")
                + (template.executor == null ? "" : ", on " + Callbacks.describe(template.executor)) + "]";
    }
}
