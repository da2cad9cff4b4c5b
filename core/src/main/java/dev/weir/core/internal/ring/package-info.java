/** The ring that queues between threads stand on. Shared by Weir's modules only. */
@NullMarked
package dev.weir.core.internal.ring;

import org.jspecify.annotations.NullMarked;
