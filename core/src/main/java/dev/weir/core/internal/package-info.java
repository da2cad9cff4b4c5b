/** Helpers that Weir's own modules share. Not exported to anybody else, and free to change at any time. */
@NullMarked
package dev.weir.core.internal;

import org.jspecify.annotations.NullMarked;
