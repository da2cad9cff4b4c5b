package dev.weir.channel;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.testkit.Heap;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds when memory or the stack is used up within a channel. */
@Timeout(60)
class ChannelOutOfMemoryTest {
    private static final int ROUNDS = 20;
    private static final int DEPTHS = 200;

    /** What is called at the end of the stack. */
    private interface Operation {
        void run(Channel<Integer> channel) throws InterruptedException;
    }

    /** Handlers and bridges for which nothing can be allocated for a second. (odpi/egeria#5407) */
    @ParameterizedTest
    @ValueSource(strings = {"-XX:+UseSerialGC", "-XX:+UseParallelGC", "-XX:+UseG1GC"})
    void channels_and_their_bridges_end_when_memory_is_short(String collector) throws Exception {
        String output = Heap.run(OutOfMemoryProgram.class, collector);
        assertTrue(output.contains("ends: [consumer ended, subscriber ended, publisher ended]"), output);
    }

    @ParameterizedTest
    @CsvSource({"send,false", "send,true", "close,false", "timed receive,false", "timed receive,true"})
    void a_stack_that_ends_within_a_channel_leaves_it_usable(String what, boolean rendezvous) throws Exception {
        Operation operation = switch (what) {
            case "send" -> channel -> channel.trySend(1);
            case "close" -> Channel::close;
            default -> channel -> channel.tryReceive(Duration.ofNanos(1000));
        };
        loadClasses();
        for (int round = 0; round < ROUNDS; round++) {
            Channel<Integer> channel = rendezvous ? Channel.rendezvous() : Channel.bounded(1000);
            Thread receiver = receiverOf(channel);
            int step = 1 + round % 7;
            Thread attacker = new Thread(null, () -> dive(channel, operation, step), "attacker", 256 * 1024);
            attacker.start();
            attacker.join();
            Thread user = Thread.ofPlatform().daemon().start(() -> {
                channel.trySend(1);
                channel.size();
                channel.close();
                channel.abort();
            });
            assertTrue(user.join(Duration.ofSeconds(10)), "round " + round);
            assertTrue(receiver.join(Duration.ofSeconds(10)), "the receiver sees the close, round " + round);
        }
    }

    /** An overflow in a class initialiser would not be the channel's. */
    private static void loadClasses() throws InterruptedException {
        for (Channel<Integer> channel : List.<Channel<Integer>>of(Channel.bounded(1), Channel.rendezvous())) {
            Thread receiver = receiverOf(channel);
            for (int i = 0; i < 300; i++) {
                channel.trySend(i);
                channel.trySend(i, Duration.ofNanos(1000));
                channel.tryReceive(Duration.ofNanos(1000));
                channel.size();
            }
            channel.close();
            receiver.join();
            channel.abort();
        }
    }

    private static Thread receiverOf(Channel<Integer> channel) {
        return Thread.ofPlatform().daemon().start(() -> {
            try {
                while (true) {
                    channel.receive();
                }
            } catch (InterruptedException | ChannelClosedException end) {
                // the end
            }
        });
    }

    /** Calls the operation at the last depths of the stack, on the way up. */
    private static int dive(Channel<Integer> channel, Operation operation, int step) {
        int fromTheEnd = 0;
        try {
            fromTheEnd = dive(channel, operation, step) + 1;
        } catch (StackOverflowError end) {
            // here it is
        }
        if (fromTheEnd < DEPTHS && fromTheEnd % step == 0) {
            try {
                operation.run(channel);
            } catch (StackOverflowError | InterruptedException | ChannelClosedException expected) {
                // as in a server that goes on
            }
        }
        return fromTheEnd;
    }
}
