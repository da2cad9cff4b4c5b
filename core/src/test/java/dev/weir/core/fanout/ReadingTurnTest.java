package dev.weir.core.fanout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.testkit.Call;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class ReadingTurnTest {
    private final ReadingTurn turn = new ReadingTurn("prices");

    /** Guarded by the turn. */
    private final List<Integer> order = new ArrayList<>();

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void one_at_a_time_has_the_turn_and_nobody_waits_for_ever(boolean yields) throws Exception {
        int[] count = {0};
        List<Call<Void>> calls = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            calls.add(Call.run(() -> {
                for (int round = 0; round < 20_000; round++) {
                    turn.take();
                    count[0]++;
                    if (yields && round % 64 == 0) {
                        Thread.yield();
                    }
                    turn.pass();
                }
            }));
        }
        for (Call<Void> call : calls) {
            call.result();
        }
        assertEquals(80_000, count[0]);
    }

    @Test
    void those_in_the_line_are_summoned_one_after_the_other() throws Exception {
        turn.take();
        List<Call<Void>> calls = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            calls.add(waits(i));
        }
        turn.pass();
        for (Call<Void> call : calls) {
            call.result();
        }
        assertEquals(List.of(0, 1, 2), order);
    }

    @Test
    void the_turn_is_not_kept_for_one_that_is_on_its_way() throws Exception {
        turn.take();
        Call<Void> waits = waits(0);
        turn.pass();
        turn.take(); // whether or not the other one has had it
        turn.pass();
        waits.result();
        assertEquals(List.of(0), order);
    }

    @Test
    void an_interrupt_does_not_end_the_wait_and_is_not_lost() throws Exception {
        turn.take();
        Call<Boolean> call = Call.thatWaits(() -> {
            turn.take();
            turn.pass();
            return Thread.interrupted();
        });
        call.interrupt();
        call.assertRests();
        turn.pass();
        assertTrue(call.result());
    }

    @Test
    void thread_dumps_list_who_waits_for_the_turn() throws Exception {
        turn.take();
        Call<Void> waits = waits(0);
        String text = turn.toString();
        assertTrue(text.matches("FanOut prices: the turn to read an item, 1 waiting: .* for (at least )?PT.*S"), text);
        turn.pass();
        waits.result();
    }

    private Call<Void> waits(int number) {
        return Call.thatWaits(() -> {
            turn.take();
            order.add(number);
            turn.pass();
            return null;
        });
    }
}
