/**
 * Channels between producers and consumers: {@link dev.weir.channel.Channel} hands elements from thread to thread,
 * {@link dev.weir.channel.Select} waits for the first of several operations.
 */
@NullMarked
package dev.weir.channel;

import org.jspecify.annotations.NullMarked;
