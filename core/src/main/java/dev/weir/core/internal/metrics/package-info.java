/** How parts count and measure. Not for users. */
@NullMarked
package dev.weir.core.internal.metrics;

import org.jspecify.annotations.NullMarked;
