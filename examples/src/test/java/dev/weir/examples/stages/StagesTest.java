package dev.weir.examples.stages;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class StagesTest {
    @TempDir
    private Path folder;

    @Test
    void words_of_all_files_are_counted_and_what_is_no_text_is_named() throws Exception {
        for (int i = 0; i < 20; i++) {
            Files.writeString(folder.resolve(i + ".txt"), "weir and water, and weir");
        }
        Files.writeString(folder.resolve("other.md"), "weir");
        Path broken = Files.write(folder.resolve("broken.txt"), new byte[] {(byte) 0xff});
        WordCount.Result result = WordCount.count(folder, ".txt");
        assertEquals(Map.of("weir", 40, "and", 40, "water", 20), result.words());
        assertEquals(List.of(broken), result.unreadable());
        assertTrue(result.bottleneck().contains("of the time"), result.bottleneck());
    }

    @Test
    void every_number_of_every_producer_reaches_one_consumer() throws Exception {
        List<Long> sums = ProducersConsumers.sumOfSquares(3, 4, 1_000);
        assertEquals(4, sums.size());
        long expected = LongStream.range(0, 3_000).map(i -> i * i).sum();
        assertEquals(expected, sums.stream().mapToLong(sum -> sum).sum());
    }
}
