package dev.weir.pipeline;

import dev.weir.core.ThrowingConsumer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Decides what happens to an element that a stage of a {@link Pipeline} fails on, and to the pipeline. An {@link Error}
 * always fails the pipeline.
 *
 * <p><b>Thread-safety.</b> Immutable. Nothing blocks.
 */
public final class ErrorPolicy {
    enum Kind {
        FAIL_FAST,
        SKIP,
        DEAD_LETTER
    }

    final Kind kind;
    final @Nullable ThrowingConsumer<? super StageFailure, ?> deadLetters;

    private ErrorPolicy(Kind kind, @Nullable ThrowingConsumer<? super StageFailure, ?> deadLetters) {
        this.kind = kind;
        this.deadLetters = deadLetters;
    }

    /**
     * The pipeline fails. The default.
     *
     * @return the policy
     */
    public static ErrorPolicy failFast() {
        return new ErrorPolicy(Kind.FAIL_FAST, null);
    }

    /**
     * The element is left out, and counted as skipped. What the stage threw is logged at DEBUG.
     *
     * @return the policy
     */
    public static ErrorPolicy skip() {
        return new ErrorPolicy(Kind.SKIP, null);
    }

    /**
     * The element is left out and goes to a handler, with the stage and the cause, and is counted as dead-lettered. The
     * handler may wait, as {@code channel::send} does, and holds up the stage meanwhile. If it throws, the pipeline
     * fails with that. When the pipeline is stopped, a handler that waits is interrupted, and its element counts as
     * undelivered.
     *
     * {@snippet file="dev/weir/pipeline/PipelineSnippets.java" region="dead-letter"}
     *
     * @param deadLetters the handler, called in the stage's worker, from several at once if the stage is parallel
     * @return the policy
     */
    public static ErrorPolicy deadLetter(ThrowingConsumer<? super StageFailure, ?> deadLetters) {
        return new ErrorPolicy(Kind.DEAD_LETTER, Objects.requireNonNull(deadLetters, "deadLetters"));
    }

    /**
     * The kind of policy.
     *
     * @return for instance {@code ErrorPolicy[SKIP]}
     */
    @Override
    public String toString() {
        return "ErrorPolicy[" + kind + "]";
    }
}
