package dev.weir.core.fanout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.Deadline;
import dev.weir.core.Outcome;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Calls of every kind with tasks that are quick, slow, failing and stubborn, ended by themselves, by a deadline, by an
 * interrupt or by the taker of the results. Whatever happens, no item is begun twice, no more run at once than may,
 * nothing runs after the return, and what is returned is right.
 */
@Timeout(120)
class FanOutRandomTest {
    private static final int CALLS = 1_000;

    @Test
    void whatever_happens_the_rules_hold() throws Exception {
        long seed = Long.getLong("weir.seed", System.nanoTime());
        System.out.println("FanOutRandomTest: -Dweir.seed=" + seed);
        Random random = new Random(seed);
        try (ExecutorService pool = Executors.newFixedThreadPool(3)) {
            for (int i = 0; i < CALLS; i++) {
                long callSeed = random.nextLong();
                try {
                    new Call(new Random(callSeed), pool).check();
                } catch (Throwable failure) {
                    throw new AssertionError("call " + i + " of seed " + seed, failure);
                }
            }
        }
    }

    private static final class Call {
        private final Random random;
        private final int count;
        private final int concurrency;
        private final long taskSeed;
        private final int failing;
        private final int slow;
        private final boolean sized;
        private final AtomicIntegerArray begun;
        private final AtomicInteger running = new AtomicInteger();
        private final AtomicInteger most = new AtomicInteger();
        private volatile boolean returned;
        private volatile boolean late;
        private final FanOut<Integer> fanOut;

        Call(Random random, ExecutorService pool) {
            this.random = random;
            this.count = random.nextInt(4) == 0 ? random.nextInt(5_000) : random.nextInt(50);
            this.concurrency = 1 + random.nextInt(random.nextBoolean() ? 4 : 40);
            this.taskSeed = random.nextLong();
            this.failing = random.nextBoolean() ? 0 : 1 + random.nextInt(2 * count + 1);
            this.slow = random.nextInt(3) == 0 ? 1 + random.nextInt(20) : 1_000;
            this.begun = new AtomicIntegerArray(count);
            List<Integer> items = IntStream.range(0, count).boxed().toList();
            this.sized = random.nextBoolean();
            FanOut<Integer> all = sized ? FanOut.over(items) : FanOut.over(items.iterator());
            all = all.concurrency(concurrency).buffer(random.nextInt(10));
            if (random.nextInt(4) == 0) {
                all = all.on(pool);
            }
            if (random.nextInt(8) == 0) {
                all = all.threadPerItem();
            }
            if (random.nextInt(4) == 0) {
                all = all.deadline(Deadline.after(Duration.ofNanos(random.nextInt(3_000_000))));
            }
            if (random.nextInt(8) == 0) {
                all = all.timeoutEach(Duration.ofNanos(1 + random.nextInt(1_000_000)));
            }
            this.fanOut = all;
        }

        private int task(int item) throws IOException, InterruptedException {
            late |= returned;
            begun.incrementAndGet(item);
            most.accumulateAndGet(running.incrementAndGet(), Math::max);
            try {
                Random choice = new Random(taskSeed + item);
                if (choice.nextInt(slow) == 0) {
                    if (choice.nextInt(4) == 0) {
                        LockSupport.parkNanos(200_000); // ignores its interrupt
                    } else {
                        Thread.sleep(0, choice.nextInt(500_000));
                    }
                }
                if (failing > 0 && choice.nextInt(failing) == 0) {
                    throw new IOException("item " + item);
                }
                if (choice.nextInt(500) == 0) {
                    Thread.currentThread().interrupt(); // and leaves it so
                }
                return -item;
            } finally {
                running.decrementAndGet();
            }
        }

        void check() throws Exception {
            Thread caller = Thread.currentThread();
            Thread interrupter = null;
            if (random.nextInt(5) == 0) {
                long after = random.nextInt(1_000_000);
                interrupter = Thread.ofVirtual().start(() -> {
                    LockSupport.parkNanos(after);
                    caller.interrupt();
                });
            }
            try {
                call();
            } catch (IOException | CancellationException | InterruptedException expected) {
                // whatever was returned is checked where it was
            } finally {
                returned = true;
                assertEquals(0, running.get(), "tasks run after the return");
            }
            while (interrupter != null && interrupter.isAlive()) {
                Thread.yield(); // a join would be interrupted
            }
            Thread.interrupted();
            Thread.yield();
            assertTrue(!late, "a task began after the return");
            assertTrue(most.get() <= concurrency, most + " ran at once");
            for (int i = 0; i < count; i++) {
                assertTrue(begun.get(i) <= 1, "item " + i + " was begun twice");
            }
        }

        private void call() throws IOException, InterruptedException {
            List<Integer> expected =
                    IntStream.range(0, count).map(i -> -i).boxed().toList();
            switch (random.nextInt(8)) {
                case 0 -> assertEquals(expected, fanOut.map(this::task));
                case 1 -> checkOutcomes(fanOut.outcomes(this::task));
                case 2 -> assertEquals(expected, fanOut.orderedStream(this::task, results -> results.toList()));
                case 3 -> {
                    List<Integer> all = fanOut.stream(this::task, results -> results.toList());
                    assertEquals(count, all.size());
                    assertEquals(new HashSet<>(expected), new HashSet<>(all));
                }
                case 4 -> {
                    int some = random.nextInt(count + 1);
                    List<Integer> first = fanOut.orderedStream(
                            this::task, results -> results.limit(some).toList());
                    assertEquals(expected.subList(0, some), first);
                }
                case 5 -> {
                    int some = random.nextInt(count + 1);
                    List<Integer> any = fanOut.stream(
                            this::task, results -> results.limit(some).toList());
                    assertEquals(some, new HashSet<>(any).size());
                }
                case 6 -> {
                    long sum = fanOut.reduce(0L, i -> (long) task(i), Long::sum);
                    assertEquals(expected.stream().mapToLong(i -> i).sum(), sum);
                }
                default -> {
                    int wanted = 1 + random.nextInt(count + 1);
                    if (wanted <= count) {
                        List<Integer> quorum = fanOut.quorum(wanted, this::task);
                        assertEquals(wanted, new HashSet<>(quorum).size());
                    }
                }
            }
        }

        private void checkOutcomes(List<Outcome<Integer>> outcomes) {
            assertTrue(sized ? outcomes.size() == count : outcomes.size() <= count);
            for (int i = 0; i < outcomes.size(); i++) {
                switch (outcomes.get(i)) {
                    case Outcome.Success<Integer>(Integer value) -> assertEquals(-i, value);
                    case Outcome.Failure<Integer>(Throwable cause) ->
                        assertTrue(cause instanceof InterruptedException
                                || cause.getMessage().equals("item " + i));
                    case Outcome.Cancelled<Integer>(boolean started, Throwable cause) ->
                        assertEquals(started ? 1 : 0, begun.get(i));
                }
            }
        }
    }
}
