package dev.weir.core.context;

import java.util.List;

/** What the parts of this process carry by default. */
final class DefaultCarriers {
    /** Immutable; replaced as a whole. Volatile: parts in all threads see a replacement. */
    static volatile List<ContextCarrier> carriers = List.of(ContextCarrier.mdc());

    private DefaultCarriers() {}
}
