package dev.weir.ratelimit.remote;

import dev.weir.ratelimit.contract.RemoteContract;

class RemoteRateLimiterContractTest extends RemoteContract {
    private final MemoryBuckets buckets = new MemoryBuckets(time);
    private int keys;

    @Override
    protected RemoteBuckets store() {
        return buckets;
    }

    @Override
    protected String newKey() {
        return "key-" + keys++;
    }
}
