package dev.weir.pipeline;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What the pipeline owes to a source that wants its elements acknowledged: it is paid when nothing that came of the
 * element is under way any more. One that is given up stays owed for ever.
 */
final class AckToken {
    /** An element, or the result of some, on its way from stage to stage with its receipt. */
    record Owed(Object element, AckToken receipt) {}

    private final AtomicInteger shares = new AtomicInteger(1);
    private final Runnable whenPaid;

    AckToken(Runnable whenPaid) {
        this.whenPaid = whenPaid;
    }

    /** For a list of elements: when it is paid, each of theirs is, which have been shared for that. */
    static AckToken of(List<AckToken> all) {
        return new AckToken(() -> all.forEach(AckToken::pay));
    }

    /** So many more results are on their way; only for who holds a share. */
    void share(int more) {
        shares.addAndGet(more);
    }

    /** One of the shares is done with. */
    void pay() {
        if (shares.decrementAndGet() == 0) {
            whenPaid.run();
        }
    }
}
