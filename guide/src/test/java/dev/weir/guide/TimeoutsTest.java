package dev.weir.guide;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.Deadline;
import dev.weir.core.Outcome;
import dev.weir.core.fanout.FanOut;
import dev.weir.core.scope.TaskScope;
import dev.weir.core.scope.Timeouts;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The code of docs/guide/time-outs-and-cancelling.md. */
@Timeout(60)
class TimeoutsTest {
    private final CountDownLatch interrupted = new CountDownLatch(1);

    private String ask(String host) throws InterruptedException {
        if (host.equals("hangs")) {
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException stop) {
                interrupted.countDown();
                throw stop;
            }
        }
        return "answer of " + host;
    }

    private String naive(ExecutorService threads, Duration limit) throws Exception {
        // @start region="timeout-naive"
        Future<String> answer = threads.submit(() -> ask("hangs"));
        return answer.get(limit.toMillis(), TimeUnit.MILLISECONDS); // gives up, while the task goes on
        // @end
    }

    @Test
    void a_naive_time_out_leaves_the_task_running() throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            assertThrows(TimeoutException.class, () -> naive(threads, Duration.ofMillis(20)));
            assertEquals(1, interrupted.getCount());
            threads.shutdownNow();
        }
    }

    private String one(String host, Duration limit) throws InterruptedException {
        // @start region="timeout"
        try {
            return Timeouts.call(limit, () -> ask(host));
        } catch (TimeoutException tooSlow) {
            return "no answer"; // the task was interrupted, and has ended
        }
        // @end
    }

    private List<String> finished(List<String> names, Duration each, Duration all) throws InterruptedException {
        List<String> lines = new ArrayList<>();
        // @start region="finished"
        List<Outcome<String>> outcomes = FanOut.over(names)
                .concurrency(2)
                .timeoutEach(each)
                .deadline(Deadline.after(all))
                .outcomes(name -> ask(name)); // returns at the deadline, with what there is
        for (Outcome<String> outcome : outcomes) {
            lines.add(
                    switch (outcome) {
                        case Outcome.Success<String>(String answer) -> answer;
                        case Outcome.Failure<String>(Throwable cause) -> "failed";
                        case Outcome.Cancelled<String>(boolean started, Throwable cause) ->
                            started ? "cut short" : "not begun";
                    });
        }
        // @end
        return lines;
    }

    /** What is done within a time. */
    private interface Timed {
        List<String> within(Duration time) throws InterruptedException;
    }

    /** With a time that is enough on this machine for all but what hangs. */
    private static List<String> inTime(List<String> enough, Timed timed) throws InterruptedException {
        List<String> lines = timed.within(Duration.ofSeconds(1));
        for (int seconds = 2; !lines.equals(enough) && seconds < 60; seconds *= 2) {
            lines = timed.within(Duration.ofSeconds(seconds));
        }
        return lines;
    }

    @Test
    @Timeout(300)
    void a_time_limit_ends_the_task_and_says_what_was_finished() throws Exception {
        assertEquals("answer of a", one("a", Duration.ofSeconds(20)));
        assertEquals("no answer", one("hangs", Duration.ofSeconds(1)));
        assertEquals(0, interrupted.getCount());
        Duration minutes = Duration.ofMinutes(5);
        List<String> ofEach = List.of("answer of a", "cut short", "answer of b");
        assertEquals(ofEach, inTime(ofEach, each -> finished(List.of("a", "hangs", "b"), each, minutes)));
        List<String> ofAll = List.of("answer of a", "cut short", "cut short", "not begun");
        assertEquals(ofAll, inTime(ofAll, all -> finished(List.of("a", "hangs", "hangs", "b"), minutes, all)));
    }

    /** A ledger whose booking has two halves. */
    private static final class Ledger {
        private final CountDownLatch begun = new CountDownLatch(1);
        private final CountDownLatch goOn = new CountDownLatch(1);
        private volatile boolean debited;
        private volatile boolean credited;

        String book() throws InterruptedException {
            debited = true;
            begun.countDown();
            goOn.await();
            credited = true;
            return "receipt";
        }
    }

    private static void cancelHalfWay(Ledger ledger) throws InterruptedException {
        // @start region="shield-naive"
        try (TaskScope<InterruptedException> scope = TaskScope.failFast()) {
            scope.fork(() -> ledger.book());
            ledger.begun.await();
            scope.cancel(); // the booking is interrupted half-way
            scope.join(); // throws a CancellationException
        }
        // @end
    }

    @Test
    void without_a_shield_a_cancel_comes_between_the_halves() {
        Ledger ledger = new Ledger();
        assertThrows(CancellationException.class, () -> cancelHalfWay(ledger));
        assertTrue(ledger.debited);
        assertFalse(ledger.credited);
    }

    @Test
    void with_a_shield_both_halves_are_done() throws Exception {
        Ledger ledger = new Ledger();
        try (TaskScope<InterruptedException> scope = TaskScope.failFast()) {
            // @start region="shield"
            scope.fork(() -> TaskScope.shield(() -> ledger.book())); // a cancel waits for it to end
            // @end
            ledger.begun.await();
            scope.cancel();
            ledger.goOn.countDown();
            assertThrows(CancellationException.class, scope::join);
        }
        assertTrue(ledger.debited);
        assertTrue(ledger.credited);
    }
}
