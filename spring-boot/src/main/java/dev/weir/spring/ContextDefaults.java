package dev.weir.spring;

import dev.weir.core.context.ContextCarrier;
import dev.weir.micrometer.SnapshotCarrier;
import java.util.ArrayList;
import java.util.List;

/**
 * Has the parts of this process carry what is registered with context-propagation, besides what they carry already. It
 * stays so when the application ends, as with Spring Boot's {@code spring.reactor.context-propagation}: another
 * application of the process may have asked for it, too.
 */
final class ContextDefaults {
    ContextDefaults() {
        synchronized (ContextDefaults.class) {
            List<ContextCarrier> carriers = new ArrayList<>(ContextCarrier.defaults());
            if (carriers.stream().noneMatch(SnapshotCarrier.class::isInstance)) {
                carriers.add(SnapshotCarrier.ofProcess());
                ContextCarrier.setDefaults(carriers.toArray(ContextCarrier[]::new));
            }
        }
    }
}
