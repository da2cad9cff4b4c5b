package dev.weir.core.sync;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.ThrowingRunnable;
import dev.weir.core.internal.OpenScopes;
import dev.weir.core.scope.TaskScope;
import dev.weir.testkit.ForkedJvm;
import dev.weir.testkit.StackEnd;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A recursion without end overflows its stack within a guarded call, and its server goes on: nothing stays held. */
@Timeout(120)
final class SyncStackEndTest {
    private static final int ROUNDS = 1_500;

    /** In the interpreter, whose frames are large. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "fair semaphore",
                "unfair semaphore",
                "adaptive limit",
                "keyed semaphore",
                "keyed lock",
                "ordered locks",
                "keyed executor",
                "scope"
            })
    void a_call_at_the_end_of_the_stack_leaves_nothing_held(String what) throws Exception {
        String output = ForkedJvm.run(List.of("-Xint", "-XX:-PrintWarnings"), Program.class, what);
        assertTrue(output.endsWith("works"), output);
    }

    static final class Program {
        private Program() {}

        public static void main(String[] what) throws Exception {
            ThrowingRunnable<?> call = call(what[0]);
            run(call); // an overflow in a class initialiser is not ours
            StackEnd.run(() -> callAtTheEnd(call));
            Thread other = new Thread(() -> run(call));
            other.start();
            other.join(TimeUnit.SECONDS.toMillis(60));
            System.out.print(other.isAlive() ? what[0] + " is held" : "works");
            System.exit(0);
        }

        private static ThrowingRunnable<?> call(String what) {
            return switch (what) {
                case "fair semaphore" -> semaphore(ResizableSemaphore.fair(1));
                case "unfair semaphore" -> semaphore(ResizableSemaphore.unfair(1));
                case "adaptive limit" -> {
                    AdaptiveLimit limit = AdaptiveLimit.aimd(1, 1).build();
                    yield () -> limit.call(Program::deeper);
                }
                case "keyed semaphore" -> {
                    KeyedSemaphore<String> semaphore = new KeyedSemaphore<>(1);
                    yield () -> semaphore.call("key", Program::deeper);
                }
                case "keyed lock" -> {
                    KeyedLock<String> lock = new KeyedLock<>();
                    yield () -> lock.call("key", Program::deeper);
                }
                case "ordered locks" -> {
                    Lock[] both = {new ReentrantLock(), new ReentrantLock()};
                    OrderedLocks locks = OrderedLocks.of(both);
                    yield () -> locks.call(Program::deeper);
                }
                case "keyed executor" -> {
                    KeyedExecutor<String> keyed = KeyedExecutor.over(Runnable::run);
                    yield () -> keyed.submit("key", Program::deeper).get(20, TimeUnit.SECONDS);
                }
                case "scope" ->
                    () -> {
                        try (TaskScope<RuntimeException> scope = TaskScope.failFast()) {
                            scope.join();
                        }
                        if (StackEnd.isHere()) {
                            return;
                        }
                        try (var scope = TaskScope.builder().concurrency(1).failFast()) {
                            scope.join();
                        }
                    };
                default -> throw new IllegalArgumentException(what);
            };
        }

        private static ThrowingRunnable<?> semaphore(ResizableSemaphore semaphore) {
            return () -> semaphore.decorateSupplier(Program::deeper).get();
        }

        /** The guarded call may overflow, too. */
        private static Integer deeper() {
            return StackEnd.isHere() ? StackEnd.callBelow(12, () -> {}) : 0;
        }

        private static void run(ThrowingRunnable<?> call) {
            try {
                call.run();
            } catch (RuntimeException | Error failure) {
                throw failure;
            } catch (Throwable failure) {
                if (failure.getCause() instanceof StackOverflowError) {
                    return;
                }
                throw new AssertionError(failure);
            }
        }

        private static void callAtTheEnd(ThrowingRunnable<?> call) {
            StackEnd.callNear(ROUNDS, round -> run(call));
            if (OpenScopes.innermost() != null) {
                System.out.print("a scope is open that nobody has; ");
                System.exit(0);
            }
        }
    }
}
