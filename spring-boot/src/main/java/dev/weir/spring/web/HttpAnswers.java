package dev.weir.spring.web;

import dev.weir.retry.HttpRetries;
import dev.weir.retry.RetryAfter;
import dev.weir.spring.RetriedAnswerException;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;

/** The rules of {@link HttpRetries}, for Spring's clients. */
final class HttpAnswers {
    private HttpAnswers() {}

    static boolean isIdempotent(String method, HttpHeaders headers) {
        return HttpRetries.isIdempotent(method) || headers.getFirst("Idempotency-Key") != null;
    }

    /** What stands for the answer in the retry, if it asks for another attempt. */
    static @Nullable RetriedAnswerException retried(int status, HttpHeaders headers, Object answer) {
        if (status != 429 && status != 503) {
            return null;
        }
        return new RetriedAnswerException(status, answer, RetryAfter.parse(headers.getFirst("Retry-After")));
    }
}
