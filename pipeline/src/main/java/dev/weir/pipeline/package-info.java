/** Weir pipeline. */
@NullMarked
package dev.weir.pipeline;

import org.jspecify.annotations.NullMarked;
