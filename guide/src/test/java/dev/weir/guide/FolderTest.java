package dev.weir.guide;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class FolderTest {
    @Test
    void all_forms_read_the_same(@TempDir Path folder) throws Exception {
        List<Path> files = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            files.add(Files.writeString(folder.resolve("file" + i), "text ".repeat(i * 1_000)));
        }
        List<Long> sums = Folder.inThisThread(files);
        assertEquals(sums, Folder.inAPool(files));
        assertEquals(sums, Folder.onVirtualThreads(files));
        assertEquals(sums.stream().mapToLong(sum -> sum).sum(), Folder.withoutABound(files));
    }
}
