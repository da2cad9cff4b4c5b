package dev.weir.benchmarks;

import java.util.List;

/** The contender that leases permits: its entries and its goal. */
final class RedisLeased {
    static final List<String> CONTENDERS = List.of();

    private RedisLeased() {}

    static RedisClients.Contender make(RedisClients clients, boolean hot) {
        throw new IllegalStateException("no contender has this name on " + clients + (hot ? ", hot" : ""));
    }

    static List<Goal> goals(Results results, String scenario) {
        return List.of();
    }
}
