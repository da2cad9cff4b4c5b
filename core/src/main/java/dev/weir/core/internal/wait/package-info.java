/**
 * How threads wait in Weir: one park loop, one queue of waiters, one warning for a join that is slow, and what a wait
 * does before it parks. Shared by Weir's own modules, not exported to anybody else, and free to change at any time.
 */
@NullMarked
package dev.weir.core.internal.wait;

import org.jspecify.annotations.NullMarked;
