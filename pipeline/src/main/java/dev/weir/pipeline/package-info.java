/** Channels: queues between producers and consumers that can be closed, failed and aborted without losing an element. */
@NullMarked
package dev.weir.pipeline;

import org.jspecify.annotations.NullMarked;
