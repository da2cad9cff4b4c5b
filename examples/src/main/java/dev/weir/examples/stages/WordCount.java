package dev.weir.examples.stages;

import dev.weir.pipeline.ErrorPolicy;
import dev.weir.pipeline.Pipeline;
import dev.weir.pipeline.RunningPipeline;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Counts the words of the text files in a folder, in three stages: reading waits for the disk, so many files are read
 * at once; counting needs the processor, so it has as many workers as there are; adding up is for one, and needs no
 * lock.
 */
public final class WordCount {
    private static final Pattern NO_WORD = Pattern.compile("[^\\p{L}]+");

    private WordCount() {}

    /** What has been counted, and how the stages went. */
    record Result(Map<String, Integer> words, List<Path> unreadable, String bottleneck) {}

    static Result count(Path folder, String suffix) throws IOException, InterruptedException {
        Map<String, Integer> words = new HashMap<>();
        List<Path> unreadable = java.util.Collections.synchronizedList(new java.util.ArrayList<>());
        Stream<Path> files = Files.walk(folder).filter(file -> file.toString().endsWith(suffix));
        try (RunningPipeline running = Pipeline.from(files) // which the pipeline closes
                .mapParallel("read", 8, Files::readString)
                .onError(ErrorPolicy.deadLetter(failure -> unreadable.add((Path) failure.element())))
                .mapParallel("count", Runtime.getRuntime().availableProcessors(), WordCount::wordsOf)
                .onPlatformThreads()
                .to("add up", counted -> counted.forEach((word, times) -> words.merge(word, times, Integer::sum)))
                .start()) {
            running.awaitCompletion();
            return new Result(words, unreadable, running.bottleneck());
        }
    }

    static Map<String, Integer> wordsOf(String text) {
        Map<String, Integer> words = new HashMap<>();
        for (String word : NO_WORD.split(text)) {
            if (!word.isEmpty()) {
                words.merge(word, 1, Integer::sum);
            }
        }
        return words;
    }

    /**
     * Prints the ten most frequent words.
     *
     * @param args the folder, by default this one, and how the names of its text files end, by default with .java
     * @throws IOException if the folder cannot be read
     * @throws InterruptedException if it is interrupted
     */
    public static void main(String[] args) throws IOException, InterruptedException {
        Result result = count(Path.of(args.length > 0 ? args[0] : "."), args.length > 1 ? args[1] : ".java");
        result.words().entrySet().stream()
                .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
                .limit(10)
                .forEach(word -> System.out.printf("%8d %s%n", word.getValue(), word.getKey()));
        result.unreadable().forEach(file -> System.out.println("unreadable: " + file));
        System.out.println(result.bottleneck());
    }
}
