package dev.weir.core.scope;

import dev.weir.core.Deadline;
import dev.weir.core.Outcome;
import dev.weir.core.context.ContextCarrier;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;

/** The code of the documentation of scopes, timeouts and shields. */
final class ScopeSnippets {
    record User(String name) {}

    record Page(User user, List<String> orders) {}

    /** What the code talks to. */
    interface Shop {
        User user(int id) throws IOException, InterruptedException;

        List<String> orders(int id) throws IOException, InterruptedException;

        String pay(int id) throws IOException, InterruptedException;
    }

    private final Shop shop;
    private final Shop otherShop;

    ScopeSnippets(Shop shop, Shop otherShop) {
        this.shop = shop;
        this.otherShop = otherShop;
    }

    Page failFast(int id) throws IOException, InterruptedException {
        // @start region="failFast"
        try (TaskScope<IOException> scope = TaskScope.failFast()) {
            Subtask<User> user = scope.fork(() -> shop.user(id));
            Subtask<List<String>> orders = scope.fork(() -> shop.orders(id));
            scope.join(); // throws the IOException of the first to fail; the other one has ended
            return new Page(user.get(), orders.get());
        }
        // @end
    }

    List<String> builder(int id) throws IOException, InterruptedException {
        // @start region="builder"
        try (TaskScope<IOException> scope = TaskScope.builder()
                .named("orders")
                .deadline(Deadline.after(Duration.ofSeconds(10)))
                .firstSuccess()) {
            Subtask<List<String>> shop1 = scope.fork(() -> shop.orders(id));
            Subtask<List<String>> shop2 = scope.fork(() -> otherShop.orders(id));
            scope.join(); // throws if neither succeeded
            return scope.winner() == shop1 ? shop1.get() : shop2.get();
        }
        // @end
    }

    Page join(int id) throws IOException, InterruptedException {
        // @start region="join"
        Page page = Parallel.join(() -> shop.user(id), () -> shop.orders(id), (user, orders) -> new Page(user, orders));
        // @end
        return page;
    }

    String joinAll(int id) throws InterruptedException {
        // @start region="joinAll"
        try (TaskScope.JoinAll scope = TaskScope.joinAll()) {
            Subtask<User> user = scope.fork(() -> shop.user(id));
            scope.fork(() -> shop.orders(id));
            scope.join(); // throws no failure
            return switch (user.outcome()) {
                case Outcome.Success<User>(User found) -> found.name();
                case Outcome.Failure<User>(Throwable cause) -> "unknown: " + cause.getMessage();
                case Outcome.Cancelled<User>(boolean started, Throwable cause) -> "too late";
            };
        }
        // @end
    }

    // @start region="policy"
    /** Joins when enough replicas have acknowledged, and gives up when too many have failed. */
    record Quorum(int of, int enough) implements ScopePolicy<String, List<String>, IOException> {
        @Override
        public boolean stopsAt(Outcome<String> ended, int successes, int failures) {
            return successes == enough || failures > of - enough;
        }

        @Override
        public List<String> result(List<Outcome<String>> outcomes) throws IOException {
            List<String> receipts = new ArrayList<>();
            for (Outcome<String> outcome : outcomes) {
                if (outcome instanceof Outcome.Success<String>(String receipt)) {
                    receipts.add(receipt);
                }
            }
            if (receipts.size() < enough) {
                throw new IOException("no quorum"); // with the failures of the replicas suppressed
            }
            return receipts;
        }
    }

    static List<String> pay(int id, List<Shop> replicas) throws IOException, InterruptedException {
        try (PolicyScope<String, List<String>, IOException> scope = TaskScope.open(new Quorum(replicas.size(), 2))) {
            for (Shop replica : replicas) {
                scope.fork(() -> replica.pay(id));
            }
            return scope.join();
        }
    }

    // @end

    int timeout(int id) throws IOException, InterruptedException {
        // @start region="timeout"
        try {
            return Timeouts.call(Duration.ofSeconds(10), () -> shop.orders(id).size()); // IOException passes through
        } catch (TimeoutException tooSlow) {
            return -1; // the task was interrupted, and has ended
        }
        // @end
    }

    String shield(int id) throws IOException, InterruptedException {
        // @start region="shield"
        String receipt = TaskScope.shield(() -> shop.pay(id)); // not stopped half-way, not even by a deadline
        // @end
        return receipt;
    }

    /** A part of the work, which may have parts itself. */
    record Part(int size, List<Part> parts) {}

    // @start region="concurrency"
    static long sizeOf(Part root) throws InterruptedException {
        try (TaskScope<RuntimeException> scope =
                TaskScope.builder().concurrency(8).failFast()) { // for all parts of parts together
            Subtask<Long> sum = scope.fork(() -> sum(root));
            scope.join();
            return sum.get();
        }
    }

    private static long sum(Part part) throws InterruptedException {
        try (TaskScope<RuntimeException> scope = TaskScope.failFast()) { // nested in the bounded one
            List<Subtask<Long>> sums = new ArrayList<>();
            for (Part each : part.parts()) {
                sums.add(scope.fork(() -> sum(each)));
            }
            scope.join(); // holds no place while it waits
            return part.size() + sums.stream().mapToLong(Subtask::get).sum();
        }
    }

    // @end

    /** Something that must be closed. */
    record Session(String server) implements AutoCloseable {
        static Session open(String server) {
            return new Session(server);
        }

        @Override
        public void close() {}
    }

    static Session undelivered(String server, String spare) throws InterruptedException {
        // @start region="undelivered"
        try (TaskScope<RuntimeException> scope = TaskScope.builder()
                .onUndelivered(Session.class, Session::close) // the one that comes second
                .firstSuccess()) {
            scope.fork(() -> Session.open(server));
            scope.fork(() -> Session.open(spare));
            scope.join();
            return (Session) scope.winner().get();
        }
        // @end
    }

    private static final ThreadLocal<String> TENANT = new ThreadLocal<>();

    static Session limit(String server) throws InterruptedException, TimeoutException {
        // @start region="limit"
        Session session = TimeLimit.of(Duration.ofSeconds(10))
                .context(ContextCarrier.mdc(), ContextCarrier.of(TENANT))
                .call(() -> Session.open(server), Session::close); // closed if it comes too late
        // @end
        return session;
    }
}
