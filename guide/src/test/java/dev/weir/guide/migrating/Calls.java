package dev.weir.guide.migrating;

import dev.weir.core.ThrowingSupplier;
import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;

/** What is called on both sides. */
final class Calls {
    private Calls() {}

    /** A call that may fail, for either library. */
    interface Api extends Callable<String>, ThrowingSupplier<String, IOException> {
        @Override
        String get() throws IOException;

        @Override
        default String call() throws IOException {
            return get();
        }
    }

    /** Fails the given number of times. */
    static Api failing(int times) {
        AtomicInteger calls = new AtomicInteger();
        return () -> {
            if (calls.incrementAndGet() <= times) {
                throw new IOException("failure " + calls.get());
            }
            return "answer";
        };
    }

    static String lookup(String key) throws IOException {
        if (key.equals("missing")) {
            throw new IOException("no " + key);
        }
        return "value of " + key;
    }
}
