/**
 * Fanning work out and bringing it back in: {@link dev.weir.core.fanout.FanOut} for one task per item, {@link
 * dev.weir.core.fanout.TaskScope} for a few tasks of different types, {@link dev.weir.core.fanout.Timeouts} for one task
 * that must not take too long.
 */
@NullMarked
package dev.weir.core.fanout;

import org.jspecify.annotations.NullMarked;
