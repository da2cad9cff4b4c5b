package dev.weir.core.sync;

import dev.weir.core.ThrowingFunction;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;

/** The code of this package's documentation. */
final class SyncSnippets {
    private SyncSnippets() {}

    static String bulkhead() throws InterruptedException {
        // @start region="bulkhead"
        ResizableSemaphore bulkhead = ResizableSemaphore.fair(8);
        ThrowingFunction<String, String, RuntimeException> lookup = bulkhead.decorate(SyncSnippets::query);
        String answer = lookup.apply("weir"); // at most 8 at once
        bulkhead.resize(4); // at most 4 from now on, when the calls at work have ended
        // @end
        return answer;
    }

    private static String query(String name) {
        return "found " + name;
    }

    // @start region="replaced-semaphore"
    static class ReplacedSemaphore { // broken
        volatile Semaphore permits = new Semaphore(1);

        boolean enter() {
            return permits.tryAcquire();
        }

        void leave() {
            permits.release(); // of which semaphore? After a resize, not the one that was entered
        }

        void resize(int size) {
            permits = new Semaphore(size); // and those inside are not counted any more
        }
    }
    // @end

    // @start region="gate"
    static class Worker {
        private final Gate running = Gate.opened();

        void work() throws InterruptedException {
            running.await(); // passes at once unless paused
            // does a piece of work
        }

        void pause() {
            running.close();
        }

        void resume() {
            running.open();
        }
    }
    // @end

    // @start region="replaced-latch"
    static class ReplacedLatch { // broken
        volatile CountDownLatch latch = new CountDownLatch(1);

        void await() throws InterruptedException {
            latch.await();
        }

        void open() {
            latch.countDown();
        }

        void close() {
            latch = new CountDownLatch(1); // if the old one was still closed, those at it wait for ever
        }
    }
    // @end
}
