package dev.weir.opentelemetry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.weir.core.context.ContextCarrier.Captured;
import dev.weir.core.context.ContextCarrier.Restore;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.ContextKey;
import io.opentelemetry.context.Scope;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class OpenTelemetryCarrierTest {
    private static final ContextKey<String> USER = ContextKey.named("user");
    private static final OpenTelemetryCarrier CARRIER = OpenTelemetryCarrier.instance();

    @AfterEach
    void clean() {
        CARRIER.clear();
    }

    private static Context of(String user) {
        return Context.root().with(USER, user);
    }

    private static String user() {
        return Context.current().get(USER);
    }

    @Test
    void the_root_context_is_nothing_to_carry() {
        assertNull(CARRIER.capture());
        try (Scope scope = of("alice").makeCurrent()) {
            assertNotNull(CARRIER.capture());
        }
        assertNull(CARRIER.capture());
    }

    @Test
    void a_context_is_installed_any_number_of_times_and_the_threads_own_put_back() {
        Captured captured;
        try (Scope scope = of("alice").makeCurrent()) {
            captured = CARRIER.capture();
        }
        for (int i = 0; i < 2; i++) {
            Restore restore = captured.install();
            assertEquals("alice", user());
            restore.restore();
            assertSame(Context.root(), Context.current());
        }
        try (Scope scope = of("bob").makeCurrent()) {
            Restore restore = captured.install();
            assertEquals("alice", user());
            restore.restore();
            assertEquals("bob", user());
        }
    }

    @Test
    void a_scope_that_work_leaves_open_does_no_harm() {
        Captured captured;
        try (Scope scope = of("alice").makeCurrent()) {
            captured = CARRIER.capture();
        }
        Restore restore = captured.install();
        Scope forgotten = of("left open").makeCurrent();
        restore.restore();
        assertSame(Context.root(), Context.current());
        try (Scope scope = of("bob").makeCurrent()) {
            Restore again = captured.install();
            Scope another = of("left open").makeCurrent();
            again.restore();
            assertEquals("bob", user());
        }
    }

    @Test
    void a_threads_own_is_hidden_and_shown_again() {
        try (Scope scope = of("bob").makeCurrent()) {
            Restore restore = CARRIER.hide();
            assertNull(user());
            restore.restore();
            assertEquals("bob", user());
        }
    }

    @Test
    void what_is_left_is_cleared() {
        Scope forgotten = of("left open").makeCurrent();
        CARRIER.clear();
        assertSame(Context.root(), Context.current());
    }
}
