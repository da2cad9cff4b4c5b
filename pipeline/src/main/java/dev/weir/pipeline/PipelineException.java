package dev.weir.pipeline;

import dev.weir.core.internal.Callbacks;

/**
 * Why a {@link Pipeline} failed: which stage, on which element; the cause is what the stage threw. Immutable but for
 * its stack and what is suppressed in it.
 */
public final class PipelineException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** The name of the stage that failed. */
    private final String stage;

    private final transient Object element;

    PipelineException(StageFailure failure) {
        super("stage " + failure.stage() + " failed on " + describe(failure.element()), failure.cause());
        this.stage = failure.stage();
        this.element = failure.element();
    }

    private static String describe(Object element) {
        String text = Callbacks.describe(element);
        return text.length() <= 200 ? text : text.substring(0, 200) + "…";
    }

    /**
     * The stage that failed.
     *
     * @return its name
     */
    public String stage() {
        return stage;
    }

    /**
     * The element that it failed on.
     *
     * @return what the stage was given; lost if this exception was serialised
     */
    public Object element() {
        return element;
    }
}
