/**
 * Pipelines of stages between a source and its sinks: {@link dev.weir.pipeline.Pipeline}.
 *
 * {@snippet file="dev/weir/pipeline/PipelineSnippets.java" region="pipeline"}
 */
@NullMarked
package dev.weir.pipeline;

import org.jspecify.annotations.NullMarked;
