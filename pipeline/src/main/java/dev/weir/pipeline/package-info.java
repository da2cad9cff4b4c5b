/**
 * Between producers and consumers: {@link dev.weir.pipeline.Channel} for threads of your own, {@link
 * dev.weir.pipeline.Pipeline} for work that goes through stages.
 *
 * {@snippet file="dev/weir/pipeline/PipelineSnippets.java" region="pipeline"}
 */
@NullMarked
package dev.weir.pipeline;

import org.jspecify.annotations.NullMarked;
