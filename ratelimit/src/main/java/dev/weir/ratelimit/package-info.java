/** Weir ratelimit. */
@NullMarked
package dev.weir.ratelimit;

import org.jspecify.annotations.NullMarked;
