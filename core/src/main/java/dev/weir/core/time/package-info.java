/**
 * Time as a dependency: {@link dev.weir.core.time.TimeSource} is the clock, the sleep and the timer of everything in
 * Weir, and {@link dev.weir.core.time.ManualTimeSource} is the one that a test advances by hand.
 */
@NullMarked
package dev.weir.core.time;

import org.jspecify.annotations.NullMarked;
