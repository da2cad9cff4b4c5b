package dev.weir.pipeline;

import static dev.weir.pipeline.Flows.assertBalanced;
import static dev.weir.pipeline.Flows.assertStagesBalanced;
import static dev.weir.pipeline.Flows.endless;
import static dev.weir.pipeline.Flows.numbers;
import static dev.weir.pipeline.Flows.stage;
import static dev.weir.testkit.Eventually.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.channel.Channel;
import dev.weir.core.Deadline;
import dev.weir.core.time.ManualTimeSource;
import dev.weir.testkit.Call;
import dev.weir.testkit.CapturedLog;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ends of a pipeline before its source has ended, which are normal ones, and what a close does. */
@Timeout(60)
class PipelineEarlyEndTest {
    private final AtomicInteger read = new AtomicInteger();
    private final List<Object> out = new ArrayList<>();

    /** The elements of a channel; counts down when the first is asked for. */
    private static Iterable<Integer> watched(Channel<Integer> channel, CountDownLatch reads) {
        Iterator<Integer> elements = channel.iterator();
        return () -> new Iterator<>() {
            @Override
            public boolean hasNext() {
                reads.countDown();
                return elements.hasNext();
            }

            @Override
            public Integer next() {
                return elements.next();
            }
        };
    }

    // ---- take

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 10, 100})
    void the_first_elements_of_an_endless_source_are_taken_and_the_pipeline_has_completed(int count) throws Exception {
        RunningPipeline running = Pipeline.from(endless(read))
                .mapParallelOrdered("work", 3, i -> i)
                .take(count)
                .to("sink", out::add)
                .start();
        running.awaitCompletion();
        assertEquals(numbers(count), out);
        assertEquals(count, stage(running, "take").out());
        assertEquals(read.get(), stage(running, "source").in());
        assertBalanced(running, "");
    }

    @Test
    void what_is_left_out_has_no_key_and_no_weight() throws Exception {
        CountDownLatch second = new CountDownLatch(1);
        CountDownLatch enough = new CountDownLatch(1);
        List<Object> seen = new ArrayList<>();
        RunningPipeline byKey = Pipeline.from(numbers(10))
                .mapParallelByKey("keyed", 1, seen::add, element -> {
                    if (element == 1) {
                        second.countDown();
                        enough.await();
                    }
                    return element;
                })
                .map("after the second", element -> {
                    second.await();
                    return element;
                })
                .take(1)
                .to("sink", element -> enough.countDown())
                .start();
        byKey.awaitCompletion();
        assertEquals(2, seen.size());
        assertStagesBalanced(byKey, "");

        CountDownLatch secondWeight = new CountDownLatch(1);
        CountDownLatch enoughLists = new CountDownLatch(1);
        seen.clear();
        RunningPipeline byWeight = Pipeline.from(numbers(10))
                .batch(
                        1,
                        element -> {
                            seen.add(element);
                            if (element == 1) {
                                secondWeight.countDown();
                                Call.uninterrupted(() -> {
                                    enoughLists.await();
                                    return true;
                                });
                            }
                            return 1;
                        },
                        Duration.ofMinutes(1))
                .map("after the second", list -> {
                    secondWeight.await();
                    return list;
                })
                .take(1)
                .to("sink", element -> enoughLists.countDown())
                .start();
        byWeight.awaitCompletion();
        assertEquals(2, seen.size());
        assertStagesBalanced(byWeight, "");
    }

    @Test
    void more_are_asked_for_than_there_are() throws Exception {
        RunningPipeline running =
                Pipeline.from(numbers(3)).take(10).to("sink", out::add).start();
        running.awaitCompletion();
        assertEquals(numbers(3), out);
        assertEquals(0, stage(running, "take").filtered());
        assertThrows(
                IllegalArgumentException.class, () -> Pipeline.from(numbers(1)).take(-1));
    }

    @Test
    void a_condition_ends_the_pipeline_before_the_first_element_that_does_not_meet_it() throws Exception {
        RunningPipeline running = Pipeline.from(endless(read))
                .takeWhile("small", i -> i < 7)
                .to("sink", out::add)
                .start();
        running.awaitCompletion();
        assertEquals(numbers(7), out);
        assertTrue(stage(running, "small").filtered() >= 1);
        assertBalanced(running, "");
    }

    @Test
    void an_element_on_which_the_condition_fails_is_subject_to_the_error_policy() throws Exception {
        RunningPipeline running = Pipeline.from(endless(read))
                .takeWhile("small", i -> {
                    if (i == 2) {
                        throw new IOException("expected");
                    }
                    return i < 5;
                })
                .onError(ErrorPolicy.skip())
                .to("sink", out::add)
                .start();
        running.awaitCompletion();
        assertEquals(List.of(0, 1, 3, 4), out);
        assertEquals(1, stage(running, "small").skipped());
    }

    @Test
    void a_description_with_a_take_can_be_started_again() throws Exception {
        Pipeline.Complete whole = Pipeline.from(numbers(9)).take(2).to("sink", out::add);
        whole.start().awaitCompletion();
        whole.start().awaitCompletion();
        assertEquals(List.of(0, 1, 0, 1), out);
    }

    @Test
    void a_source_that_waits_for_its_next_element_is_stopped_when_there_are_enough() throws Exception {
        Channel<Integer> source = Channel.unbounded();
        RunningPipeline running =
                Pipeline.from(source).take(2).to("sink", out::add).start();
        source.send(1);
        source.send(2);
        running.awaitCompletion();
        assertEquals(List.of(1, 2), out);
    }

    @Test
    void an_endless_flat_map_before_it_ends_and_what_it_made_of_the_element_is_not_acknowledged() throws Exception {
        List<Integer> acknowledged = new ArrayList<>();
        RunningPipeline running = Pipeline.from(numbers(5))
                .acknowledging(acknowledged::add)
                .flatMap("endless", i -> i == 1 ? endless(read) : List.of(-1))
                .take(3)
                .to("sink", out::add)
                .start();
        running.awaitCompletion();
        assertEquals(List.of(-1, 0, 1), out);
        assertEquals(List.of(0), acknowledged, "of the second one not all has come through");
        assertBalanced(running, "");
    }

    @Test
    void elements_that_are_left_out_behind_the_last_are_not_acknowledged() throws Exception {
        List<Integer> acknowledged = new ArrayList<>();
        RunningPipeline running = Pipeline.from(numbers(100))
                .acknowledging(acknowledged::add)
                .take(10)
                .to("sink", out::add)
                .start();
        running.awaitCompletion();
        assertEquals(9, acknowledged.getLast());
        assertEquals(
                stage(running, "source").in() - 10, stage(running, "source").unacknowledged());
    }

    @Test
    void a_branch_that_has_enough_does_not_stop_the_source_of_another() throws Exception {
        List<Integer> few = new ArrayList<>();
        RunningPipeline running = Pipeline.from(numbers(1_000))
                .broadcast()
                .into(branch -> branch.take(3).to("few", few::add), branch -> branch.to("all", out::add))
                .start();
        running.awaitCompletion();
        assertEquals(numbers(3), few);
        assertEquals(numbers(1_000), out);
        assertEquals(997, stage(running, "take").filtered());
        assertStagesBalanced(running, "");
    }

    @Test
    void the_source_is_stopped_when_all_its_branches_have_enough() throws Exception {
        RunningPipeline running = Pipeline.from(endless(read))
                .broadcast()
                .into(
                        branch -> branch.take(30).to("one", i -> {}),
                        branch -> branch.map("same", i -> i).take(20).to("other", i -> {}))
                .start();
        running.awaitCompletion();
        assertEquals(30, stage(running, "one").out());
        assertEquals(20, stage(running, "other").out());
        assertStagesBalanced(running, "");
    }

    @Test
    void all_sources_that_meet_before_it_are_stopped() throws Exception {
        RunningPipeline running = Pipeline.merge(
                        Pipeline.from(endless(read)), Pipeline.from(endless(new AtomicInteger())))
                .take(50)
                .to("sink", out::add)
                .start();
        running.awaitCompletion();
        assertEquals(50, out.size());
        assertEquals(
                List.of("source", "source-2", "take", "sink"),
                running.metrics().stream().map(StageMetrics::name).toList());
    }

    // ---- finish, pause and resume

    @Test
    void a_finished_pipeline_lets_through_what_was_read_and_has_completed() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        RunningPipeline running = Pipeline.from(endless(read))
                .map("work", i -> {
                    gate.await();
                    return i;
                })
                .to("sink", out::add)
                .start();
        await().until(() -> read.get() >= 17);
        running.finish();
        gate.countDown();
        running.awaitCompletion();
        assertEquals(numbers(read.get()), out);
        running.finish(); // does nothing any more
        assertBalanced(running, "");
    }

    @Test
    void a_paused_pipeline_reads_no_more_until_it_is_resumed() throws Exception {
        Channel<Integer> source = Channel.unbounded();
        CountDownLatch reads = new CountDownLatch(1);
        RunningPipeline running =
                Pipeline.from(watched(source, reads)).to("sink", out::add).start();
        reads.await();
        running.pause();
        source.send(1); // the read that goes on
        await().until(() -> stage(running, "sink").out() == 1);
        source.send(2);
        assertFalse(running.awaitCompletion(Duration.ofMillis(20)));
        assertEquals(1, source.size());
        running.resume();
        await().until(() -> stage(running, "sink").out() == 2);
        source.close();
        running.awaitCompletion();
        running.pause(); // does nothing any more
        running.resume();
        assertEquals(List.of(1, 2), out);
    }

    @ParameterizedTest
    @ValueSource(strings = {"finish", "drain", "close", "abort", "take"})
    void a_paused_pipeline_can_be_ended(String how) throws Exception {
        Channel<Integer> source = Channel.unbounded();
        CountDownLatch gate = new CountDownLatch(1);
        CountDownLatch reads = new CountDownLatch(1);
        Pipeline<Integer> begun = Pipeline.from(watched(source, reads));
        RunningPipeline running = (how.equals("take") ? begun.take(1) : begun)
                .to("sink", i -> gate.await())
                .start();
        reads.await();
        running.pause();
        source.send(1);
        await().until(() -> stage(running, "sink").in() == 1);
        if (!how.equals("abort")) {
            gate.countDown();
        }
        switch (how) {
            case "finish" -> running.finish();
            case "drain" -> assertTrue(running.drain(Deadline.never()));
            case "close" -> running.close();
            case "abort" -> running.abort();
            default -> {}
        }
        if (how.equals("abort")) {
            assertThrows(CancellationException.class, running::awaitCompletion);
        } else {
            running.awaitCompletion();
        }
        assertBalanced(running, how);
    }

    // ---- close

    @Test
    void a_close_lets_through_what_was_read() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        RunningPipeline running = Pipeline.from(endless(read))
                .to("sink", i -> {
                    gate.await();
                    out.add(i);
                })
                .start();
        await().until(() -> read.get() >= 17);
        Call<Void> closing = Call.thatWaits(() -> {
            running.close();
            return null;
        });
        gate.countDown();
        closing.result();
        running.awaitCompletion();
        assertEquals(numbers(read.get()), out);
    }

    @Test
    void a_close_aborts_at_its_timeout_and_says_so() throws Exception {
        ManualTimeSource time = new ManualTimeSource();
        CountDownLatch reached = new CountDownLatch(1);
        RunningPipeline running = Pipeline.from(numbers(5))
                .timeSource(time)
                .to("sink", i -> {
                    reached.countDown();
                    new CountDownLatch(1).await();
                })
                .closeTimeout(Duration.ofSeconds(7))
                .start();
        reached.await();
        await().until(() -> stage(running, "source").in() == 5); // a close stops it where it is
        try (CapturedLog log = CapturedLog.of(Pipeline.class)) {
            Call<Void> closing = Call.start(() -> {
                running.close();
                return null;
            });
            time.awaitWaiters(1);
            time.advance(Duration.ofSeconds(7));
            closing.result();
            assertTrue(
                    log.lines().contains("WARN a pipeline was closed and aborted, with 5 elements undelivered"),
                    log.lines().toString());
        }
        assertThrows(CancellationException.class, running::awaitCompletion);
    }

    @Test
    void a_close_that_is_interrupted_aborts_at_once_and_keeps_the_interrupt() throws Exception {
        CountDownLatch reached = new CountDownLatch(1);
        RunningPipeline running = Pipeline.from(numbers(5))
                .to("sink", i -> {
                    reached.countDown();
                    new CountDownLatch(1).await();
                })
                .start();
        reached.await();
        AtomicReference<Boolean> status = new AtomicReference<>();
        Call<Void> closing = Call.thatWaits(() -> {
            running.close();
            status.set(Thread.currentThread().isInterrupted());
            return null;
        });
        closing.thread().interrupt();
        closing.result();
        assertEquals(true, status.get());
        assertThrows(CancellationException.class, running::awaitCompletion);
    }

    @Test
    void a_close_gives_up_a_stage_that_ignores_its_abort_and_names_it() throws Exception {
        ManualTimeSource time = new ManualTimeSource();
        AtomicInteger open = new AtomicInteger();
        CountDownLatch reached = new CountDownLatch(1);
        RunningPipeline running = Pipeline.from(numbers(5))
                .timeSource(time)
                .to("deaf", i -> {
                    reached.countDown();
                    while (open.get() == 0) {
                        Thread.onSpinWait();
                    }
                })
                .onPlatformThreads()
                .closeTimeout(Duration.ZERO)
                .start();
        reached.await();
        try (CapturedLog log = CapturedLog.of(Pipeline.class)) {
            Call<Void> closing = Call.start(() -> {
                running.close();
                return null;
            });
            time.awaitWaiters(1);
            time.advance(Duration.ofSeconds(1));
            closing.result();
            assertTrue( // perhaps behind the reader of the source, which may be about to end
                    log.lines().stream().anyMatch(line -> line.contains("worker deaf-1")),
                    log.lines().toString());
        } finally {
            open.set(1);
        }
        assertThrows(CancellationException.class, running::awaitCompletion);
    }

    @Test
    void a_negative_close_timeout_is_refused() {
        Pipeline.Complete whole = Pipeline.from(numbers(1)).to("sink", i -> {});
        assertThrows(IllegalArgumentException.class, () -> whole.closeTimeout(Duration.ofNanos(-1)));
    }

    // ---- the completion

    @Test
    void the_completion_comes_when_the_pipeline_has_ended_and_its_metrics_are_final() throws Exception {
        Channel<Integer> source = Channel.bounded(1);
        RunningPipeline running = Pipeline.from(source).to("sink", i -> {}).start();
        CompletableFuture<Long> sunk = running.completion()
                .thenApply(done -> stage(running, "sink").out())
                .toCompletableFuture();
        source.send(1);
        assertFalse(sunk.isDone());
        source.close();
        assertEquals(1, sunk.get());
        running.awaitCompletion();
    }

    @Test
    void the_completion_reports_a_failure_and_an_abort() throws Exception {
        IOException cause = new IOException("expected");
        RunningPipeline failed = Pipeline.from(numbers(1))
                .to("sink", i -> {
                    throw cause;
                })
                .start();
        CompletionException failure = assertThrows(
                CompletionException.class,
                () -> failed.completion().toCompletableFuture().join());
        assertEquals(
                cause,
                assertInstanceOf(PipelineException.class, failure.getCause()).getCause());
        RunningPipeline aborted =
                Pipeline.from(Channel.<Integer>bounded(1)).to("sink", i -> {}).start();
        aborted.abort();
        CompletionException abort = assertThrows(
                CompletionException.class,
                () -> aborted.completion().toCompletableFuture().join());
        assertInstanceOf(CancellationException.class, abort.getCause());
    }

    @Test
    void a_future_of_the_completion_that_is_cancelled_and_a_dependent_that_throws_change_nothing() throws Exception {
        Channel<Integer> source = Channel.bounded(1);
        RunningPipeline running = Pipeline.from(source).to("sink", out::add).start();
        assertTrue(running.completion().toCompletableFuture().cancel(true));
        running.completion().thenRun(() -> {
            throw new IllegalStateException("expected");
        });
        source.send(1);
        source.close();
        running.awaitCompletion();
        running.completion().toCompletableFuture().join();
        assertEquals(List.of(1), out);
    }

    // ---- what is not acknowledged

    @Test
    void the_metrics_say_how_many_elements_are_not_acknowledged_and_since_when() throws Exception {
        ManualTimeSource time = new ManualTimeSource();
        Channel<Integer> source = Channel.unbounded();
        Channel<Boolean> gate = Channel.unbounded();
        RunningPipeline running = Pipeline.from(source)
                .acknowledging(i -> {})
                .timeSource(time)
                .to("sink", i -> gate.receive())
                .start();
        source.send(1);
        await().until(() -> stage(running, "source").unacknowledged() == 1);
        time.advance(Duration.ofSeconds(3));
        source.send(2);
        await().until(() -> stage(running, "source").unacknowledged() == 2);
        time.advance(Duration.ofSeconds(2));
        assertEquals(Duration.ofSeconds(5), stage(running, "source").unacknowledgedFor());
        assertEquals(0, stage(running, "sink").unacknowledged());
        gate.send(true);
        await().until(() -> stage(running, "source").unacknowledged() == 1);
        assertEquals(Duration.ofSeconds(2), stage(running, "source").unacknowledgedFor());
        gate.send(true);
        source.close();
        running.awaitCompletion();
        assertEquals(0, stage(running, "source").unacknowledged());
        assertEquals(Duration.ZERO, stage(running, "source").unacknowledgedFor());
    }

    /** Reads of an iterator that is stopped while it is between two elements. */
    @Test
    void an_iterator_that_is_slow_to_answer_has_its_last_element_counted() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch answer = new CountDownLatch(1);
        Iterable<Integer> source = () -> new Iterator<>() {
            @Override
            public boolean hasNext() {
                return true;
            }

            @Override
            public Integer next() {
                asked.countDown();
                while (answer.getCount() > 0) {
                    Thread.onSpinWait();
                }
                return 1;
            }
        };
        RunningPipeline running = Pipeline.from(source).to("sink", out::add).start();
        asked.await();
        running.finish();
        answer.countDown();
        running.awaitCompletion();
        assertEquals(List.of(1), out);
        assertBalanced(running, "");
    }
}
