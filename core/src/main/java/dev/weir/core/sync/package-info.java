/**
 * Synchronizers that the JDK lacks: {@link dev.weir.core.sync.AdaptiveLimit}, which finds how many calls a service
 * bears at once; {@link dev.weir.core.sync.Gate}, which opens and closes; {@link dev.weir.core.sync.KeyedExecutor},
 * serial order per key over any executor; {@link dev.weir.core.sync.KeyedLock}, a lock per key;
 * {@link dev.weir.core.sync.KeyedSemaphore}, a limit of concurrency per key; {@link dev.weir.core.sync.OrderedLocks},
 * several locks taken without deadlock; {@link dev.weir.core.sync.ResizableSemaphore}, whose number of permits changes
 * under load.
 */
@NullMarked
package dev.weir.core.sync;

import org.jspecify.annotations.NullMarked;
