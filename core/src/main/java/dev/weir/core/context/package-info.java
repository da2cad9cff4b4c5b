/**
 * What goes with a task to the thread that runs it: {@link dev.weir.core.context.ContextCarrier} captures a part of the
 * submitter's context and installs it around the task.
 */
@NullMarked
package dev.weir.core.context;

import org.jspecify.annotations.NullMarked;
