package dev.weir.spring;

import dev.weir.core.internal.Contexts;
import dev.weir.core.internal.Threads;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** What one call has to pass, in order. All or none are entered. */
final class Guards {
    private static final Contexts CONTEXTS = Contexts.byDefault();

    private final List<Guard> guards;
    private final boolean answerAtOnce;

    Guards(List<Guard> guards) {
        this.guards = List.copyOf(guards);
        this.answerAtOnce = this.guards.stream().allMatch(Guard::answersAtOnce);
    }

    void enter() throws InterruptedException {
        int entered = 0;
        try {
            for (; entered < guards.size(); entered++) {
                guards.get(entered).enter();
            }
        } finally {
            if (entered < guards.size()) {
                undo(entered);
            }
        }
    }

    private boolean enterNow() {
        int entered = 0;
        try {
            while (entered < guards.size() && guards.get(entered).enterNow()) {
                entered++;
            }
        } finally {
            if (entered < guards.size()) {
                undo(entered);
            }
        }
        return entered == guards.size();
    }

    private void undo(int entered) {
        for (int i = entered - 1; i >= 0; i--) {
            guards.get(i).undo();
        }
    }

    void exit() {
        for (int i = guards.size() - 1; i >= 0; i--) {
            guards.get(i).exit();
        }
    }

    /** After {@link #enter}, if the call does not take place after all. */
    void undoAll() {
        undo(guards.size());
    }

    /**
     * Enters without blocking the caller: what has to wait does so in a virtual thread, where the dependents of the
     * future run then, in the context of the caller. A thread that completes the future otherwise, as by cancelling it,
     * ends the wait; what was entered is undone then.
     */
    CompletableFuture<@Nullable Void> enterAsync() {
        CompletableFuture<@Nullable Void> entered = new CompletableFuture<>();
        try {
            if (answerAtOnce && enterNow()) {
                entered.complete(null);
                return entered;
            }
            Contexts.Snapshot context = CONTEXTS.capture();
            Thread thread = Threads.virtual("weir-limited", () -> context.runSurely(() -> enter(entered)));
            var unused = entered.whenComplete((nothing, failure) -> {
                if (failure != null && Thread.currentThread() != thread) {
                    thread.interrupt();
                }
            });
            thread.start();
        } catch (Throwable refused) {
            entered.completeExceptionally(refused);
        }
        return entered;
    }

    private void enter(CompletableFuture<@Nullable Void> entered) {
        try {
            enter();
        } catch (Throwable refused) {
            entered.completeExceptionally(refused);
            return;
        }
        if (!entered.complete(null)) {
            undoAll();
        }
    }
}
