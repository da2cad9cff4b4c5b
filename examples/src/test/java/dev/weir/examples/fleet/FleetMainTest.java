package dev.weir.examples.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.ratelimit.Rate;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(300)
class FleetMainTest {
    /** Where no server runs, the test is skipped; in CI it fails. */
    private static void assumeServer() throws Exception {
        try {
            new Server().close();
        } catch (IOException none) {
            if (System.getenv("WEIR_REDIS_REQUIRED") != null) {
                throw none;
            }
            System.err.println("SKIPPED: " + none.getMessage());
            Assumptions.abort(none.getMessage());
        }
    }

    @Test
    void a_fleet_keeps_to_its_limit_and_goes_on_without_its_server() throws Exception {
        assumeServer();
        int seconds = 8;
        FleetMain.Result result = runAndPrint(seconds);
        while (!hasNoticed(result) && seconds < 60) { // this machine is slow
            seconds *= 2;
            result = runAndPrint(seconds);
        }
        // A process sees its answers later than the server gave
        // them, on a slow machine by much: not the tightest window
        long elapsed =
                result.before().micros().getLast() - result.before().micros().getFirst();
        assertTrue(
                result.before().micros().size() <= Member.RATE.burst() + 1 + 100 * (elapsed / 1e6 + 1),
                "more than the rate");
        assertEquals(Member.MEMBERS, result.outages(), "each process notices the outage");
        assertEquals(Member.MEMBERS, result.recoveries(), "and its end");
        assertTrue(result.outage().micros().size() > 0, "it goes on meanwhile");
        assertTrue(result.after().micros().size() > 0, "and afterwards");
    }

    private static FleetMain.Result runAndPrint(int seconds) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        FleetMain.Result result = FleetMain.run(seconds, new PrintStream(bytes, true, StandardCharsets.UTF_8));
        String printed = bytes.toString(StandardCharsets.UTF_8);
        System.out.println(printed);
        assertEquals(seconds + 3, printed.lines().count(), printed);
        return result;
    }

    private static boolean hasNoticed(FleetMain.Result result) {
        return result.outages() == Member.MEMBERS
                && result.recoveries() == Member.MEMBERS
                && !result.before().micros().isEmpty()
                && !result.after().micros().isEmpty();
    }

    @Test
    void the_tightest_window_is_found() {
        Rate rate = Rate.perSecond(1); // a permit a million microseconds
        assertEquals(0, new Admissions(List.of()).tightestWindow(rate));
        assertEquals(1, new Admissions(List.of(2_000_000L, 1_000_000L, 3_000_000L)).tightestWindow(rate));
        assertEquals(2.5, new Admissions(List.of(0L, 5_000_000L, 5_250_000L, 5_500_000L)).tightestWindow(rate), 1e-9);
    }

    @Test
    void admissions_are_counted_by_the_second() {
        assertEquals(2, new Admissions(List.of(5L, 10L, 19L, 20L)).between(10, 20));
    }
}
