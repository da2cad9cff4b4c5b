package dev.weir.jcstress.soak;

import dev.weir.channel.Channel;
import dev.weir.channel.ChannelClosedException;
import dev.weir.core.Deadline;
import dev.weir.pipeline.ErrorPolicy;
import dev.weir.pipeline.Pipeline;
import dev.weir.pipeline.PipelineException;
import dev.weir.pipeline.RunningPipeline;
import dev.weir.pipeline.StageMetrics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * A pipeline reads a channel, is ended early in one of many ways and started again, while producers send to the
 * channel, its stages get more and fewer workers, and a collection that refuses some elements is filled from the
 * channel. No element is lost or comes twice, and each account balances.
 */
final class PipelineRound {
    private final Random random;
    private final Tally tally;
    private final Channel<Long> channel;
    private final List<Thread> threads = new ArrayList<>();
    private final ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
    private final Set<Long> delivered = ConcurrentHashMap.newKeySet();
    private final AtomicLong next = new AtomicLong();
    private final AtomicLong sent = new AtomicLong();
    private final AtomicLong sentSum = new AtomicLong();
    private final AtomicLong got = new AtomicLong();
    private final AtomicLong gotSum = new AtomicLong();
    private final AtomicInteger sunk = new AtomicInteger();
    private volatile String last = "no pipeline";
    private volatile boolean over;

    PipelineRound(Random random, Tally tally) {
        this.random = random;
        this.tally = tally;
        this.channel = switch (random.nextInt(4)) {
            case 0 -> Channel.rendezvous();
            case 1 -> Channel.unbounded();
            default -> Channel.bounded(1 + random.nextInt(16));
        };
    }

    void run() throws Exception {
        start("producer-1", this::produce);
        start("producer-2", this::produce);
        start("drainer", this::drain);
        int runs = 1 + random.nextInt(4);
        for (int i = 0; i < runs && failures.isEmpty(); i++) {
            runPipeline();
        }
        over = true;
        channel.close();
        SoakParts.join(threads, this::state);
        for (Long left : channel.abort()) {
            got(left);
        }
        check();
    }

    private void start(String name, SoakLoop.Body body) {
        Thread.Builder builder =
                random.nextBoolean() ? Thread.ofVirtual() : Thread.ofPlatform().daemon();
        threads.add(builder.name("pipeline-" + name)
                .start(() -> SoakLoop.run(
                        () -> {
                            try {
                                return body.turn() && !over;
                            } catch (ChannelClosedException end) {
                                return false;
                            }
                        },
                        failures)));
    }

    private boolean produce() throws InterruptedException {
        long element = next.incrementAndGet();
        if (sent.get() - got.get() > 1_000) { // in an unbounded channel
            LockSupport.parkNanos(100_000);
            return true;
        }
        channel.send(element);
        sent.incrementAndGet();
        sentSum.addAndGet(element);
        return true;
    }

    private void got(long element) {
        got.incrementAndGet();
        gotSum.addAndGet(element);
    }

    /** Into a collection that refuses each fourth element. */
    private boolean drain() throws InterruptedException {
        List<Long> target = new ArrayList<>() {
            private static final long serialVersionUID = 1;

            @Override
            public boolean add(Long element) {
                if (ThreadLocalRandom.current().nextInt(4) == 0) {
                    throw new Refused();
                }
                got(element);
                return super.add(element);
            }
        };
        try {
            int unused = channel.drainTo(target, 8, Duration.ofNanos(200_000));
        } catch (Refused asPlanned) {
            // the element is in the channel again
        }
        LockSupport.parkNanos(ThreadLocalRandom.current().nextInt(500_000));
        return true;
    }

    private static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    // ---- the pipeline

    private void runPipeline() throws Exception {
        sunk.set(0);
        long readBefore = got.get();
        AtomicLong read = new AtomicLong();
        try (RunningPipeline running = pipeline(read).start()) {
            last = running.toString();
            long end = System.nanoTime()
                    + Duration.ofMillis(1 + random.nextInt(15)).toNanos();
            while (System.nanoTime() - end < 0 && failures.isEmpty()) {
                disturb(running);
                LockSupport.parkNanos(random.nextInt(300_000));
            }
            running.resume();
            end(running);
            last = running.toString();
            checkAccount(running.metrics(), read.get());
        }
        tally.pipelines.increment();
        tally.elements.add(got.get() - readBefore);
    }

    private void disturb(RunningPipeline running) {
        switch (random.nextInt(7)) {
            case 0 -> running.pause();
            case 1 -> running.resume();
            case 2, 3 -> resize(running);
            case 4 -> {
                threads.get(random.nextInt(threads.size())).interrupt();
                tally.interrupts.increment();
            }
            default -> {}
        }
    }

    /** Changes the number of workers of a stage, if it is one whose number can be changed as far as that. */
    private void resize(RunningPipeline running) {
        List<StageMetrics> stages = running.metrics();
        String stage = stages.get(random.nextInt(stages.size())).name();
        try {
            running.parallelism(stage, 1 + random.nextInt(6));
            tally.resizes.increment();
        } catch (IllegalArgumentException refused) {
            // a source, a stage with one worker, or more than the window of an ordered stage
        }
    }

    private Pipeline.Complete pipeline(AtomicLong read) {
        Pipeline<Long> pipeline = Pipeline.from(() -> watched(channel.iterator(), read));
        int stages = random.nextInt(4);
        for (int i = 0; i < stages; i++) {
            pipeline = longer(pipeline, "stage-" + i).buffer(1 + random.nextInt(8));
            if (random.nextBoolean()) {
                pipeline = pipeline.onPlatformThreads();
            }
        }
        if (random.nextInt(3) == 0) {
            pipeline = pipeline.take(random.nextInt(200)).buffer(1 + random.nextInt(8));
        }
        if (random.nextBoolean()) {
            return pipeline.batch(1 + random.nextInt(8), Duration.ofNanos(random.nextInt(500_000) + 1))
                    .to("sink", batch -> batch.forEach(this::sink));
        }
        return pipeline.toParallel("sink", 1 + random.nextInt(3), this::sink);
    }

    private Pipeline<Long> longer(Pipeline<Long> pipeline, String name) {
        int workers = 1 + random.nextInt(3);
        int rare = 1 + random.nextInt(2_000);
        return switch (random.nextInt(6)) {
            case 0 -> pipeline.mapParallel(name, workers, this::work);
            case 1 -> pipeline.mapParallelOrdered(name, workers, this::work);
            case 2 -> pipeline.mapParallelByKey(name, workers, i -> i % 5, this::work);
            case 3 -> pipeline.filter(name, i -> i % 3 != 0);
            case 4 -> pipeline.map(name, i -> failing(i, 7)).onError(ErrorPolicy.skip());
            default -> pipeline.map(name, i -> failing(i, 1_000 + rare)); // which ends it
        };
    }

    private Long work(Long element) throws InterruptedException {
        if (ThreadLocalRandom.current().nextInt(16) == 0) {
            Thread.sleep(Duration.ofNanos(100_000));
        }
        return element;
    }

    private static Long failing(Long element, int each) {
        if (element % each == 0) {
            throw new IllegalStateException("as planned");
        }
        return element;
    }

    private void sink(Long element) {
        sunk.incrementAndGet();
        if (!delivered.add(element)) {
            failures.add(new AssertionError(element + " came twice"));
        }
    }

    /** Counts what the pipeline reads. It is not closed with the pipeline, so that the next one goes on. */
    private Iterator<Long> watched(Iterator<Long> elements, AtomicLong read) {
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return elements.hasNext();
            }

            @Override
            public Long next() {
                long element = elements.next();
                got(element);
                read.incrementAndGet();
                return element;
            }
        };
    }

    private void end(RunningPipeline running) throws InterruptedException {
        switch (random.nextInt(5)) {
            case 0 -> running.finish();
            case 1 -> running.abort();
            case 2 -> {
                boolean unused = running.drain(Deadline.after(Duration.ofNanos(random.nextInt(2_000_000))));
            }
            case 3 -> running.close();
            default -> {
                running.finish();
                running.abort();
            }
        }
        try {
            if (!running.awaitCompletion(SoakParts.PATIENCE)) {
                throw new AssertionError("a pipeline does not end; " + running);
            }
        } catch (PipelineException | CancellationException end) {
            // an end as well
        }
    }

    // ---- accounts

    private void checkAccount(List<StageMetrics> stages, long read) {
        long before = read;
        for (StageMetrics stage : stages) {
            equal("elements in, of " + stage, before, stage.in());
            equal(
                    "elements that " + stage + " accounts for",
                    stage.in(),
                    stage.out() + stage.filtered() + stage.skipped() + stage.deadLettered() + stage.undelivered());
            before = stage.emitted();
        }
        StageMetrics sink = stages.getLast();
        StageMetrics beforeIt = stages.get(stages.size() - 2);
        if (!beforeIt.name().equals("batch")) { // a batch in the sink is one element
            // One may be in the sink, and not counted any more, when the pipeline is stopped.
            long most = sink.out() + sink.undelivered();
            equal("elements in the sink", Math.clamp(sunk.get(), sink.out(), most), sunk.get());
        }
    }

    private void check() {
        if (!failures.isEmpty()) {
            throw new AssertionError(state(), failures.peek());
        }
        equal("elements", sent.get(), got.get());
        equal("the sum of the elements", sentSum.get(), gotSum.get());
    }

    private void equal(String what, long expected, long actual) {
        if (expected != actual) {
            throw new AssertionError(what + ": " + expected + " expected, but " + actual + "; " + state());
        }
    }

    private String state() {
        return channel + ", sent " + sent + ", read, drained or handed back " + got + ", " + last;
    }
}
