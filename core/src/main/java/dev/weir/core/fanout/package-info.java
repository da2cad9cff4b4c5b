/**
 * Fanning work out and bringing it back in: {@link dev.weir.core.fanout.FanOut} runs one task for each of many items.
 */
@NullMarked
package dev.weir.core.fanout;

import org.jspecify.annotations.NullMarked;
