package dev.weir.core.sync;

import static dev.weir.testkit.Call.uninterrupted;
import static dev.weir.testkit.Call.until;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.sync.SyncSnippets.ReplacedLatch;
import dev.weir.core.time.ManualTimeSource;
import dev.weir.core.time.TimeSource;
import dev.weir.testkit.Call;
import dev.weir.testkit.CapturedLog;
import dev.weir.testkit.Dumps;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class GateTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final ManualTimeSource time = new ManualTimeSource(Long.MAX_VALUE - 5);
    private final Gate gate = Gate.closed(time);

    private Call<Boolean> waiting(Callable<Boolean> body) {
        int before = gate.waiting();
        Call<Boolean> call = Call.start(body);
        until(() -> gate.waiting() == before + 1);
        return call;
    }

    private Call<Boolean> waiting() {
        return waiting(() -> {
            gate.await();
            return true;
        });
    }

    @Test
    void documentation_tells_the_truth() throws Exception {
        SyncSnippets.Worker worker = new SyncSnippets.Worker();
        worker.work();
        worker.pause();
        Call<Void> work = Call.run(worker::work);
        until(() -> work.thread().getState() == Thread.State.WAITING);
        worker.resume();
        work.result();

        ReplacedLatch broken = new ReplacedLatch();
        CountDownLatch old = broken.latch;
        Call<Void> stuck = Call.run(broken::await);
        Dumps.awaitBlocker(stuck.thread(), ".*CountDownLatch.*");
        broken.close();
        broken.open();
        broken.await();
        assertEquals(1, old.getCount(), "open did not reach the thread that waits, which this example is about");
        stuck.thread().interrupt();
        stuck.assertThrew(InterruptedException.class);
    }

    @Test
    void an_uninterruptible_wait_ends_when_the_gate_opens_and_keeps_the_interrupt() throws Exception {
        Call<Boolean> call = waiting(() -> {
            gate.awaitUninterruptibly();
            return Thread.currentThread().isInterrupted();
        });
        call.interrupt();
        call.assertRests();
        gate.open();
        assertTrue(call.result(), "the interrupt is pending afterwards");
        assertEquals(0, gate.waiting());
        gate.awaitUninterruptibly(); // open: does not wait
    }

    @Test
    void an_open_gate_lets_pass_until_it_is_closed() throws Exception {
        Gate open = Gate.opened();
        assertTrue(open.isOpen());
        open.await();
        assertTrue(open.await(Duration.ZERO));
        open.open();
        open.close();
        open.close();
        assertFalse(open.isOpen());
        assertFalse(open.await(Duration.ZERO));
        open.open();
        assertTrue(open.await(SECOND.negated()));
    }

    @Test
    void open_lets_all_through_who_wait_and_who_come() throws Exception {
        List<Call<Boolean>> calls = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            calls.add(waiting());
        }
        gate.open();
        assertEquals(0, gate.waiting());
        for (Call<Boolean> call : calls) {
            assertTrue(call.result());
        }
        gate.await();
    }

    @Test
    void those_let_through_pass_though_the_gate_is_closed_at_once() throws Exception {
        for (int i = 0; i < 1_000; i++) {
            Call<Boolean> call = waiting();
            gate.open();
            gate.close();
            assertTrue(call.result());
        }
    }

    @Test
    void a_pulse_lets_exactly_those_through_who_wait() throws Exception {
        assertEquals(0, gate.pulse());
        Call<Boolean> one = waiting();
        Call<Boolean> two = waiting(() -> gate.await(SECOND));
        assertEquals(2, gate.pulse());
        assertTrue(one.result());
        assertTrue(two.result());
        assertFalse(gate.isOpen());
        Call<Boolean> late = waiting();
        assertFalse(late.isDone());
        assertEquals(1, gate.pulse());
        assertTrue(late.result());
        assertFalse(gate.await(Duration.ZERO));
    }

    @Test
    void a_pulse_of_an_open_gate_leaves_it_open() {
        gate.open();
        assertEquals(0, gate.pulse());
        assertTrue(gate.isOpen());
    }

    @Test
    void a_timeout_is_never_early_and_leaves_nobody_waiting() throws Exception {
        Call<Boolean> call = waiting(() -> gate.await(SECOND));
        time.awaitWaiters(1);
        time.advance(SECOND.minusNanos(1));
        assertFalse(call.isDone());
        time.advance(Duration.ofNanos(1));
        assertFalse(call.result());
        assertEquals(0, gate.waiting());
        assertEquals(0, gate.pulse());
    }

    @Test
    void an_endless_timeout_is_none() throws Exception {
        Call<Boolean> call = waiting(() -> gate.await(Duration.ofSeconds(Long.MAX_VALUE)));
        assertEquals(0, time.waiters());
        gate.open();
        assertTrue(call.result());
    }

    @Test
    void an_interrupt_before_the_call_throws_even_if_the_gate_is_open() {
        gate.open();
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, gate::await);
        assertFalse(Thread.interrupted());
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, () -> gate.await(Duration.ZERO));
        assertFalse(Thread.interrupted());
    }

    @Test
    void an_interrupt_during_the_wait_throws_and_leaves_nobody_waiting() throws Exception {
        Call<Boolean> untimed = waiting();
        Call<Boolean> timed = waiting(() -> gate.await(SECOND));
        untimed.thread().interrupt();
        timed.thread().interrupt();
        untimed.assertThrew(InterruptedException.class);
        timed.assertThrew(InterruptedException.class);
        assertEquals(0, gate.waiting());
        assertEquals(0, time.waiters());
        assertEquals(0, gate.pulse());
    }

    @Test
    void a_waiter_that_a_pulse_counted_passes_though_it_is_interrupted() throws Exception {
        AtomicInteger passed = new AtomicInteger();
        AtomicInteger interrupted = new AtomicInteger();
        int counted = 0;
        for (int i = 0; i < 2_000; i++) {
            Call<Boolean> call = waiting(() -> {
                try {
                    gate.await();
                    passed.incrementAndGet();
                } catch (InterruptedException expected) {
                    interrupted.incrementAndGet();
                }
                return true;
            });
            Thread interrupter = Thread.startVirtualThread(call.thread()::interrupt);
            counted += gate.pulse();
            interrupter.join();
            call.result();
        }
        assertEquals(counted, passed.get());
        assertEquals(2_000 - counted, interrupted.get());
    }

    @Test
    void null_arguments_are_refused() {
        assertThrows(NullPointerException.class, () -> gate.await(null));
        assertThrows(NullPointerException.class, () -> Gate.closed(null));
        assertThrows(NullPointerException.class, () -> Gate.opened(null));
    }

    @Test
    void text_tells_the_state() {
        assertEquals("Gate[" + gate.name() + ", closed, 0 waiting]", gate.toString());
        assertEquals(
                "Gate[resumed, open, 0 waiting]", Gate.opened().named("resumed").toString());
    }

    @Test
    void a_gate_has_the_name_that_it_is_given_or_a_number() {
        assertTrue(gate.name().matches("gate-[0-9]+"), gate.name());
        assertEquals(gate.name(), gate.name());
        assertEquals("resumed", gate.named("resumed").name());
        assertThrows(IllegalArgumentException.class, () -> gate.named(" "));
        assertThrows(NullPointerException.class, () -> gate.named(null));
    }

    @Test
    void a_clock_that_refuses_to_wait_ends_the_wait_and_leaves_nobody_in_the_line() throws Exception {
        List<Boolean> passed = new ArrayList<>();
        List<String> log = CapturedLog.during(TimeSource.class, () -> {
            time.schedule(() -> passed.add(uninterrupted(() -> gate.await(SECOND))), SECOND);
            time.advance(SECOND);
        });
        assertEquals(List.of(false), passed);
        assertEquals(1, log.size(), log::toString);
        assertEquals(0, gate.pulse());
    }
}
