import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.StructuredTaskScope;
import java.util.concurrent.StructuredTaskScope.Joiner;
import java.util.concurrent.StructuredTaskScope.Subtask;

/** The code of StructuredTaskScope in docs/migrating/structured-task-scope.md: a preview of Java 25. */
final class StructuredCode {
    private StructuredCode() {}

    private static String lookup(String key) throws IOException {
        return "value of " + key;
    }

    static String all() throws InterruptedException {
        // @start region="all"
        try (var scope = StructuredTaskScope.open()) {
            Subtask<String> user = scope.fork(() -> lookup("user"));
            Subtask<String> orders = scope.fork(() -> lookup("orders"));
            scope.join(); // or a FailedException, with the cause
            return user.get() + ", " + orders.get();
        }
        // @end
    }

    static String first(List<String> mirrors) throws InterruptedException {
        // @start region="first"
        try (var scope = StructuredTaskScope.open(
                Joiner.<String>anySuccessfulResultOrThrow(),
                config -> config.withTimeout(Duration.ofSeconds(10)).withName("mirrors"))) {
            mirrors.forEach(mirror -> scope.fork(() -> lookup(mirror)));
            return scope.join(); // or a TimeoutException
        }
        // @end
    }

    public static void main(String[] args) throws InterruptedException {
        System.out.println(all());
        System.out.println(first(List.of("a", "a")));
    }
}
