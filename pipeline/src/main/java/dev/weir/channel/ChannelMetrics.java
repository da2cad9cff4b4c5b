package dev.weir.channel;

/**
 * What a {@link Channel} has done so far, and how it is now. Immutable. The counts never fall, and are read one after
 * the other while the channel works; at rest they balance: {@code sent = received + dropped + undelivered + size}.
 *
 * <p>They cost the channel nothing: what was sent and received follows from the positions of its two ends, and what is
 * counted besides is what a full or an aborted channel does.
 *
 * @param sent how many elements senders have handed over, those that were dropped at once included
 * @param received how many elements receivers have taken. One that the target of a {@link Channel#drainTo} refuses
 *     counts as received, and as sent again
 * @param dropped how many elements a full channel has dropped, those that came as well as those that made room
 * @param undelivered how many elements {@link Channel#abort()} has returned
 * @param waitingSenders how many senders wait for room now, without one that was woken and has not been back
 * @param waitingReceivers how many receivers wait for an element now, without one that was woken and has not been back
 * @param size how many elements are in now
 * @param peakSize how many elements were in at most, as was seen: by a sender that finds the channel full, by receivers
 *     once in 64 elements, or in the capacity if that is lower, and by each call for metrics
 * @param capacity how many elements fit in; 0 for a rendezvous, {@link Long#MAX_VALUE} without a bound
 */
public record ChannelMetrics(
        long sent,
        long received,
        long dropped,
        long undelivered,
        int waitingSenders,
        int waitingReceivers,
        int size,
        long peakSize,
        long capacity) {}
