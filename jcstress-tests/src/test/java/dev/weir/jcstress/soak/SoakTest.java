package dev.weir.jcstress.soak;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class SoakTest {
    @Test
    void nothing_is_lost_or_made_in_some_rounds() throws Exception {
        Tally tally = Soak.run(Duration.ofSeconds(2), System.nanoTime());
        for (int seconds = 4; !everythingIn(tally) && seconds < 100; seconds *= 2) { // this machine is slow
            tally = Soak.run(Duration.ofSeconds(seconds), System.nanoTime());
        }
        System.out.println(tally);
        assertTrue(everythingIn(tally), tally.toString());
    }

    private static boolean everythingIn(Tally tally) {
        return tally.elements.sum() > 0
                && tally.tasks.sum() > 0
                && tally.fanOuts.sum() > 0
                && tally.interrupts.sum() > 0;
    }
}
