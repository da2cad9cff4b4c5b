package dev.weir.opentelemetry;

import dev.weir.core.context.ContextCarrier;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import org.jspecify.annotations.Nullable;

/**
 * Carries OpenTelemetry's current {@link Context}: the span that is current where work is handed in is the parent of
 * those that the work starts. The root context counts as nothing to carry.
 *
 * {@snippet file="dev/weir/opentelemetry/OpenTelemetrySnippets.java" region="carrier"}
 *
 * <p>Work that leaves a scope open does no harm to others: the thread has its own context back afterwards.
 *
 * <p><b>Thread-safety.</b> Immutable, and without state. Nothing blocks.
 */
@SuppressWarnings("MustBeClosedChecker") // a scope is closed by what a method returns, or is to stay
public final class OpenTelemetryCarrier implements ContextCarrier {
    private static final OpenTelemetryCarrier INSTANCE = new OpenTelemetryCarrier();

    private OpenTelemetryCarrier() {}

    /**
     * The carrier.
     *
     * @return the one that there is
     */
    public static OpenTelemetryCarrier instance() {
        return INSTANCE;
    }

    @Override
    public @Nullable Captured capture() {
        Context submitters = Context.current();
        return submitters == Context.root() ? null : () -> install(submitters);
    }

    private static Restore install(Context submitters) {
        Context before = Context.current();
        Scope scope = submitters.makeCurrent();
        return () -> {
            scope.close();
            if (Context.current() != before) { // the scope was not the innermost: the work has left one open
                Scope unused = before.makeCurrent();
            }
        };
    }

    @Override
    public void clear() {
        Context root = Context.root();
        if (Context.current() != root) {
            Scope unused = root.makeCurrent();
        }
    }

    @Override
    public Restore hide() {
        return install(Context.root());
    }

    /**
     * Returns a description for logs and debuggers.
     *
     * @return {@code OpenTelemetryCarrier}
     */
    @Override
    public String toString() {
        return "OpenTelemetryCarrier";
    }
}
