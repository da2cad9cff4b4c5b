package dev.weir.guide;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.pipeline.ErrorPolicy;
import dev.weir.pipeline.Pipeline;
import dev.weir.pipeline.PipelineException;
import dev.weir.pipeline.RunningPipeline;
import dev.weir.pipeline.StageFailure;
import dev.weir.pipeline.StageMetrics;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The code of docs/guide/pipelines.md. */
@Timeout(60)
class PipelinesTest {
    private static String fetch(String url) throws IOException {
        if (url.isEmpty()) {
            throw new IOException("no url");
        }
        return "<" + url + ">";
    }

    private static int parse(String page) {
        return page.length();
    }

    private static Thread naive(List<String> urls, List<Integer> store) {
        // @start region="stages-naive"
        BlockingQueue<String> pages = new ArrayBlockingQueue<>(2);
        Thread fetcher = Thread.ofPlatform().daemon().start(() -> {
            try {
                for (String url : urls) {
                    pages.put(fetch(url));
                }
            } catch (Exception failure) {
                failure.printStackTrace(); // and the parser waits for ever
            }
        });
        Thread.ofPlatform().daemon().start(() -> {
            try {
                while (true) {
                    store.add(parse(pages.take())); // throws: the fetcher waits for ever
                }
            } catch (InterruptedException stop) {
                Thread.currentThread().interrupt();
            }
        });
        // @end
        return fetcher;
    }

    @Test
    void a_stage_that_dies_leaves_the_other_waiting() throws Exception {
        Thread fetcher = naive(List.of("a", "b", "c", "d", "e"), List.of());
        while (fetcher.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        assertTrue(fetcher.isAlive());
    }

    private static List<StageMetrics> stages(List<String> urls, List<Integer> store) throws InterruptedException {
        // @start region="stages"
        try (RunningPipeline running = Pipeline.from(urls)
                .mapParallel("fetch", 5, url -> fetch(url)) // five at once, for they wait
                .mapParallel("parse", 2, page -> parse(page)) // two, for they compute
                .batch(50, Duration.ofMillis(200)) // 50 rows, or what there is after 200 ms
                .to("store", rows -> store.addAll(rows))
                .start()) {
            running.awaitCompletion(); // throws a PipelineException that names the stage and the element
            System.out.println(running.bottleneck());
            return running.metrics();
        }
        // @end
    }

    @Test
    void a_pipeline_ends_as_a_whole() throws Exception {
        List<Integer> store = new ArrayList<>();
        List<StageMetrics> metrics = stages(Collections.nCopies(100, "abc"), store);
        assertEquals(Collections.nCopies(100, 5), store);
        assertEquals("fetch", metrics.get(1).name());
        PipelineException failure =
                assertThrows(PipelineException.class, () -> stages(List.of("a", "", "b"), new ArrayList<>()));
        assertEquals("fetch", failure.stage());
    }

    @Test
    void a_dead_letter_is_kept_and_the_rest_goes_on() throws Exception {
        List<Integer> store = new ArrayList<>();
        List<StageFailure> failures = Collections.synchronizedList(new ArrayList<>());
        // @start region="dead-letters"
        Pipeline.from(List.of("a", "", "b"))
                .mapParallel("fetch", 5, url -> fetch(url))
                .onError(ErrorPolicy.deadLetter(failures::add)) // the element, the stage and the cause
                .map("parse", page -> parse(page))
                .to("store", store::add)
                .start()
                .awaitCompletion();
        // @end
        assertEquals(List.of(3, 3), store);
        assertEquals("", failures.getFirst().element());
    }
}
