package dev.weir.core.pool;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The logger of all parts of a pool, in the name of the class that users know. */
final class PoolLog {
    static final Logger LOG = LoggerFactory.getLogger("dev.weir.core.pool.WorkerPool");

    private PoolLog() {}
}
