/** A bounded pool of workers: {@link dev.weir.core.pool.WorkerPool}. */
@NullMarked
package dev.weir.core.pool;

import org.jspecify.annotations.NullMarked;
