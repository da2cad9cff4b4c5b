/** Weir retry. */
@NullMarked
package dev.weir.retry;

import org.jspecify.annotations.NullMarked;
