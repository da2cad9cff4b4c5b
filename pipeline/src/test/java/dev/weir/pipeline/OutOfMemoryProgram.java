package dev.weir.pipeline;

import dev.weir.testkit.Heap;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** Runs in a JVM with a small heap: functions of pipelines use all of it, and memory stays short for a second. */
final class OutOfMemoryProgram {
    private OutOfMemoryProgram() {}

    public static void main(String[] args) throws Exception {
        List<String> ends = new ArrayList<>();
        for (int round = 0; round < 2; round++) {
            ends.add(play());
        }
        System.out.println("ends: " + ends);
        System.exit(0);
    }

    private static String play() throws InterruptedException {
        CountDownLatch started = new CountDownLatch(1);
        RunningPipeline running = Pipeline.from(Flows.numbers(100))
                .mapParallel("work", 2, i -> {
                    if (i == 20) {
                        started.await();
                        Heap.fill();
                    }
                    return i;
                })
                .to("sink", i -> {})
                .start();
        while (true) {
            try {
                return end(running, started);
            } catch (OutOfMemoryError mine) {
                // memory is short here, too
            }
        }
    }

    private static String end(RunningPipeline running, CountDownLatch started) throws InterruptedException {
        if (started.getCount() > 0) {
            started.countDown();
            Heap.freeAfterASecond();
        }
        try {
            return running.awaitCompletion(Duration.ofSeconds(10)) ? "completed" : "never ended";
        } catch (PipelineException failure) {
            return "failed";
        }
    }
}
