package dev.weir.examples.fanout;

import dev.weir.core.fanout.FanOut;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Which folders of a tree take most room: a walk in which each folder adds those in it. */
public final class DiskUsage {
    private DiskUsage() {}

    /**
     * A folder, without those in it.
     *
     * @param path where it is
     * @param files how many files are in it
     * @param bytes how long they are together
     */
    public record Folder(Path path, int files, long bytes) {}

    /**
     * Walks a tree, 16 folders at once, and returns the folders that take most room. Links are not followed, and what
     * may not be read counts as empty.
     *
     * @param root the topmost folder
     * @param most how many folders to return
     * @return the largest folders, the largest first
     * @throws IOException if a folder cannot be read
     * @throws InterruptedException if the thread is interrupted
     */
    public static List<Folder> largest(Path root, int most) throws IOException, InterruptedException {
        return FanOut.over(List.of(root)).concurrency(16).expand(DiskUsage::look, folders -> largest(folders, most));
    }

    private static Folder look(Path folder, Consumer<? super Path> more) throws IOException {
        int files = 0;
        long bytes = 0;
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            for (Path entry : entries) {
                BasicFileAttributes is =
                        Files.readAttributes(entry, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
                if (is.isDirectory()) {
                    more.accept(entry);
                } else if (is.isRegularFile()) {
                    files++;
                    bytes += is.size();
                }
            }
        } catch (AccessDeniedException closed) {
            return new Folder(folder, 0, 0);
        }
        return new Folder(folder, files, bytes);
    }

    private static List<Folder> largest(Stream<Folder> folders, int most) {
        Comparator<Folder> byBytes = Comparator.comparingLong(Folder::bytes);
        return folders.sorted(byBytes.reversed()).limit(most).toList();
    }

    /**
     * Prints the largest folders of the JDK that runs this, or of another folder.
     *
     * @param args the folder
     * @throws Exception if a folder cannot be read
     */
    public static void main(String[] args) throws Exception {
        Path root = Path.of(args.length == 0 ? System.getProperty("java.home") : args[0]);
        System.out.printf("%10s %8s  folder%n", "size", "files");
        for (Folder folder : largest(root, 10)) {
            System.out.printf("%7.1f MB %8d  %s%n", folder.bytes / 1e6, folder.files, folder.path);
        }
    }
}
