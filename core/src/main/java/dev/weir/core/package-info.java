/**
 * What every part of Weir shares: {@link dev.weir.core.Outcome} for what became of a task,
 * {@link dev.weir.core.Deadline} for how long there is left, and the functional types that keep a caller's checked
 * exception.
 */
@NullMarked
package dev.weir.core;

import org.jspecify.annotations.NullMarked;
