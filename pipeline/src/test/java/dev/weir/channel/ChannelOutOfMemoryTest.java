package dev.weir.channel;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.testkit.Heap;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds when memory is used up within a channel. */
@Timeout(240)
class ChannelOutOfMemoryTest {
    /** Handlers and bridges for which nothing can be allocated for a second. (odpi/egeria#5407) */
    @ParameterizedTest
    @ValueSource(strings = {"-XX:+UseSerialGC", "-XX:+UseParallelGC", "-XX:+UseG1GC"})
    void channels_and_their_bridges_end_when_memory_is_short(String collector) throws Exception {
        String output = Heap.run(OutOfMemoryProgram.class, collector);
        assertTrue(output.contains("ends: [consumer ended, subscriber ended, publisher ended]"), output);
    }
}
