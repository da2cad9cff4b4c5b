package dev.weir.guide;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import dev.weir.core.fanout.FanOut;
import dev.weir.core.pool.WorkerPool;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/**
 * The files of a folder, read in several forms; its main prints what each takes, as docs/guide/applications.md says.
 */
final class Folder {
    private Folder() {}

    // @start region="digest"
    static long digest(Path file) throws IOException {
        CRC32C sum = new CRC32C();
        byte[] buffer = new byte[1 << 16];
        try (InputStream in = Files.newInputStream(file)) {
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                sum.update(buffer, 0, read);
            }
        }
        return sum.getValue();
    }

    // @end

    static List<Long> inThisThread(List<Path> files) throws IOException {
        // @start region="sequential"
        List<Long> sums = new ArrayList<>();
        for (Path file : files) {
            sums.add(digest(file));
        }
        // @end
        return sums;
    }

    static List<Long> inAPool(List<Path> files) throws IOException, InterruptedException {
        // @start region="pooled"
        try (WorkerPool pool = WorkerPool.cpuBound("digest").build()) { // a thread for each core
            int cores = Runtime.getRuntime().availableProcessors();
            return FanOut.over(files).concurrency(cores).on(pool).map(Folder::digest);
        }
        // @end
    }

    static List<Long> onVirtualThreads(List<Path> files) throws IOException, InterruptedException {
        // @start region="virtual"
        List<Long> sums = FanOut.over(files).concurrency(32).map(Folder::digest);
        // @end
        return sums;
    }

    static long withoutABound(List<Path> files) throws Exception {
        // @start region="unbounded-naive"
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<byte[]>> contents = new ArrayList<>();
            for (Path file : files) {
                contents.add(threads.submit(() -> Files.readAllBytes(file))); // the whole folder, in memory
            }
            long sum = 0;
            for (Future<byte[]> content : contents) {
                CRC32C one = new CRC32C();
                one.update(content.get());
                sum += one.getValue();
            }
            return sum;
        }
        // @end
    }

    /** A form of the same work. */
    private interface Form {
        void run(List<Path> files) throws Exception;
    }

    /** Prints the table, for the files of the JDK that runs this or of another folder. */
    public static void main(String[] args) throws Exception {
        Path folder = Path.of(args.length == 0 ? System.getProperty("java.home") : args[0]);
        List<Path> files;
        try (Stream<Path> all = Files.walk(folder)) {
            files = all.filter(Files::isRegularFile).filter(Files::isReadable).toList();
        }
        long bytes = 0;
        for (Path file : files) {
            bytes += Files.size(file);
        }
        System.out.printf(
                "%d files, %.0f MB; Java %s, %s %s, %d processors%n%n",
                files.size(),
                bytes / 1e6,
                Runtime.version(),
                System.getProperty("os.name"),
                System.getProperty("os.arch"),
                Runtime.getRuntime().availableProcessors());
        System.out.println("| form | time | processor time | allocated | most heap in use |");
        System.out.println("|---|---:|---:|---:|---:|");
        inThisThread(files); // so that all find the files in the memory of the system
        measure("sequential", files, Folder::inThisThread);
        measure("pool, a thread for each core", files, Folder::inAPool);
        measure("32 virtual threads", files, Folder::onVirtualThreads);
        measure("a virtual thread for each file, whole files in memory", files, Folder::withoutABound);
        System.out.println();
        System.out.println("| workers | time | processor time |");
        System.out.println("|---:|---:|---:|");
        for (int workers : new int[] {1, 2, 4, 100}) {
            primes(workers);
        }
    }

    private static void primes(int workers) throws InterruptedException {
        long cpu = processorNanos();
        long start = System.nanoTime();
        long primes = FanOut.overRange(0, 10_000_000)
                .chunked(100_000)
                .concurrency(workers)
                .reduce(0L, range -> range.stream().filter(CpuTest::isPrime).count(), Long::sum);
        long nanos = System.nanoTime() - start;
        if (primes != 664_579) {
            throw new AssertionError(primes);
        }
        System.out.printf("| %d | %d ms | %d ms |%n", workers, millis(nanos), millis(processorNanos() - cpu));
    }

    private static long processorNanos() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
    }

    private static long millis(long nanos) {
        return nanos / 1_000_000;
    }

    /** The median of five runs. */
    private static void measure(String name, List<Path> files, Form form) throws Exception {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        List<long[]> runs = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            System.gc();
            heap().forEach(MemoryPoolMXBean::resetPeakUsage);
            long before =
                    heap().stream().mapToLong(pool -> pool.getUsage().getUsed()).sum();
            long allocated = threads.getTotalThreadAllocatedBytes();
            long cpu = processorNanos();
            long start = System.nanoTime();
            form.run(files);
            long nanos = System.nanoTime() - start;
            cpu = processorNanos() - cpu;
            long most = heap().stream()
                    .mapToLong(pool -> pool.getPeakUsage().getUsed())
                    .sum();
            runs.add(new long[] {nanos, cpu, threads.getTotalThreadAllocatedBytes() - allocated, most - before});
        }
        runs.sort((a, b) -> Long.compare(a[0], b[0]));
        long[] median = runs.get(2);
        System.out.printf(
                "| %s | %d ms | %d ms | %.1f MB | %.1f MB |%n",
                name, millis(median[0]), millis(median[1]), median[2] / 1e6, median[3] / 1e6);
    }

    private static List<MemoryPoolMXBean> heap() {
        return ManagementFactory.getMemoryPoolMXBeans().stream()
                .filter(pool -> pool.getType() == MemoryType.HEAP)
                .toList();
    }
}
