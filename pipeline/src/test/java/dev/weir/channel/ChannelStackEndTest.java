package dev.weir.channel;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.testkit.ForkedJvm;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A recursion without end overflows its stack within an operation of a channel, and its server goes on: the channel
 * works, and nobody waits in it for ever. (redis/lettuce#3804, ben-manes/caffeine#203)
 */
@Timeout(240)
class ChannelStackEndTest {
    /** In the interpreter, whose frames are large, and where the access through a handle is a call. */
    @Test
    void operations_at_the_end_of_the_stack_leave_a_channel_that_works() throws Exception {
        String output = ForkedJvm.run(List.of("-Xint", "-XX:-PrintWarnings"), Program.class);
        assertTrue(output.endsWith("works"), output);
    }

    static final class Program {
        private static final int ROUNDS = 12;
        private static final int MAX_DISTANCE = 200;
        private static final int STACK_BYTES = 256 * 1024;

        private static int sink;

        private Program() {}

        private interface Operation {
            void run(Channel<Integer> channel) throws InterruptedException;
        }

        /** What is called, and what waits meanwhile. */
        private record Case(
                String name, Operation attack, @Nullable Operation beside) {}

        private static final List<Case> CASES = List.of(
                new Case("send", Program::sendOrReceive, null),
                new Case("send to a receiver", Program::sendOrReceive, Channel::receive),
                new Case("receive", Program::receiveOrSend, null),
                new Case("receive from a sender", Program::receiveOrSend, channel -> channel.send(5)),
                new Case("timed receive", channel -> channel.tryReceive(Duration.ofNanos(20_000)), null),
                new Case("close", Channel::close, Channel::receive));

        private static void sendOrReceive(Channel<Integer> channel) {
            if (channel.trySend(1) == SendResult.FULL) {
                channel.tryReceive();
            }
        }

        private static void receiveOrSend(Channel<Integer> channel) {
            if (channel.tryReceive().isEmpty()) {
                channel.trySend(2);
            }
        }

        public static void main(String[] arguments) throws Exception {
            String broken = "";
            List<Supplier<Channel<Integer>>> kinds =
                    List.of(() -> Channel.bounded(64), Channel::unbounded, Channel::rendezvous);
            for (Supplier<Channel<Integer>> kind : kinds) {
                useAllClasses(kind.get());
                for (Case each : CASES) {
                    for (int round = 0; round < ROUNDS; round++) {
                        String what = broken(kind.get(), each, round);
                        broken += what.isEmpty() ? "" : each.name() + ": " + what + "; ";
                    }
                }
            }
            System.out.print(broken.isEmpty() ? "works" : broken);
            System.exit(0);
        }

        /** An overflow in a class initialiser would not be the channel's. */
        private static void useAllClasses(Channel<Integer> channel) throws Exception {
            Thread receiver = beside(channel, Channel::receive);
            for (int i = 0; i < 300; i++) {
                channel.trySend(i);
                channel.trySend(i, Duration.ofNanos(1000));
                channel.tryReceive();
                channel.tryReceive(Duration.ofNanos(1000));
                channel.size();
            }
            channel.close();
            receiver.join();
            channel.abort();
        }

        private static Thread beside(Channel<Integer> channel, Operation operation) {
            return Thread.ofPlatform().daemon().start(() -> {
                try {
                    while (true) {
                        operation.run(channel);
                    }
                } catch (InterruptedException | ChannelClosedException end) {
                    // as it should
                }
            });
        }

        private static String broken(Channel<Integer> channel, Case which, int round) throws Exception {
            Operation operation = which.beside();
            Thread waiter = operation == null ? null : beside(channel, operation);
            for (int i = 0; waiter != null && waiter.getState() != Thread.State.WAITING && i < 50; i++) {
                Thread.sleep(1); // a sender does not wait in a channel that has much room
            }
            Thread attacker = new Thread(null, () -> shift(channel, which.attack(), round), "attacker", STACK_BYTES);
            attacker.setDaemon(true);
            attacker.start();
            if (!attacker.join(Duration.ofSeconds(20))) {
                return "the attacker hangs";
            }
            FutureTask<Void> use = new FutureTask<>(() -> use(channel), null);
            Thread.ofPlatform().daemon().start(use);
            try {
                use.get(20, TimeUnit.SECONDS);
            } catch (TimeoutException hangs) {
                return "who uses it hangs";
            }
            return waiter == null || waiter.join(Duration.ofSeconds(20)) ? "" : "who waits does not see the close";
        }

        private static void use(Channel<Integer> channel) {
            try {
                channel.trySend(1);
                channel.size();
                channel.tryReceive();
                channel.close();
                channel.abort();
            } catch (ChannelClosedException closed) {
                // works as well
            }
        }

        /** Moves the frames by something else each time. */
        private static int shift(Channel<Integer> channel, Operation operation, int frames) {
            return frames == 0 ? dive(channel, operation, 1) : shift(channel, operation, frames - 1) + 1;
        }

        /** Calls the operation at every depth near the end of the stack, on the way up. */
        private static int dive(Channel<Integer> channel, Operation operation, int round) {
            int distance = 0;
            try {
                distance = dive(channel, operation, round) + 1;
            } catch (StackOverflowError end) {
                // here it is
            }
            if (distance < MAX_DISTANCE) {
                try {
                    call(channel, operation, (round + distance) % 3);
                } catch (StackOverflowError | InterruptedException | ChannelClosedException end) {
                    // as a server would
                }
            }
            return distance;
        }

        private static void call(Channel<Integer> channel, Operation operation, int variables)
                throws InterruptedException {
            switch (variables) {
                case 0 -> operation.run(channel);
                case 1 -> withOne(channel, operation, 1);
                default -> withThree(channel, operation, 1, 2);
            }
        }

        private static void withOne(Channel<Integer> channel, Operation operation, long a) throws InterruptedException {
            operation.run(channel);
            sink += (int) a;
        }

        private static void withThree(Channel<Integer> channel, Operation operation, long a, long b)
                throws InterruptedException {
            long c = a + b;
            long d = c + b;
            operation.run(channel);
            sink += (int) (c + d);
        }
    }
}
