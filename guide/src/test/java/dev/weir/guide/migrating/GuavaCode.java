package dev.weir.guide.migrating;

import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.ListeningExecutorService;
import com.google.common.util.concurrent.MoreExecutors;
import com.google.common.util.concurrent.RateLimiter;
import com.google.common.util.concurrent.Striped;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.Lock;

/** The code of Guava in docs/migrating/guava.md. */
final class GuavaCode {
    private GuavaCode() {}

    static boolean limit() {
        // @start region="limit"
        RateLimiter limiter = RateLimiter.create(100); // and one second's permits saved up
        RateLimiter cold = RateLimiter.create(100, Duration.ofSeconds(3)); // warms up
        limiter.acquire(); // cannot be interrupted
        boolean admitted = limiter.tryAcquire(Duration.ofMillis(50));
        // @end
        return admitted && cold.tryAcquire();
    }

    static List<String> all(List<String> keys) throws Exception {
        // @start region="futures"
        try (ListeningExecutorService threads = MoreExecutors.listeningDecorator(Executors.newFixedThreadPool(4))) {
            List<ListenableFuture<String>> futures = new ArrayList<>();
            for (String key : keys) {
                futures.add(threads.submit(() -> Calls.lookup(key)));
            }
            return Futures.allAsList(futures).get(); // or successfulAsList
        }
        // @end
    }

    static String striped(String account) {
        // @start region="striped"
        Striped<Lock> locks = Striped.lock(64); // two accounts may have one lock
        Lock lock = locks.get(account);
        lock.lock();
        try {
            return "alone with " + account;
        } finally {
            lock.unlock();
        }
        // @end
    }
}
