package dev.weir.guide.migrating;

import static java.util.stream.Collectors.toList;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.pivovarit.collectors.ParallelCollectors;
import dev.weir.core.fanout.FanOut;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ParallelCollectorsTest {
    private static String lookup(String key) {
        return "value of " + key;
    }

    @Test
    void both_sides_do_the_same() throws Exception {
        List<String> keys = List.of("a", "b", "c");
        // @start region="collect-theirs"
        List<String> all = keys.stream()
                .collect(ParallelCollectors.parallel(key -> lookup(key), toList(), 8))
                .join();
        // @end
        // @start region="collect"
        List<String> allToo = FanOut.over(keys).concurrency(8).map(key -> lookup(key)); // checked exceptions, too
        // @end
        assertEquals(all, allToo);

        // @start region="stream-theirs"
        try (Stream<String> completed =
                keys.stream().collect(ParallelCollectors.parallelToStream(key -> lookup(key), 8))) {
            completed.forEach(System.out::println); // as they complete
        }
        // @end
        // @start region="stream"
        try (Stream<String> completed = FanOut.over(keys).concurrency(8).stream(key -> lookup(key))) {
            completed.forEach(System.out::println); // the close cancels what is left
        }
        // @end
    }
}
