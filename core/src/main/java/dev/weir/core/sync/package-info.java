/**
 * Synchronizers that the JDK lacks: {@link dev.weir.core.sync.Gate}, which opens and closes; {@link
 * dev.weir.core.sync.ResizableSemaphore}, whose number of permits changes under load.
 */
@NullMarked
package dev.weir.core.sync;

import org.jspecify.annotations.NullMarked;
