package dev.weir.guide;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.Outcome;
import dev.weir.core.fanout.FanOut;
import dev.weir.core.fanout.FirstCompleted;
import dev.weir.core.scope.Parallel;
import dev.weir.core.scope.Subtask;
import dev.weir.core.scope.TaskScope;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionService;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The code of docs/guide/gathering-results.md. */
@Timeout(60)
class GatherTest {
    /** Hosts: one that answers, one that is down, and one that answers only to an interrupt. */
    private static final class Hosts {
        final CountDownLatch asked = new CountDownLatch(1);
        final CountDownLatch interrupted = new CountDownLatch(1);

        String ask(String host) throws IOException, InterruptedException {
            if (host.equals("down")) {
                throw new IOException("down");
            }
            if (host.equals("hangs")) {
                asked.countDown();
                try {
                    new CountDownLatch(1).await();
                } catch (InterruptedException stop) {
                    interrupted.countDown();
                    throw stop;
                }
            }
            return "answer of " + host;
        }

        String askUnchecked(String host) {
            try {
                return ask(host);
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            } catch (InterruptedException stop) {
                throw new IllegalStateException(stop);
            }
        }
    }

    private final Hosts hosts = new Hosts();

    private List<String> gatherNaively(List<String> names, ExecutorService threads) {
        // @start region="gather-naive"
        List<CompletableFuture<String>> futures = names.stream()
                .map(name -> CompletableFuture.supplyAsync(() -> hosts.askUnchecked(name), threads))
                .toList();
        CompletableFuture.allOf(futures.toArray(CompletableFuture[]::new)).join(); // one failure, and which one?
        return futures.stream().map(CompletableFuture::join).toList();
        // @end
    }

    @Test
    void a_naive_gather_throws_the_answers_away() {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            assertThrows(CompletionException.class, () -> gatherNaively(List.of("a", "down", "b"), threads));
        }
    }

    private Map<String, String> gather(List<String> names) throws InterruptedException {
        Map<String, String> report = new TreeMap<>();
        // @start region="gather"
        List<Outcome<String>> outcomes = FanOut.over(names).concurrency(8).outcomes(name -> hosts.ask(name));
        for (int i = 0; i < names.size(); i++) {
            report.put(
                    names.get(i),
                    switch (outcomes.get(i)) {
                        case Outcome.Success<String>(String answer) -> answer;
                        case Outcome.Failure<String>(Throwable cause) -> "failed: " + cause.getMessage();
                        case Outcome.Cancelled<String>(boolean started, Throwable cause) -> "too late";
                    });
        }
        // @end
        return report;
    }

    @Test
    void a_gather_keeps_every_answer_and_every_exception() throws Exception {
        assertEquals(
                Map.of("a", "answer of a", "b", "answer of b", "down", "failed: down"),
                gather(List.of("a", "down", "b")));
    }

    private List<String> asCompletedNaively(List<String> names, ExecutorService threads) throws Exception {
        List<String> shown = new ArrayList<>();
        // @start region="as-completed-naive"
        CompletionService<String> completed = new ExecutorCompletionService<>(threads);
        names.forEach(name -> completed.submit(() -> hosts.ask(name)));
        for (int i = 0; i < names.size(); i++) { // count right, or wait for ever
            shown.add(completed.take().get()); // a failure ends the loop, not the other tasks
        }
        // @end
        return shown;
    }

    private List<String> asCompleted(Iterable<String> names) throws IOException, InterruptedException {
        List<String> shown = new ArrayList<>();
        // @start region="as-completed"
        FanOut.over(names)
                .concurrency(8)
                .forEachCompleted(name -> hosts.ask(name), answer -> shown.add(answer)); // in this thread
        // @end
        return shown;
    }

    private List<String> firstTwo(Iterable<String> names) throws IOException, InterruptedException {
        // @start region="as-completed-stream"
        List<String> firstTwo = FanOut.over(names).concurrency(8).stream(
                name -> hosts.ask(name), answers -> answers.limit(2).toList()); // the others are cancelled
        // @end
        return firstTwo;
    }

    @Test
    void results_come_as_they_are_completed() throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            assertEquals(2, asCompletedNaively(List.of("a", "b"), threads).size());
        }
        assertEquals(
                List.of("answer of a", "answer of b"),
                asCompleted(List.of("a", "b")).stream().sorted().toList());
        assertEquals(2, firstTwo(List.of("hangs", "a", "b")).size());
        assertTrue(hosts.asked.getCount() == 1 || hosts.interrupted.getCount() == 0);
        assertThrows(IOException.class, () -> asCompleted(List.of("down", "hangs")));
    }

    private Object raceNaively(ExecutorService threads) {
        // @start region="race-naive"
        CompletableFuture<String> mirror1 = CompletableFuture.supplyAsync(() -> hosts.askUnchecked("down"), threads);
        CompletableFuture<String> mirror2 = CompletableFuture.supplyAsync(() -> hosts.askUnchecked("hangs"), threads);
        return CompletableFuture.anyOf(mirror1, mirror2).join(); // a failure wins, and the loser runs on
        // @end
    }

    @Test
    void a_failure_wins_a_naive_race_and_the_loser_runs_on() throws Exception {
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        assertThrows(CompletionException.class, () -> raceNaively(threads));
        assertTrue(hosts.asked.await(20, TimeUnit.SECONDS));
        assertEquals(1, hosts.interrupted.getCount());
        threads.shutdownNow();
        assertTrue(hosts.interrupted.await(20, TimeUnit.SECONDS));
        threads.close();
    }

    private String race(List<String> mirrors) throws IOException, InterruptedException {
        // @start region="race"
        String answer = FanOut.over(mirrors)
                .concurrency(mirrors.size())
                .firstSuccess(mirror -> hosts.ask(mirror)); // throws only if all have failed
        // @end
        return answer;
    }

    private String firstCompleted(List<String> mirrors) throws InterruptedException {
        // @start region="first-completed"
        FirstCompleted<String> first =
                FanOut.over(mirrors).concurrency(mirrors.size()).firstCompleted(mirror -> hosts.ask(mirror));
        String line = mirrors.get(first.first()) + " was first, pending: " + first.pending();
        // @end
        return line;
    }

    @Test
    void a_race_is_won_by_an_answer_and_the_losers_have_ended() throws Exception {
        assertEquals("answer of a", race(List.of("down", "hangs", "a")));
        assertTrue(hosts.asked.getCount() == 1 || hosts.interrupted.getCount() == 0);
        assertThrows(IOException.class, () -> race(List.of("down", "down")));
        assertEquals("down was first, pending: [1]", firstCompleted(List.of("down", "hangs")));
    }

    private String groupNaively(ExecutorService threads) {
        // @start region="group-naive"
        CompletableFuture<String> user = CompletableFuture.supplyAsync(() -> hosts.askUnchecked("hangs"), threads);
        CompletableFuture<String> orders = CompletableFuture.supplyAsync(() -> hosts.askUnchecked("down"), threads);
        return user.thenCombine(orders, (u, o) -> u + o).join(); // waits for the user though the orders have failed
        // @end
    }

    @Test
    void a_naive_group_waits_for_the_rest_after_a_failure() throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Thread caller = Thread.ofPlatform().daemon().start(() -> groupNaively(threads));
            assertTrue(hosts.asked.await(20, TimeUnit.SECONDS));
            while (caller.getState() != Thread.State.WAITING) {
                Thread.onSpinWait();
            }
            assertEquals(1, hosts.interrupted.getCount());
            threads.shutdownNow();
        }
    }

    private String group(String userHost, String orderHost) throws IOException, InterruptedException {
        // @start region="group"
        try (TaskScope<IOException> scope = TaskScope.failFast()) {
            Subtask<String> user = scope.fork(() -> hosts.ask(userHost));
            Subtask<String> orders = scope.fork(() -> hosts.ask(orderHost));
            scope.join(); // throws the first failure; its siblings are interrupted, and have ended
            return user.get() + ", " + orders.get();
        }
        // @end
    }

    private String pair(String userHost, String orderHost) throws IOException, InterruptedException {
        // @start region="group-pair"
        String page = Parallel.join(
                () -> hosts.ask(userHost), () -> hosts.ask(orderHost), (user, orders) -> user + ", " + orders);
        // @end
        return page;
    }

    @Test
    void a_group_stops_its_siblings() throws Exception {
        assertEquals("answer of a, answer of b", group("a", "b"));
        assertEquals("answer of a, answer of b", pair("a", "b"));
        IOException failure = assertThrows(IOException.class, () -> group("hangs", "down"));
        assertInstanceOf(IOException.class, failure);
        assertTrue(hosts.asked.getCount() == 1 || hosts.interrupted.getCount() == 0);
        assertThrows(IOException.class, () -> pair("down", "hangs"));
    }
}
