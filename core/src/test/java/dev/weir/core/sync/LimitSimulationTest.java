package dev.weir.core.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.sync.ModelServer.Work;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Adaptive limits against a model of a service, in virtual time. */
class LimitSimulationTest {
    private static LimitFinder gradient(int initial) {
        return new GradientLimit(1, initial, 1_000, 0.9);
    }

    private static LimitFinder aimd(int initial) {
        return new AdditiveLimit(1, initial, 1_000, 0.9);
    }

    private static void assertNear(double expected, double actual, double part) {
        double most = Math.max(2, expected * part);
        assertTrue(Math.abs(actual - expected) <= most, "found " + actual + " in place of " + expected);
    }

    // Each pair: the capacity, and in how many samples it is
    // found. Falling is quick; rising takes rounds of a few more.
    private static final int[][] STEPS = {{100, 8_000}, {30, 2_500}, {300, 12_000}, {100, 2_500}, {50, 5_000}};

    @ParameterizedTest
    @EnumSource(names = {"CONSTANT", "UNIFORM"})
    void a_gradient_finds_a_changed_capacity_within_five_percent_in_a_stated_number_of_samples(Work work) {
        ModelServer server = new ModelServer(work, 40, 14);
        server.client(gradient(10));
        for (int[] step : STEPS) {
            server.workers = step[0];
            server.run(step[1]);
            assertNear(step[0], server.run(4_000)[0], 0.05);
            assertNear(step[0], server.run(100_000)[0], 0.05); // and stays, its probes counted
        }
    }

    @Test
    void a_gradient_is_right_on_average_though_the_work_of_calls_differs_by_as_much_as_its_mean() {
        ModelServer server = new ModelServer(Work.EXPONENTIAL, 20, 14);
        server.client(gradient(10));
        for (int[] step : STEPS) {
            server.workers = step[0];
            server.run(2 * step[1]);
            assertNear(step[0], server.run(100_000)[0], 0.25);
        }
    }

    @ParameterizedTest
    @EnumSource(Work.class)
    void a_gradient_recovers_when_the_service_is_slower_or_quicker_without_a_queue(Work work) {
        ModelServer server = new ModelServer(work, 50, 14);
        server.client(gradient(10));
        server.run(20_000);
        for (long factor : new long[] {10, 1, 3, 1}) {
            server.workNanos = factor * 50_000_000;
            server.run(20_000);
            assertNear(50, server.run(50_000)[0], work == Work.EXPONENTIAL ? 0.25 : 0.05);
        }
    }

    @Test
    void a_gradient_that_began_far_beyond_the_capacity_comes_down() {
        ModelServer server = new ModelServer(Work.CONSTANT, 100, 14);
        server.client(gradient(400)); // so its first round measures a queue, and takes it for the service's own latency
        server.run(100_000);
        assertNear(100, server.run(10_000)[0], 0.05);
    }

    // Netflix/concurrency-limits 134: under a modest overload the limit grows without end.
    @ParameterizedTest
    @EnumSource(Work.class)
    void a_gradient_does_not_creep_up_in_a_million_samples(Work work) {
        ModelServer server = new ModelServer(work, 50, 14);
        server.client(gradient(50));
        server.run(20_000);
        for (int i = 0; i < 10; i++) {
            assertNear(50, server.run(100_000)[0], work == Work.EXPONENTIAL ? 0.25 : 0.05);
        }
    }

    @Test
    void a_limit_that_is_not_used_does_not_rise() {
        for (LimitFinder finder : new LimitFinder[] {gradient(50), aimd(50)}) {
            ModelServer server = new ModelServer(Work.UNIFORM, 1_000, 14);
            ModelServer.Client client = server.client(finder);
            client.demand = 49;
            server.run(50_000);
            assertEquals(50, finder.limit(), finder.getClass().getSimpleName());
            client.demand = 50;
            server.run(5_000);
            assertTrue(finder.limit() > 50, finder.getClass().getSimpleName());
        }
    }

    @ParameterizedTest
    @EnumSource(Work.class)
    void two_clients_with_gradients_share_fairly(Work work) {
        ModelServer server = new ModelServer(work, 100, 14);
        server.client(gradient(20));
        server.run(20_000);
        server.client(gradient(20)); // that comes later
        server.run(50_000);
        double[] shares = server.run(1_000_000);
        assertTrue(Math.min(shares[0], shares[1]) >= 0.35 * (shares[0] + shares[1]), Arrays.toString(shares));
        assertNear(100, shares[0] + shares[1], 0.30); // each keeps a queue, and takes the other's for the service's
    }

    @Test
    void two_clients_with_aimd_share_fairly_and_refusals_are_few() {
        ModelServer server = new ModelServer(Work.UNIFORM, 90, 14);
        server.queueLimit = 10;
        ModelServer.Client first = server.client(aimd(20));
        server.run(20_000);
        ModelServer.Client second = server.client(aimd(20));
        server.run(50_000);
        first.refused = 0;
        double[] shares = server.run(200_000);
        assertTrue(Math.min(shares[0], shares[1]) >= 0.4 * (shares[0] + shares[1]), Arrays.toString(shares));
        assertNear(95, shares[0] + shares[1], 0.07);
        assertTrue(first.refused + second.refused < 2_000, first.refused + " and " + second.refused);
    }

    @Test
    void aimd_swings_between_the_capacity_and_the_factor_of_it() {
        ModelServer server = new ModelServer(Work.CONSTANT, 20, 14);
        server.queueLimit = 0;
        server.client(aimd(10));
        for (int[] step : new int[][] {{20, 5_000}, {100, 12_000}, {30, 3_000}}) {
            server.workers = step[0];
            server.run(step[1]);
            assertNear(0.95 * step[0], server.run(50_000)[0], 0.05);
        }
    }
}
