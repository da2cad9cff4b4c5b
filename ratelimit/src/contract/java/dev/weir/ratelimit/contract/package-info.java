/** What every limiter promises, as tests that a module with another store runs as well. */
@NullMarked
package dev.weir.ratelimit.contract;

import org.jspecify.annotations.NullMarked;
