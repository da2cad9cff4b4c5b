package dev.weir.pipeline;

import java.time.Duration;
import java.util.List;

/** The code of this package's documentation. */
final class PipelineSnippets {
    private PipelineSnippets() {}

    private static String fetch(String url) {
        return "<title>" + url + "</title>";
    }

    private static int parse(String page) {
        return page.length();
    }

    static List<StageMetrics> pipeline(Iterable<String> urls, List<Integer> store) throws InterruptedException {
        // @start region="pipeline"
        try (RunningPipeline running = Pipeline.from(urls)
                .mapParallel("fetch", 5, url -> fetch(url))
                .mapParallel("parse", 2, page -> parse(page))
                .onPlatformThreads()
                .onError(ErrorPolicy.skip())
                .batch(50, Duration.ofMillis(200))
                .to("store", batch -> store.addAll(batch))
                .start()) {
            running.awaitCompletion();
            System.out.println(running.bottleneck());
            return running.metrics();
        }
        // @end
    }
}
