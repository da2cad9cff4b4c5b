package dev.weir.spring;

import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.springframework.aop.ProxyMethodInvocation;
import org.springframework.core.ReactiveAdapter;
import org.springframework.core.ReactiveAdapterRegistry;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Publishers whose subscriptions pass guards; a class of its own, since Reactor is optional. */
final class LimitedPublishers {
    private LimitedPublishers() {}

    /** What the method returns, with the guards entered at each subscription before the method is called. */
    static Object of(MethodInvocation invocation, Supplier<Guards> guards) {
        ReactiveAdapter adapter = Objects.requireNonNull(ReactiveAdapterRegistry.getSharedInstance()
                .getAdapter(invocation.getMethod().getReturnType()));
        // Of each subscription its own, since an invocation can be used once.
        ProxyMethodInvocation first = (ProxyMethodInvocation) ((ProxyMethodInvocation) invocation).invocableClone();
        Supplier<Publisher<Object>> call = () -> publisher(first.invocableClone(), adapter);
        if (adapter.isMultiValue()) {
            return adapter.fromPublisher(Flux.defer(() -> {
                Entry entry = new Entry(guards.get());
                return Mono.fromFuture(entry.entered)
                        .thenMany(Flux.defer(() -> entry.mayCall() ? call.get() : Flux.empty()))
                        .doOnTerminate(entry::end)
                        .doFinally(signal -> entry.end());
            }));
        }
        return adapter.fromPublisher(Mono.defer(() -> {
            Entry entry = new Entry(guards.get());
            return Mono.fromFuture(entry.entered)
                    .then(Mono.defer(() -> entry.mayCall() ? Mono.from(call.get()) : Mono.empty()))
                    .doOnTerminate(entry::end) // before the signal, so that who sees it finds the permit free
                    .doFinally(signal -> entry.end()); // after a cancel
        }));
    }

    private static Publisher<Object> publisher(MethodInvocation call, ReactiveAdapter adapter) {
        try {
            return adapter.toPublisher(call.proceed());
        } catch (Throwable failure) {
            return Mono.error(failure);
        }
    }

    /**
     * What a subscription has entered. A cancel may come at any time, also between the grant and the call of the
     * method:
     *
     * <pre>
     *   WAITING --mayCall--> CALLED --end--> ENDED: exit
     *   WAITING --end------> ENDED: the entry is cancelled, or undone if it has taken place; the method is not called
     * </pre>
     */
    private static final class Entry {
        private enum State {
            WAITING,
            CALLED,
            ENDED
        }

        private final Guards guards;
        private final AtomicReference<State> state = new AtomicReference<>(State.WAITING);
        final CompletableFuture<@Nullable Void> entered;

        Entry(Guards guards) {
            this.guards = guards;
            this.entered = guards.enterAsync();
        }

        /** After the entry. */
        boolean mayCall() {
            return state.compareAndSet(State.WAITING, State.CALLED);
        }

        /** However the subscription ends; more than one call does no harm. */
        void end() {
            switch (state.getAndSet(State.ENDED)) {
                case WAITING -> {
                    if (!entered.cancel(false) && !entered.isCompletedExceptionally()) {
                        guards.undoAll();
                    }
                }
                case CALLED -> guards.exit();
                case ENDED -> {}
            }
        }
    }
}
