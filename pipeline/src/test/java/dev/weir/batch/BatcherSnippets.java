package dev.weir.batch;

import dev.weir.core.Outcome;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** The code of this package's documentation. */
final class BatcherSnippets {
    private BatcherSnippets() {}

    record User(long id, String name) {}

    /** A repository that is asked for many at once. */
    interface Users {
        List<User> findAll(List<Long> ids) throws IOException;
    }

    /** A service that says for each of many whether it took it. */
    interface Mail {
        List<Boolean> sendAll(List<String> letters) throws IOException;
    }

    static Batcher<Long, User> users(Users repository) {
        return Batcher.builder(repository::findAll)
                .name("users")
                .maxItems(200)
                .maxWait(Duration.ofMillis(2))
                .concurrency(4)
                .build();
    }

    static User call(Users repository) throws InterruptedException, ExecutionException {
        // @start region="call"
        try (Batcher<Long, User> users = Batcher.builder(repository::findAll)
                .maxItems(200)
                .maxWait(Duration.ofMillis(2))
                .concurrency(4)
                .build()) {
            return users.call(17L); // in each of many threads, which are asked for together
        }
        // @end
    }

    static CompletableFuture<String> submit(Batcher<Long, User> users) {
        // @start region="submit"
        CompletableFuture<String> name = users.submit(17L).thenApply(User::name);
        // @end
        return name;
    }

    static Batcher<String, Boolean> outcomes(Mail mail) {
        // @start region="outcomes"
        Batcher<String, Boolean> letters = Batcher.outcomeBuilder((List<String> batch) -> mail.sendAll(batch).stream()
                        .map(taken ->
                                taken ? Outcome.success(true) : Outcome.<Boolean>failure(new IOException("refused")))
                        .toList())
                .build();
        // @end
        return letters;
    }
}
