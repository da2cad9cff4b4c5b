package dev.weir.core.time;

import static dev.weir.testkit.Eventually.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URL;
import java.net.URLClassLoader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class CoarseTimeSourceTest {
    private static final String TICKER = "weir-coarse-clock";

    private static CoarseTimeSource clock() {
        return new CoarseTimeSource(System::nanoTime, 100_000, 20);
    }

    /** What a clock reads, and where its ticker waits at each tick until it is let go: it does nothing meanwhile. */
    private static final class Halting implements LongSupplier {
        final Semaphore atTick = new Semaphore(0);
        final Semaphore goOn = new Semaphore(0);

        final Set<Thread> tickers = ConcurrentHashMap.newKeySet();

        /** How often somebody else has read it, which is to start the ticker. */
        final AtomicInteger starts = new AtomicInteger();

        @Override
        public long getAsLong() {
            if (Thread.currentThread().getName().equals(TICKER)) {
                tickers.add(Thread.currentThread());
                atTick.release();
                goOn.acquireUninterruptibly();
            } else {
                starts.incrementAndGet();
            }
            return System.nanoTime();
        }
    }

    @Test
    void a_reading_is_never_ahead_of_the_system_clock_and_moves_on() {
        TimeSource time = TimeSource.coarse();
        long first = time.nanoTime();
        long last = first;
        while (last - first < 20_000_000) {
            long reading = time.nanoTime();
            assertTrue(System.nanoTime() - reading >= 0, "ahead of the system clock");
            assertTrue(reading - last >= 0, "went back");
            last = reading;
        }
        assertEquals(Duration.ofMillis(1), time.resolution());
    }

    @Test
    void no_thread_sees_time_go_back_behind_what_another_has_read() throws Exception {
        for (int repeat = 0; repeat < 200; repeat++) {
            CoarseTimeSource time = clock(); // a new one each time: the first readings race to start the ticker
            AtomicLong latest = new AtomicLong(Long.MIN_VALUE);
            Callable<Boolean> reader = () -> {
                for (int i = 0; i < 2_000; i++) {
                    long before = latest.get();
                    long reading = time.nanoTime();
                    if (reading < before) {
                        return false;
                    }
                    latest.accumulateAndGet(reading, Math::max);
                }
                return true;
            };
            List<FutureTask<Boolean>> readers = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                FutureTask<Boolean> task = new FutureTask<>(reader);
                readers.add(task);
                Thread.ofPlatform().daemon().start(task);
            }
            for (FutureTask<Boolean> task : readers) {
                assertTrue(task.get(), "a reading preceded one that was taken before it");
            }
        }
    }

    @Test
    void the_thread_is_one_a_daemon_and_ends_when_nobody_reads_and_comes_back() throws Exception {
        Halting clock = new Halting();
        CoarseTimeSource time = new CoarseTimeSource(clock, 100_000, 20);
        for (int round = 0; round < 3; round++) {
            long reading = time.nanoTime();
            time.nanoTime();
            assertEquals(2 * round + 1, clock.starts.get());
            clock.atTick.acquire();
            assertTrue(clock.tickers.stream().allMatch(Thread::isDaemon));
            clock.goOn.release(1_000);
            awaitEnd(clock, 2 * round + 1);
            assertTrue(time.nanoTime() - reading > 0, "the restarted clock reads the time of now");
            awaitEnd(clock, 2 * round + 2);
            clock.atTick.drainPermits();
            clock.goOn.drainPermits();
        }
    }

    /** Waits until that many threads have ticked, and all of them have ended. */
    private static void awaitEnd(Halting clock, int tickers) {
        await().until(() ->
                clock.tickers.size() == tickers && clock.tickers.stream().noneMatch(Thread::isAlive));
    }

    @Test
    void the_thread_has_nothing_of_the_thread_whose_reading_started_it() throws Exception {
        InheritableThreadLocal<String> context = new InheritableThreadLocal<>();
        CompletableFuture<String> inherited = new CompletableFuture<>();
        CompletableFuture<ClassLoader> loader = new CompletableFuture<>();
        CoarseTimeSource time = new CoarseTimeSource(
                () -> {
                    if (Thread.currentThread().getName().equals(TICKER)) {
                        inherited.complete(context.get());
                        loader.complete(Thread.currentThread().getContextClassLoader());
                    }
                    return System.nanoTime();
                },
                100_000,
                20);
        Thread reader = Thread.ofPlatform().unstarted(() -> {
            context.set("of the reader");
            time.nanoTime();
        });
        reader.setContextClassLoader(new URLClassLoader(new URL[0]));
        reader.start();
        assertNull(inherited.get(60, TimeUnit.SECONDS));
        assertSame(ClassLoader.getSystemClassLoader(), loader.get(60, TimeUnit.SECONDS));
    }

    @Test
    void the_thread_stays_while_somebody_reads() throws Exception {
        Halting clock = new Halting();
        CoarseTimeSource time = new CoarseTimeSource(clock, 100_000, 3);
        for (int tick = 0; tick < 100; tick++) {
            time.nanoTime(); // once a tick
            clock.atTick.acquire();
            time.nanoTime();
            clock.goOn.release();
        }
        assertEquals(1, clock.starts.get());
        clock.goOn.release(1_000);
    }

    @Test
    void the_reading_that_stands_for_stopped_is_passed_over() {
        CoarseTimeSource time = new CoarseTimeSource(() -> Long.MIN_VALUE, 100_000, 20);
        assertEquals(Long.MAX_VALUE, time.nanoTime()); // a nanosecond before, across the wrap
    }
}
