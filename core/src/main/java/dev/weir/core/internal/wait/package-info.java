/** How threads wait: one park loop, one queue of waiters, and what a wait does before it parks. Not exported to users. */
@NullMarked
package dev.weir.core.internal.wait;

import org.jspecify.annotations.NullMarked;
