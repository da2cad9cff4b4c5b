package dev.weir.pipeline;

/**
 * An element that a stage failed on.
 *
 * @param stage the name of the stage
 * @param element the element that it was given
 * @param cause what it threw
 */
public record StageFailure(String stage, Object element, Throwable cause) {}
