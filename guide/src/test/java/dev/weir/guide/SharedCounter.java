package dev.weir.guide;

import dev.weir.core.fanout.FanOut;
import dev.weir.core.sync.KeyedLock;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Counts in a file that other processes count in as well. */
final class SharedCounter {
    private SharedCounter() {}

    // @start region="file"
    private static final KeyedLock<Path> FILES = new KeyedLock<>();

    static long increment(Path file) throws IOException, InterruptedException {
        Path lockFile = file.resolveSibling(file.getFileName() + ".lock");
        return FILES.call(lockFile, () -> {
            // no other thread of this process is here
            try (FileChannel guard = FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                guard.lock(); // excludes the other processes; the close unlocks it
                long count = Long.parseLong(Files.readString(file)) + 1;
                Files.writeString(file, Long.toString(count));
                return count;
            }
        });
    }

    // @end

    /** Two threads count, each as often as the second argument says. */
    public static void main(String[] args) throws IOException, InterruptedException {
        Path file = Path.of(args[0]);
        FanOut.overRange(0, 2).chunked(1).concurrency(2).forEach(thread -> {
            for (int i = 0; i < Integer.parseInt(args[1]); i++) {
                increment(file);
            }
        });
    }
}
