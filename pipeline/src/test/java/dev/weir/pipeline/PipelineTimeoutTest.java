package dev.weir.pipeline;

import static dev.weir.pipeline.Flows.assertBalanced;
import static dev.weir.pipeline.Flows.numbers;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.channel.Channel;
import dev.weir.core.time.ManualTimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Interrupts: those of a timeout, those of the end, and those that are somebody else's. */
@Timeout(60)
class PipelineTimeoutTest {
    @Test
    void an_element_that_takes_too_long_is_interrupted_and_goes_the_way_of_the_policy() throws Exception {
        ManualTimeSource time = new ManualTimeSource();
        CountDownLatch reached = new CountDownLatch(1);
        AtomicBoolean interrupted = new AtomicBoolean();
        List<StageFailure> dead = new ArrayList<>();
        List<Integer> out = new ArrayList<>();
        RunningPipeline pipeline = Pipeline.from(numbers(4))
                .map("work", i -> {
                    if (i == 2) {
                        reached.countDown();
                        try {
                            new CountDownLatch(1).await();
                        } finally {
                            interrupted.set(true);
                        }
                    }
                    return i;
                })
                .timeout(Duration.ofMillis(50))
                .onError(ErrorPolicy.deadLetter(dead::add))
                .timeSource(time)
                .to("sink", out::add)
                .start();
        reached.await(); // so the others before it took no time
        time.advance(Duration.ofMillis(49));
        assertFalse(interrupted.get());
        time.advance(Duration.ofMillis(1));
        pipeline.awaitCompletion();
        assertTrue(interrupted.get());
        assertEquals(List.of(0, 1, 3), out);
        assertEquals(1, dead.size());
        assertEquals("work", dead.getFirst().stage());
        assertEquals(2, dead.getFirst().element());
        assertInstanceOf(TimeoutException.class, dead.getFirst().cause());
        assertBalanced(pipeline, "");
    }

    @Test
    void a_sink_has_a_timeout_too_and_an_abort_interrupts_what_is_timed() throws Exception {
        RunningPipeline late = Pipeline.from(numbers(1))
                .to("sink", i -> new CountDownLatch(1).await())
                .timeout(Duration.ofMillis(5))
                .start();
        assertInstanceOf(
                TimeoutException.class,
                assertThrows(PipelineException.class, late::awaitCompletion).getCause());
        CountDownLatch reached = new CountDownLatch(1);
        RunningPipeline aborted = Pipeline.from(numbers(1))
                .to("sink", i -> {
                    reached.countDown();
                    new CountDownLatch(1).await();
                })
                .timeout(Duration.ofHours(1))
                .start();
        reached.await();
        aborted.abort();
        assertThrows(CancellationException.class, aborted::awaitCompletion);
        assertBalanced(aborted, "");
    }

    @Test
    void an_interrupt_that_a_function_leaves_behind_does_not_reach_the_next_element() throws Exception {
        List<Integer> out = new ArrayList<>();
        RunningPipeline pipeline = Pipeline.from(numbers(100))
                .map("leaky", i -> {
                    assertFalse(Thread.currentThread().isInterrupted());
                    Thread.currentThread().interrupt();
                    return i;
                })
                .buffer(1)
                .flatMap("leaky too", i -> {
                    Thread.currentThread().interrupt();
                    return List.of(i);
                })
                .buffer(1)
                .to("sink", i -> {
                    out.add(i);
                    Thread.currentThread().interrupt();
                })
                .start();
        pipeline.awaitCompletion();
        assertEquals(numbers(100), out);
        assertBalanced(pipeline, "");
    }

    @Test
    void an_interrupt_from_outside_fails_the_pipeline_rather_than_losing_a_worker() throws Exception {
        Channel<Integer> source = Channel.bounded(1);
        AtomicInteger seen = new AtomicInteger();
        List<Thread> workers = new ArrayList<>();
        CountDownLatch known = new CountDownLatch(1);
        RunningPipeline pipeline = Pipeline.from(source)
                .to("sink", i -> {
                    workers.add(Thread.currentThread());
                    seen.incrementAndGet();
                    known.countDown();
                })
                .start();
        source.send(1);
        known.await();
        while (Flows.stage(pipeline, "sink").out() == 0 || workers.getFirst().getState() != Thread.State.WAITING) {
            Thread.yield();
        }
        workers.getFirst().interrupt();
        PipelineException failure = assertThrows(PipelineException.class, pipeline::awaitCompletion);
        assertEquals("sink", failure.stage());
        assertInstanceOf(InterruptedException.class, failure.getCause());
        assertBalanced(pipeline, "");
    }

    @Test
    void a_function_that_swallows_the_interrupt_ends_all_the_same() throws Exception {
        CountDownLatch reached = new CountDownLatch(1);
        RunningPipeline pipeline = Pipeline.from(Flows.endless(new AtomicInteger()))
                .map("stubborn", i -> {
                    reached.countDown();
                    try {
                        Thread.sleep(20);
                    } catch (InterruptedException swallowed) {
                        return i;
                    }
                    return i;
                })
                .to("sink", i -> {})
                .start();
        reached.await();
        pipeline.abort();
        assertThrows(CancellationException.class, pipeline::awaitCompletion);
        assertBalanced(pipeline, "");
    }
}
