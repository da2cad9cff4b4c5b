package dev.weir.core.fanout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.Deadline;
import dev.weir.core.Outcome;
import dev.weir.core.internal.OpenScopes;
import dev.weir.core.scope.TaskScope;
import dev.weir.core.time.ManualTimeSource;
import dev.weir.testkit.CapturedLog;
import dev.weir.testkit.Eventually;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.AbstractCollection;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Numbers at their ends, sizes that are only hints, and what counts as an effect of a limit. */
@Timeout(60)
class FanOutLimitsTest {
    private static final CountDownLatch NEVER = new CountDownLatch(1);

    private final AtomicInteger running = new AtomicInteger();

    /** Reads from a socket, which does not feel an interrupt, until the call is stopped. */
    private String read(String server) throws IOException {
        running.incrementAndGet();
        while (!Thread.currentThread().isInterrupted()) {
            LockSupport.parkNanos(100_000);
        }
        throw new SocketTimeoutException("no answer from " + server);
    }

    /** Public reports: Netflix/msl#138, bazelbuild/bazel#10295. */
    @Test
    void a_socket_timeout_after_the_first_failure_is_suppressed_and_not_lost() {
        IOException first = assertThrows(
                IOException.class,
                () -> FanOut.over(List.of("a", "b", "c")).concurrency(3).map(server -> {
                    if (server.equals("a")) {
                        Eventually.await().until(() -> running.get() == 2);
                        throw new IOException("refused by a");
                    }
                    return read(server);
                }));
        assertEquals(
                List.of("no answer from b", "no answer from c"),
                Arrays.stream(first.getSuppressed())
                        .filter(failure -> failure instanceof IOException)
                        .map(Throwable::getMessage)
                        .sorted()
                        .toList());
    }

    @Test
    void a_socket_timeout_at_the_deadline_is_a_failure() throws Exception {
        ManualTimeSource time = new ManualTimeSource();
        FutureTask<List<Outcome<String>>> call = new FutureTask<>(() -> FanOut.over(List.of("a"))
                .deadline(Deadline.after(Duration.ofSeconds(1), time))
                .outcomes(this::read));
        Thread.ofVirtual().start(call);
        Eventually.await().until(() -> running.get() == 1);
        time.advance(Duration.ofSeconds(1));
        Outcome.Failure<?> failure =
                assertInstanceOf(Outcome.Failure.class, call.get().getFirst());
        assertInstanceOf(SocketTimeoutException.class, failure.cause());
    }

    @Test
    void a_quorum_reports_socket_timeouts_of_the_others() {
        SocketTimeoutException first = assertThrows(
                SocketTimeoutException.class,
                () -> FanOut.over(List.of("a", "b", "c")).concurrency(3).quorum(2, server -> {
                    if (server.equals("c")) {
                        return read(server); // it is the last, as it waits for the stop
                    }
                    Eventually.await().until(() -> running.get() == 1);
                    throw new SocketTimeoutException("no answer from " + server);
                }));
        assertEquals(
                2,
                Arrays.stream(first.getSuppressed())
                        .filter(failure -> failure instanceof SocketTimeoutException)
                        .count());
    }

    /** Public report: zio/zio#8935. */
    @Test
    void an_item_that_computes_is_interrupted_on_time_though_all_carriers_compute() throws Exception {
        int carriers = Runtime.getRuntime().availableProcessors();
        List<Outcome<Integer>> outcomes = FanOut.over(Collections.nCopies(carriers, 1))
                .concurrency(carriers)
                .timeoutEach(Duration.ofMillis(50))
                .outcomes(i -> {
                    while (!Thread.currentThread().isInterrupted()) {
                        Thread.onSpinWait();
                    }
                    return i;
                });
        assertTrue(outcomes.stream().allMatch(outcome -> outcome instanceof Outcome.Cancelled<?>));
    }

    /** Public report: pivovarit/parallel-collectors#867. */
    @Test
    void an_unlimited_concurrency_of_a_stream_takes_no_room_for_as_many_results() throws Exception {
        int sum = FanOut.over(List.of(1, 2, 3))
                .concurrency(Integer.MAX_VALUE)
                .<Integer, Integer, RuntimeException, RuntimeException>stream(
                        i -> i * 2, results -> results.mapToInt(i -> i).sum());
        assertEquals(12, sum);
    }

    /** A collection that says another size than it has. */
    private static <T> Collection<T> saying(int size, Iterable<T> elements) {
        return new AbstractCollection<>() {
            @Override
            public Iterator<T> iterator() {
                return elements.iterator();
            }

            @Override
            public int size() {
                return size;
            }
        };
    }

    @Test
    void a_quorum_of_a_collection_that_grew_is_not_given_up() throws Exception {
        List<Integer> agreed = FanOut.over(saying(2, List.of(1, 2, 3, 4)))
                .concurrency(1)
                .quorum(2, i -> {
                    if (i < 3) {
                        throw new IllegalStateException();
                    }
                    return i;
                });
        assertEquals(List.of(3, 4), agreed);
    }

    @Test
    void a_quorum_of_a_source_without_index_is_given_up_once_all_is_read() {
        CountDownLatch lastRuns = new CountDownLatch(1);
        assertThrows(
                IOException.class,
                () -> FanOut.over(new LinkedHashSet<>(List.of(1, 2, 3))).quorum(2, i -> {
                    if (i == 3) {
                        lastRuns.countDown();
                        NEVER.await();
                    }
                    lastRuns.await();
                    throw new IOException();
                }));
    }

    @Test
    void the_first_of_a_collection_without_end_takes_no_room_for_all_others() throws Exception {
        FirstCompleted<Integer> first = FanOut.over(saying(
                        Integer.MAX_VALUE, () -> Stream.iterate(0, i -> i + 1).iterator()))
                .firstCompleted(i -> {
                    if (i > 0) {
                        NEVER.await(); // or others go from item to item until the first has stopped them
                    }
                    return i;
                });
        assertTrue(first.outcomes().size() <= 16 + 1);
    }

    @Test
    void a_scope_that_an_item_forgets_is_closed_and_logged_and_not_open_in_the_next() throws Exception {
        List<String> log = CapturedLog.during(OpenScopes.class, () -> {
            List<TaskScope<RuntimeException>> left = Collections.synchronizedList(new ArrayList<>());
            assertThrows(
                    IllegalStateException.class,
                    () -> FanOut.over(List.of(1, 2)).concurrency(1).forEach(i -> {
                        if (i == 1) {
                            left.add(TaskScope.failFast());
                        } else {
                            left.getFirst().fork(() -> 1);
                        }
                    }));
        });
        assertEquals(List.of("ERROR TaskScope[task-scope, joined] was not closed by the task that opened it"), log);
    }

    @Test
    void an_item_has_no_inheritable_thread_locals_of_the_caller() throws Exception {
        InheritableThreadLocal<String> tenant = new InheritableThreadLocal<>();
        tenant.set("t1");
        assertTrue(FanOut.over(List.of(1)).map(i -> tenant.get()).stream().allMatch(Objects::isNull));
    }
}
