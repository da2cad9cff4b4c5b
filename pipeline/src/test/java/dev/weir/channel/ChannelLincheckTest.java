package dev.weir.channel;

import dev.weir.core.internal.Contexts;
import dev.weir.core.internal.Name;
import dev.weir.core.time.TimeSource;
import dev.weir.testkit.ModelChecking;
import java.util.Optional;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.junit.jupiter.api.Test;

/** The operations that do not wait are linearizable, by model checking of their interleavings. */
class ChannelLincheckTest {
    @Test
    void capacity1() {
        check(One.class);
    }

    @Test
    void capacity2() {
        check(Two.class);
    }

    @Test
    void capacity3() {
        check(Three.class);
    }

    @Test
    void unbounded() {
        check(Unbounded.class);
    }

    /** As a channel of a large capacity has them. */
    @Test
    void segments_with_a_bound() {
        check(TwoInSegments.class);
    }

    /** Where receivers go on to the next segment. */
    @Test
    void the_border_of_two_segments() {
        check(Border.class);
    }

    /** Of calls that do not wait for one another. */
    @Test
    void rendezvous() {
        check(Rendezvous.class);
    }

    private static void check(Class<?> operations) {
        new ModelCheckingOptions()
                .iterations(ModelChecking.iterations(3))
                .invocationsPerIteration(50)
                .threads(2)
                .actorsPerThread(3)
                .check(operations);
    }

    public static class One extends Operations {
        public One() {
            super(Channel.bounded(1));
        }
    }

    public static class Two extends Operations {
        public Two() {
            super(Channel.bounded(2));
        }
    }

    public static class Three extends Operations {
        public Three() {
            super(Channel.bounded(3));
        }
    }

    public static class Unbounded extends Operations {
        public Unbounded() {
            super(Channel.unbounded());
        }
    }

    public static class TwoInSegments extends Operations {
        public TwoInSegments() {
            super(new Channel<>(
                    Name.of("channel", "two"),
                    new LinkedBuffer<>(2),
                    TimeSource.system(),
                    new Overflow<>(WhenFull.WAIT, null),
                    Contexts.byDefault()));
        }
    }

    public static class Border extends Operations {
        public Border() {
            super(Channel.unbounded());
            for (int i = 1; i < LinkedBuffer.SEGMENT; i++) {
                SendResult sent = trySend(i);
                String received = tryReceive();
            }
        }
    }

    public static class Rendezvous extends Operations {
        public Rendezvous() {
            super(Channel.rendezvous());
        }
    }

    public abstract static class Operations {
        private final Channel<Integer> channel;

        Operations(Channel<Integer> channel) {
            this.channel = channel;
        }

        @Operation
        public SendResult trySend(@Param(gen = IntGen.class) int element) {
            return channel.trySend(element);
        }

        @Operation
        public String tryReceive() {
            try {
                Optional<Integer> element = channel.tryReceive();
                return element.toString();
            } catch (ChannelClosedException end) {
                return "end";
            }
        }

        @Operation
        public int size() {
            return channel.size();
        }

        @Operation
        public void close() {
            channel.close();
        }

        @Operation
        public String abort() {
            return channel.abort().toString();
        }
    }
}
