package dev.weir.jcstress.soak;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class SoakTest {
    @Test
    void nothing_is_lost_or_made_in_some_rounds() throws Exception {
        Tally tally = Soak.run(Duration.ofSeconds(2), System.nanoTime());
        System.out.println(tally);
        assertTrue(tally.elements.sum() > 0, tally::toString);
        assertTrue(tally.tasks.sum() > 0, tally::toString);
        assertTrue(tally.fanOuts.sum() > 0, tally::toString);
        assertTrue(tally.interrupts.sum() > 0, tally::toString);
    }
}
