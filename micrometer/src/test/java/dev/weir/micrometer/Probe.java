package dev.weir.micrometer;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/** Work that notes the context that it runs in, leaves another one behind, and ends as it is to. */
final class Probe {
    final List<String> seen = new CopyOnWriteArrayList<>();
    final CountDownLatch begun = new CountDownLatch(1);
    private final CarrierKind kind;
    private final Ending ending;
    private final Thread caller;
    private final AtomicInteger calls = new AtomicInteger();

    Probe(CarrierKind kind, Ending ending, Thread caller) {
        this.kind = kind;
        this.ending = ending;
        this.caller = caller;
    }

    String get() throws IOException, InterruptedException {
        seen.add(String.valueOf(kind.value()));
        begun.countDown();
        try {
            int call = calls.incrementAndGet();
            switch (ending) {
                case SUCCESS -> {}
                case FAILURE -> throw new IOException("planned");
                case TIMEOUT, CANCEL -> Thread.sleep(60_000);
                case RETRY -> {
                    if (call == 1) {
                        throw new IOException("planned for the first attempt");
                    }
                }
            }
            return "done";
        } finally {
            seen.add(String.valueOf(kind.value()));
            if (Thread.currentThread() != caller) { // in the caller's own thread, it would be the caller's
                kind.leave("left behind");
            }
        }
    }
}
