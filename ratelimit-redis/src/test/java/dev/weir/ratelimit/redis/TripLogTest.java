package dev.weir.ratelimit.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.weir.ratelimit.Rate;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What checks the fleet can fail. */
class TripLogTest {
    private static final Rate RATE = Rate.perSecond(1).withBurst(2); // a permit in a million microseconds

    @TempDir
    private Path folder;

    private TripLog log(String... lines) throws Exception {
        Path one = folder.resolve("one");
        Path other = folder.resolve("other");
        Files.write(one, List.of(lines).subList(0, lines.length / 2));
        Files.write(other, List.of(lines).subList(lines.length / 2, lines.length));
        return TripLog.read(RATE, List.of(other, one));
    }

    @Test
    void what_a_bucket_would_have_given_is_right() throws Exception {
        TripLog log = log(
                "0 take 1,1,1 1,1,0",
                "1000000 line 2,1 0,0",
                "1500000 take 1 1",
                "2000000 upto 5 1",
                "2000001 refund 1 0",
                "2000002 take 1 1");
        assertNull(log.firstDifference());
        assertEquals(4, log.taken());
        assertEquals(2, log.tightestBurst());
        assertEquals(1, log.longestPause());
        assertEquals(4 / 4.000002, log.use(), 1e-9);
        assertEquals(0.000002, log.notAskedFor(), 1e-9);
    }

    @Test
    void one_too_many_is_found() throws Exception {
        TripLog log = log("0 take 2 2", "999999 take 1 1");
        assertNotNull(log.firstDifference());
        assertEquals(2.000001, log.tightestBurst(), 1e-9);
    }

    @Test
    void one_too_few_is_found() throws Exception {
        assertNotNull(log("0 take 2 2", "1000000 take 1 0").firstDifference());
    }

    @Test
    void overtaking_in_a_line_is_found() throws Exception {
        assertNotNull(log("0 take 1 1", "1 line 2,1 0,1").firstDifference());
    }

    @Test
    void what_grew_while_the_bucket_was_full_was_not_asked_for() throws Exception {
        assertEquals(3, log("0 take 1 1", "3000000 take 1 1").notAskedFor());
    }

    @Test
    void a_part_has_what_happened_in_it() throws Exception {
        TripLog log = log("0 take 1 1", "1 take 1 1", "2 take 1 0", "3 take 1 0");
        assertEquals(1, log.between(1, 3).taken());
        assertEquals(1, log.between(1, 3).firstMicros());
    }
}
