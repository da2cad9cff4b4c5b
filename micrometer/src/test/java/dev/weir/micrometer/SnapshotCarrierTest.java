package dev.weir.micrometer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.weir.core.context.ContextCarrier.Captured;
import dev.weir.core.context.ContextCarrier.Restore;
import io.micrometer.context.ContextRegistry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SnapshotCarrierTest {
    private static final ThreadLocal<String> USER = new ThreadLocal<>();
    private static final ThreadLocal<String> TENANT = new ThreadLocal<>();

    private final ContextRegistry registry = new ContextRegistry()
            .registerThreadLocalAccessor("user", USER)
            .registerThreadLocalAccessor("tenant", TENANT);
    private final SnapshotCarrier carrier = SnapshotCarrier.of(registry);

    @AfterEach
    void clean() {
        USER.remove();
        TENANT.remove();
    }

    @Test
    void where_no_thread_local_has_a_value_there_is_nothing_to_carry() {
        assertNull(carrier.capture());
        TENANT.set("acme");
        assertNotNull(carrier.capture());
    }

    @Test
    void all_are_installed_and_those_that_the_submitter_had_not_are_hidden() {
        USER.set("alice");
        Captured captured = carrier.capture();
        USER.set("bob");
        TENANT.set("acme");
        Restore restore = captured.install();
        assertEquals("alice null", USER.get() + " " + TENANT.get());
        USER.set("left behind");
        restore.restore();
        assertEquals("bob acme", USER.get() + " " + TENANT.get());
    }

    @Test
    void a_threads_own_are_hidden_and_shown_again() {
        USER.set("bob");
        Restore restore = carrier.hide();
        assertNull(USER.get());
        restore.restore();
        assertEquals("bob", USER.get());
    }

    @Test
    void what_is_left_is_cleared() {
        USER.set("left behind");
        TENANT.set("left behind");
        carrier.clear();
        assertEquals("null null", USER.get() + " " + TENANT.get());
    }

    @Test
    void an_accessor_that_is_registered_later_counts_from_then_on() {
        ThreadLocal<String> later = new ThreadLocal<>();
        later.set("value");
        assertNull(carrier.capture());
        registry.registerThreadLocalAccessor("later", later);
        Captured captured = carrier.capture();
        later.remove();
        Restore restore = captured.install();
        assertEquals("value", later.get());
        restore.restore();
        assertNull(later.get());
    }

    @Test
    void it_describes_itself_and_refuses_null() {
        assertEquals("SnapshotCarrier[2 thread-locals]", carrier.toString());
        assertEquals(
                "SnapshotCarrier["
                        + ContextRegistry.getInstance()
                                .getThreadLocalAccessors()
                                .size() + " thread-locals]",
                SnapshotCarrier.ofProcess().toString());
        assertThrows(NullPointerException.class, () -> SnapshotCarrier.of(null));
    }
}
