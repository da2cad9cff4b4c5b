package dev.weir.core.fanout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.Deadline;
import dev.weir.core.Outcome;
import dev.weir.core.time.ManualTimeSource;
import dev.weir.testkit.CapturedLog;
import dev.weir.testkit.Eventually;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Results that nobody takes are released, each once, and no others. Public report: aio-libs/aiohappyeyeballs#143. */
@Timeout(60)
class FanOutUndeliveredTest {
    private final Set<String> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger begun = new AtomicInteger();
    private final AtomicInteger interruptedReleases = new AtomicInteger();

    private String open(String name) {
        assertTrue(open.add(name));
        return name;
    }

    private void close(String name) {
        if (Thread.currentThread().isInterrupted()) {
            interruptedReleases.incrementAndGet();
        }
        assertTrue(open.remove(name), () -> name + " was closed twice");
    }

    private FanOut<String> over(String... names) {
        return FanOut.over(names).concurrency(names.length).onUndelivered(String.class, this::close);
    }

    /** Opens it, but only when the call is over for it. */
    private String openLate(String name) {
        while (!Thread.currentThread().isInterrupted()) {
            LockSupport.parkNanos(100_000);
        }
        return open(name);
    }

    @Test
    void losers_of_a_race_are_released() throws Exception {
        String won = over("a", "b", "c").firstSuccess(name -> {
            begun.incrementAndGet();
            if (!name.equals("a")) {
                return openLate(name);
            }
            Eventually.await().until(() -> begun.get() == 3);
            return open(name);
        });
        assertEquals("a", won);
        assertEquals(Set.of("a"), open);
        assertEquals(0, interruptedReleases.get());
    }

    @Test
    void what_a_quorum_has_is_released_if_it_is_not_reached() {
        assertThrows(
                IllegalStateException.class,
                () -> over("a", "b", "c").quorum(3, name -> {
                    if (name.equals("c")) {
                        Eventually.await().until(() -> open.size() == 2);
                        throw new IllegalStateException("c is down");
                    }
                    return open(name);
                }));
        assertEquals(Set.of(), open);
    }

    @Test
    void results_of_a_call_that_fails_are_released() {
        assertThrows(
                IllegalStateException.class,
                () -> over("a", "b", "c").map(name -> {
                    if (name.equals("c")) {
                        Eventually.await().until(() -> open.size() == 2);
                        throw new IllegalStateException("c is down");
                    }
                    return open(name);
                }));
        assertEquals(Set.of(), open);
    }

    @Test
    void results_of_a_call_that_returns_are_the_callers() throws Exception {
        assertEquals(List.of("a", "b"), over("a", "b").map(this::open));
        assertEquals(Set.of("a", "b"), open);
    }

    @Test
    void a_result_that_comes_after_the_timeout_of_its_item_is_released() throws Exception {
        ManualTimeSource time = new ManualTimeSource();
        FutureTask<List<Outcome<String>>> call = new FutureTask<>(() -> over("a", "b")
                .concurrency(1) // so "a" has ended, and not only opened, when "b" begins
                .timeSource(time)
                .timeoutEach(Duration.ofSeconds(1))
                .outcomes(name -> {
                    begun.incrementAndGet();
                    return name.equals("a") ? open(name) : openLate(name);
                }));
        Thread.ofVirtual().start(call);
        Eventually.await().until(() -> begun.get() == 2 && open.size() == 1);
        time.advance(Duration.ofSeconds(1));
        assertEquals(Outcome.success("a"), call.get().getFirst());
        assertEquals(Set.of("a"), open);
        assertEquals(0, interruptedReleases.get());
    }

    @Test
    void outcomes_of_an_interrupted_caller_are_released() throws Exception {
        FutureTask<Boolean> call = new FutureTask<>(() -> {
            assertThrows(
                    InterruptedException.class,
                    () -> over("a", "b").outcomes(name -> {
                        begun.incrementAndGet();
                        return name.equals("a") ? open(name) : openLate(name);
                    }));
            return true;
        });
        Thread caller = Thread.ofVirtual().start(call);
        Eventually.await().until(() -> begun.get() == 2 && open.size() == 1);
        caller.interrupt();
        assertTrue(call.get());
        assertEquals(Set.of(), open);
    }

    @Test
    void what_a_stream_has_not_given_out_is_released_when_it_is_closed() throws Exception {
        AtomicInteger made = new AtomicInteger();
        List<String> taken =
                FanOut.over(Stream.iterate(0, i -> i + 1))
                        .concurrency(3)
                        .onUndelivered(String.class, this::close)
                        .stream(
                                i -> {
                                    made.incrementAndGet();
                                    return open("c" + i);
                                },
                                results -> {
                                    List<String> two = results.limit(2).toList();
                                    Eventually.await().until(() -> made.get() == 8); // the window and what was taken
                                    return two;
                                });
        assertEquals(Set.copyOf(taken), open);
    }

    @Test
    void what_a_stream_has_not_given_out_is_released_when_it_fails() {
        try (Stream<String> stream = over("a", "b", "c").stream(name -> {
            if (name.equals("c")) {
                Eventually.await().until(() -> begun.get() == 2);
                throw new IllegalStateException("c is down");
            }
            open(name);
            begun.incrementAndGet();
            return name;
        })) {
            assertThrows(IllegalStateException.class, () -> stream.forEach(this::close)); // which are its own
        }
        assertEquals(Set.of(), open);
    }

    @Test
    void successes_that_a_stream_of_outcomes_has_not_given_out_are_released() throws Exception {
        Outcome<String> first = over("a", "b", "c")
                .<String, Outcome<String>, RuntimeException>streamOutcomes(
                        name -> {
                            if (name.equals("c")) {
                                throw new IllegalStateException("c is down");
                            }
                            return open(name);
                        },
                        results -> {
                            Outcome<String> one = results.filter(Outcome::isSuccess)
                                    .findFirst()
                                    .orElseThrow();
                            Eventually.await().until(() -> open.size() == 2);
                            return one;
                        });
        assertEquals(1, open.size());
        assertTrue(open.contains(((Outcome.Success<String>) first).value()));
    }

    private void abandon() {
        Stream<String> stream = FanOut.over(Stream.iterate(0, i -> i + 1))
                .concurrency(2)
                .named("forgotten")
                .onUndelivered(String.class, this::close)
                .stream(i -> open("c" + i));
        close(stream.findFirst().orElseThrow());
    }

    @Test
    void an_abandoned_stream_releases_what_it_has() throws Exception {
        try (CapturedLog log = CapturedLog.of(FanOut.class)) {
            abandon();
            Eventually.await().until(() -> {
                System.gc();
                return open.isEmpty() && !log.lines().isEmpty();
            });
            assertEquals(1, log.lines().size(), () -> log.lines().toString());
        }
    }

    @Test
    void results_at_the_deadline_of_a_race_are_released() throws Exception {
        ManualTimeSource time = new ManualTimeSource();
        FutureTask<Boolean> call = new FutureTask<>(() -> {
            assertThrows(
                    CancellationException.class,
                    () -> over("a", "b")
                            .deadline(Deadline.after(Duration.ofSeconds(1), time))
                            .quorum(2, name -> {
                                begun.incrementAndGet();
                                return name.equals("a") ? open(name) : openLate(name);
                            }));
            return true;
        });
        Thread.ofVirtual().start(call);
        Eventually.await().until(() -> begun.get() == 2 && open.size() == 1);
        time.advance(Duration.ofSeconds(1));
        assertTrue(call.get());
        assertEquals(Set.of(), open);
    }

    @Test
    void only_results_of_the_type_are_released_and_a_failing_release_is_logged() throws Exception {
        CountDownLatch all = new CountDownLatch(2);
        List<String> lines = CapturedLog.during(
                FanOut.class,
                () -> assertThrows(
                        IllegalStateException.class,
                        () -> FanOut.over(List.of(1, 2, 3))
                                .concurrency(3)
                                .named("parts")
                                .onUndelivered(String.class, text -> {
                                    throw new IllegalArgumentException("cannot close " + text);
                                })
                                .<Object, RuntimeException>map(i -> {
                                    if (i == 3) {
                                        all.await();
                                        throw new IllegalStateException("3 is down");
                                    }
                                    all.countDown();
                                    return i == 1 ? "one" : 2;
                                })));
        assertEquals(1, lines.size(), lines::toString);
        assertTrue(lines.getFirst().contains("the release of a result of parts failed"), lines::toString);
    }

    @Test
    void bad_input_is_refused_at_once() {
        FanOut<Integer> fanOut = FanOut.over(List.of(1));
        assertThrows(IllegalArgumentException.class, () -> fanOut.onUndelivered(int.class, i -> {}));
        assertThrows(NullPointerException.class, () -> fanOut.onUndelivered(null, i -> {}));
        assertThrows(NullPointerException.class, () -> fanOut.onUndelivered(String.class, null));
        assertFalse(open.contains("a"));
        assertNotNull(fanOut);
    }
}
