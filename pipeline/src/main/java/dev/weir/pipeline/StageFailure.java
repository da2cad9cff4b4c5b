package dev.weir.pipeline;

import java.util.Objects;

/**
 * An element that a stage failed on. Immutable.
 *
 * @param stage the name of the stage
 * @param element the element that it was given
 * @param cause what it threw
 */
public record StageFailure(String stage, Object element, Throwable cause) {
    /**
     * Makes a record; null is refused.
     *
     * @param stage the name of the stage
     * @param element the element
     * @param cause what the stage threw
     */
    public StageFailure {
        Objects.requireNonNull(stage, "stage");
        Objects.requireNonNull(element, "element");
        Objects.requireNonNull(cause, "cause");
    }
}
