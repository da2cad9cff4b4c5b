package dev.weir.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.batch.Batcher;
import dev.weir.channel.Channel;
import dev.weir.testkit.Call;
import dev.weir.testkit.Dumps;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a dump shows of the workers of a pipeline, and of those that wait for it. */
class PipelineDumpTest {
    private static final String FOR = " for (at least )?PT[0-9.]+S";

    private final Semaphore permits = new Semaphore(0);
    private final LinkedBlockingQueue<Thread> workers = new LinkedBlockingQueue<>();

    @AfterEach
    void go() {
        permits.release(1_000);
    }

    private Integer pass(Integer element) throws InterruptedException {
        workers.add(Thread.currentThread());
        permits.acquire();
        return element;
    }

    @Test
    void workers_say_their_stage_and_whether_an_element_or_room_is_missing() throws Exception {
        Channel<Integer> source = Channel.unbounded();
        LinkedBlockingQueue<Thread> parsers = new LinkedBlockingQueue<>();
        RunningPipeline pipeline = Pipeline.from(source)
                .map("parse", element -> {
                    parsers.add(Thread.currentThread());
                    return element;
                })
                .buffer(1)
                .to("store", this::pass)
                .name("orders")
                .start();
        source.send(0);
        Thread parser = parsers.take();
        Dumps.awaitThread("parse-1");
        Dumps.awaitThread("store-1");
        Dumps.awaitThread("pipeline-end");
        Dumps.awaitBlocker(parser, "Stage parse: an element, 1 waiting: parse-1" + FOR);
        for (int i = 1; i < 100; i++) {
            source.send(i);
        }
        Dumps.awaitBlocker(parser, "Stage store: room in its buffer of [0-9]+, 1 waiting: parse-1" + FOR);
        source.close();
        Call<Boolean> end = Call.onPlatformThread(() -> pipeline.awaitCompletion(Duration.ofSeconds(60)));
        end.thread().setName("caller");
        Dumps.awaitBlocker(
                end.thread(),
                "Gate\\[the end of orders, a pipeline of [a-z0-9-]+, parse, store, closed, 1 waiting: caller" + FOR
                        + "]");
        permits.release(1_000);
        assertTrue(end.result());
    }

    @Test
    void a_worker_that_is_ahead_in_an_ordered_stage_says_what_it_waits_for() throws Exception {
        LinkedBlockingQueue<Thread> ahead = new LinkedBlockingQueue<>();
        RunningPipeline pipeline = Pipeline.from(IntStream.range(0, 200).boxed().toList())
                .mapParallelOrdered("fetch", 2, element -> {
                    if (element == 0) {
                        pass(element);
                    } else {
                        ahead.add(Thread.currentThread());
                    }
                    return element;
                })
                .to("sink", element -> {})
                .start();
        Dumps.awaitBlocker(
                ahead.take(),
                "Stage fetch: room for a result behind one that is not done, number 0, 1 waiting: fetch-[12]" + FOR);
        permits.release(1);
        assertTrue(pipeline.awaitCompletion(Duration.ofSeconds(60)));
    }

    @Test
    void a_caller_of_a_batcher_says_which_one_and_so_do_the_threads_that_send() throws Exception {
        CountDownLatch sending = new CountDownLatch(1);
        Batcher<Integer, Integer> batcher = Batcher.<Integer, Integer>builder(items -> {
                    sending.countDown();
                    permits.acquireUninterruptibly();
                    return items;
                })
                .name("inserts")
                .build();
        Call<Integer> call = Call.onPlatformThread(() -> batcher.call(7));
        call.thread().setName("caller");
        Dumps.awaitBlocker(call.thread(), "Batcher inserts: the result of an item, caller waits" + FOR);
        Dumps.awaitThread("inserts-sender");
        sending.await();
        permits.release(1_000);
        assertEquals(7, call.result());
        batcher.close();
    }
}
