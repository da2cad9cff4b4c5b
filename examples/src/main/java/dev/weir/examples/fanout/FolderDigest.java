package dev.weir.examples.fanout;

import com.sun.management.ThreadMXBean;
import dev.weir.core.fanout.FanOut;
import dev.weir.core.pool.WorkerPool;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/** Digests every file of a folder in three forms, and compares what they take: one thread, a pool, virtual threads. */
public final class FolderDigest {
    private FolderDigest() {}

    /**
     * What one form took.
     *
     * @param name the name of the form
     * @param files how many files
     * @param digest all their digests in one
     * @param millis how long it took
     * @param allocatedBytes what all threads together allocated
     */
    public record Run(String name, int files, long digest, long millis, long allocatedBytes) {}

    /** A form of the same work. */
    private interface Form {
        List<Long> digest(List<Path> files) throws IOException, InterruptedException;
    }

    /**
     * Digests the files in all three forms.
     *
     * @param folder the folder, and those in it
     * @return what each took
     * @throws IOException if a file cannot be read
     * @throws InterruptedException if the thread is interrupted
     */
    public static List<Run> compare(Path folder) throws IOException, InterruptedException {
        List<Path> files;
        try (Stream<Path> all = Files.walk(folder)) {
            files = all.filter(Files::isRegularFile).filter(Files::isReadable).toList();
        }
        int cores = Runtime.getRuntime().availableProcessors();
        run("warm-up", files, FolderDigest::inThisThread); // the first to read reads from the disk
        try (WorkerPool pool = WorkerPool.builder("digest")
                .maxWorkers(cores)
                .queueCapacity(cores)
                .build()) {
            return List.of(
                    run("sequential", files, FolderDigest::inThisThread),
                    run(
                            "pool of " + cores,
                            files,
                            some -> FanOut.over(some)
                                    .concurrency(cores)
                                    .on(pool)
                                    .map(FolderDigest::digest)),
                    run(
                            "32 virtual threads",
                            files,
                            some -> FanOut.over(some).concurrency(32).map(FolderDigest::digest)));
        }
    }

    private static Run run(String name, List<Path> files, Form form) throws IOException, InterruptedException {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long allocated = threads.getTotalThreadAllocatedBytes();
        long start = System.nanoTime();
        List<Long> digests = form.digest(files);
        long millis = (System.nanoTime() - start) / 1_000_000;
        long digest = digests.stream().reduce(0L, (all, one) -> all * 31 + one);
        return new Run(name, files.size(), digest, millis, threads.getTotalThreadAllocatedBytes() - allocated);
    }

    private static List<Long> inThisThread(List<Path> files) throws IOException {
        Long[] digests = new Long[files.size()];
        for (int i = 0; i < digests.length; i++) {
            digests[i] = digest(files.get(i));
        }
        return List.of(digests);
    }

    private static long digest(Path file) throws IOException {
        CRC32C digest = new CRC32C();
        byte[] buffer = new byte[1 << 16];
        try (InputStream in = Files.newInputStream(file)) {
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                digest.update(buffer, 0, read);
            }
        }
        return digest.getValue();
    }

    /**
     * Digests the files of the JDK that runs this, or of another folder.
     *
     * @param args the folder
     * @throws Exception if a file cannot be read
     */
    public static void main(String[] args) throws Exception {
        Path folder = Path.of(args.length == 0 ? System.getProperty("java.home") : args[0]);
        System.out.printf("%-20s %8s %10s %14s%n", "form", "files", "time", "allocated");
        for (Run run : compare(folder)) {
            System.out.printf(
                    "%-20s %8d %7d ms %11.1f MB%n", run.name, run.files, run.millis, run.allocatedBytes / 1e6);
        }
    }
}
