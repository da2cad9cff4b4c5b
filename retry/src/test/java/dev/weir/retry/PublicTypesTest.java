package dev.weir.retry;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.core.Deadline;
import dev.weir.core.time.ManualTimeSource;
import dev.weir.core.time.TimeSource;
import dev.weir.testkit.NullArguments;
import dev.weir.testkit.PublicTypes;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PublicTypesTest {
    @Test
    void every_object_describes_itself_for_a_log() throws Exception {
        assertEquals(List.of(), PublicTypes.thatDoNotDescribeThemselves(Retry.class));
    }

    @Test
    void every_method_refuses_null_and_names_it() throws Exception {
        NullArguments nulls = new NullArguments(Retry.class)
                .sample(TimeSource.class, new ManualTimeSource())
                .sample(Deadline.class, Deadline.never())
                .sample(Backoff.class, Backoff.none())
                .sample(RetryPolicy.class, RetryPolicy.defaults())
                .sample(RetryPolicyBuilder.class, RetryPolicy.builder())
                .sample(Attempt.class, Retry.of(RetryPolicy.defaults()).callWithAttempt(attempt -> attempt))
                .sample(Retry.class, Retry.of(RetryPolicy.defaults()))
                .sample(Retry.Builder.class, Retry.builder(RetryPolicy.defaults()))
                .sample(HttpClient.class, HttpClient.newHttpClient())
                .sample(
                        HttpRequest.class,
                        HttpRequest.newBuilder(URI.create("http://localhost/")).build())
                .sample(RetryScope.class, new RetryScope())
                .sample(RetryBudget.class, RetryBudget.ratio(0.1, 1))
                .sample(Hedge.class, Hedge.after(Duration.ofSeconds(1)).build())
                .sample(Hedge.Builder.class, Hedge.after(Duration.ofSeconds(1)));
        assertEquals(
                Map.of("Backoff.delayNanos(random)", "nothing is thrown"), // by none(), which is not random
                nulls.takenOrNotNamed());
    }

    @Test
    void every_record_refuses_null_and_names_it() throws Exception {
        assertEquals(List.of(), PublicTypes.recordComponentsThatTakeNull(Retry.class));
    }
}
