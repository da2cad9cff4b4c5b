package dev.weir.guide;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.RateLimiter;
import dev.weir.ratelimit.redis.RedisRateLimiter;
import dev.weir.ratelimit.remote.OutagePolicy;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulRedisConnection;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The code of the entry on shared state in docs/guide/applications.md. */
@Timeout(60)
class SharedStateTest {
    // @start region="file-naive"
    static void increment(Path file) throws IOException {
        long count = Long.parseLong(Files.readString(file));
        Files.writeString(file, Long.toString(count + 1)); // what another process wrote meanwhile is lost
    }

    // @end

    @Test
    void a_file_lock_is_of_the_process_and_not_of_the_thread(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("count"), "1");
        increment(file);
        assertEquals("2", Files.readString(file));
        assertThrows(OverlappingFileLockException.class, () -> lockTwice(file));
    }

    private static void lockTwice(Path file) throws IOException {
        try (FileChannel first = FileChannel.open(file, StandardOpenOption.WRITE);
                FileChannel second = FileChannel.open(file, StandardOpenOption.WRITE)) {
            // @start region="file-lock-naive"
            first.lock();
            second.lock(); // by another thread: does not wait, but throws an OverlappingFileLockException
            // @end
        }
    }

    @Test
    @Timeout(300)
    void processes_and_threads_count_in_one_file(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("count"), "0");
        List<Process> processes = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            String java =
                    Path.of(System.getProperty("java.home"), "bin", "java").toString();
            processes.add(new ProcessBuilder(
                            java,
                            "-cp",
                            System.getProperty("java.class.path"),
                            SharedCounter.class.getName(),
                            file.toString(),
                            "100")
                    .inheritIO()
                    .start());
        }
        SharedCounter.main(new String[] {file.toString(), "100"});
        for (Process process : processes) {
            assertEquals(0, process.waitFor());
        }
        assertEquals("600", Files.readString(file)); // two threads in each of three processes
    }

    @Test
    void processes_share_a_rate_in_redis() throws Exception {
        try (LocalRedis redis = LocalRedis.start()) {
            assertEquals(List.of(true, true, true), share(redis.url(), Duration.ofSeconds(20)));
            assertEquals(List.of(true, true, false), share(redis.url(), Duration.ofSeconds(20))); // 5 an hour over both
        }
    }

    private static List<Boolean> share(String url, Duration patience) {
        List<Boolean> admitted = new ArrayList<>();
        RedisClient client = RedisClient.create(url);
        try {
            // @start region="redis"
            client.setOptions(RedisRateLimiter.options().build());
            StatefulRedisConnection<String, String> connection = client.connect();
            RateLimiter reports = RedisRateLimiter.builder(connection.async(), "limit:reports", Rate.perHour(5))
                    .timeout(patience) // for an answer of Redis
                    .onOutage(OutagePolicy.localShare(3)) // without Redis: a third of the rate in each of 3 processes
                    .build();
            // @end
            for (int i = 0; i < 3; i++) {
                admitted.add(reports.tryAcquire());
            }
            assertFalse(connection.isMulti());
        } finally {
            client.shutdown(0, 1, TimeUnit.SECONDS);
        }
        return admitted;
    }
}
