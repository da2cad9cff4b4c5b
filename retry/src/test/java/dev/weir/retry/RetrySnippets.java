package dev.weir.retry;

import dev.weir.core.ThrowingSupplier;
import java.io.IOException;
import java.time.Duration;

/** The code of the module's Javadoc. */
final class RetrySnippets {
    private RetrySnippets() {}

    static RetryPolicy policy() {
        // @start region="policy"
        RetryPolicy policy = RetryPolicy.builder()
                .maxAttempts(5)
                .maxDuration(Duration.ofSeconds(30))
                .backoff(backoff())
                .retryOn(IOException.class)
                .build();
        // @end
        return policy;
    }

    static Backoff backoff() {
        // @start region="backoff"
        Backoff backoff = Backoff.exponential(Duration.ofMillis(100), 2)
                .withCap(Duration.ofSeconds(5))
                .withFullJitter();
        // @end
        return backoff;
    }

    static RetryPolicy budget() {
        // @start region="budget"
        RetryBudget budget = RetryBudget.ratio(0.1, 2); // of one service; two retries a second, and one in ten calls
        RetryPolicy policy = RetryPolicy.builder().budget(budget).build();
        // @end
        return policy;
    }

    static String call(ThrowingSupplier<String, IOException> api) throws IOException, InterruptedException {
        // @start region="call"
        Retry retry = Retry.of(RetryPolicy.defaults());
        String page = retry.call(() -> api.get()); // throws IOException, as the lambda does
        // @end
        return page;
    }

    static String attempt(Retry retry, ThrowingSupplier<String, IOException> api) throws InterruptedException {
        // @start region="attempt"
        String line = switch (retry.attempt(api)) {
            case RetryResult.Success<String> ok -> ok.value();
            case RetryResult.Rejected<String> no -> "no answer that counts: " + no.reason();
            case RetryResult.Failed<String> bad -> bad.attempts() + " attempts: " + bad.failure();
        };
        // @end
        return line;
    }
}
