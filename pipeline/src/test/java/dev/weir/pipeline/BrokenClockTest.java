package dev.weir.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.channel.Channel;
import dev.weir.channel.Select;
import dev.weir.channel.SendResult;
import dev.weir.core.time.TimeSource;
import dev.weir.testkit.CapturedLog;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A clock is the user's, and may throw. Nothing is lost for that, and nobody waits for ever. */
@Timeout(60)
class BrokenClockTest {
    private static final Duration HOUR = Duration.ofHours(1);

    private final IllegalStateException broken = new IllegalStateException("expected by the test");
    private final Clock clock = new Clock();
    private final Channel<Integer> channel = Channel.rendezvous(clock);

    /** Does something, and throws, when somebody parks. */
    private final class Clock implements TimeSource {
        Runnable whileParked = () -> {};

        @Override
        public long nanoTime() {
            return TimeSource.system().nanoTime();
        }

        @Override
        public void parkNanos(Object blocker, long nanos) {
            whileParked.run();
            throw broken;
        }

        @Override
        public ScheduledTask schedule(Runnable task, Duration delay) {
            throw broken;
        }
    }

    @Test
    void whatAReceiverWasGiven_isNotLost() throws Exception {
        clock.whileParked = () -> assertEquals(SendResult.SENT, channel.trySend(1));
        assertEquals(Optional.of(1), channel.tryReceive(HOUR));
    }

    @Test
    void what_was_taken_from_a_sender_is_sent() throws Exception {
        clock.whileParked = () -> assertEquals(Optional.of(1), channel.tryReceive());
        assertEquals(SendResult.SENT, channel.trySend(1, HOUR));
    }

    @Test
    void what_a_select_was_given_is_not_lost() throws Exception {
        Channel<Integer> other = Channel.rendezvous();
        clock.whileParked = () -> assertEquals(SendResult.SENT, other.trySend(1));
        Select<Integer> select = new Select<Integer>().receive(channel, e -> -e).receive(other, e -> e);
        assertEquals(Optional.of(1), select.trySelect(HOUR));
    }

    @Test
    void a_wait_that_was_given_nothing_ends_early_and_leaves_nothing_behind() throws Exception {
        List<String> log = CapturedLog.during(TimeSource.class, () -> {
            assertEquals(Optional.empty(), channel.tryReceive(HOUR));
            assertEquals(SendResult.FULL, channel.trySend(1));
            assertEquals(SendResult.FULL, channel.trySend(1, HOUR));
            assertEquals(Optional.empty(), channel.tryReceive());
            Select<Integer> select = new Select<Integer>().receive(channel, e -> e);
            assertEquals(Optional.empty(), select.trySelect(HOUR));
            assertEquals(SendResult.FULL, channel.trySend(1));
        });
        assertEquals(3, log.size(), log::toString);
    }
}
