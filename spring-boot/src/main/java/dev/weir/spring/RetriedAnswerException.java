package dev.weir.spring;

import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Stands within a retry for the answer of a server that asks for another attempt: 429 or 503. An application sees it
 * only in the listeners and predicates of a {@link dev.weir.retry.Retry} of its own: when the retry gives up, the
 * answer itself is returned.
 *
 * <p>The retries that are made of properties wait for as long as the answer asks for by {@code Retry-After}. A policy
 * of one's own does with {@code delayFrom(RetriedAnswerException::delay)}.
 *
 * <p><b>Thread-safety.</b> Immutable, but for the answer.
 */
public final class RetriedAnswerException extends IOException {
    private static final long serialVersionUID = 1L;

    /** The answer; lost when it is serialized. */
    private final transient Object answer;

    /** What Retry-After says. */
    private final @Nullable Duration retryAfter;

    /**
     * Creates one.
     *
     * @param status the status of the answer
     * @param answer the answer
     * @param retryAfter what its {@code Retry-After} says, never negative; null if it has none
     */
    public RetriedAnswerException(int status, Object answer, @Nullable Duration retryAfter) {
        super("the server answers " + status + (retryAfter == null ? "" : ", and to try again in " + retryAfter));
        this.answer = Objects.requireNonNull(answer, "answer");
        this.retryAfter = retryAfter;
    }

    /**
     * The answer.
     *
     * @return the response of Spring's client
     */
    public Object answer() {
        return answer;
    }

    /**
     * How long a failure asks to wait.
     *
     * @param failure the failure of an attempt
     * @return what {@code Retry-After} said, never negative, if the failure stands for an answer that has it; else null
     */
    public static @Nullable Duration delay(Throwable failure) {
        return Objects.requireNonNull(failure, "failure") instanceof RetriedAnswerException answered
                ? answered.retryAfter
                : null;
    }

    /** The stack of the client says nothing about the server. */
    @Override
    public Throwable fillInStackTrace() {
        return this;
    }
}
