/** Single calls gathered into bulk calls: {@link dev.weir.batch.Batcher} gives each caller its own result. */
@NullMarked
package dev.weir.batch;

import org.jspecify.annotations.NullMarked;
