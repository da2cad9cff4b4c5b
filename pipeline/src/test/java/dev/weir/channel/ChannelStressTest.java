package dev.weir.channel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Producers and consumers use two channels in every way there is, while they are interrupted at random, until the
 * channels are closed or aborted. Every element must be received once, in the order of its producer, or be returned.
 */
@Timeout(180)
class ChannelStressTest {
    private static final long LASTS_NANOS = 400_000_000;
    private static final int PRODUCERS = 3;
    private static final int CONSUMERS = 3;
    private static final int BACKLOG = 1_000;

    private record Element(int producer, int number) {}

    @ParameterizedTest
    @CsvSource({
        "ring of 1, false",
        "ring of 1, true",
        "ring of 3, false",
        "ring of 3, true",
        "unbounded, false",
        "unbounded, true",
        "rendezvous, false",
        "rendezvous, true",
        "mixed, false",
        "mixed, true",
        "dropping, false",
        "dropping, true"
    })
    void every_element_is_received_once_in_order_or_returned(String kind, boolean virtual) throws Exception {
        long seed = ThreadLocalRandom.current().nextLong();
        System.out.println("seed " + seed + " for " + kind + ", virtual " + virtual);
        Random random = new Random(seed);
        long end = System.nanoTime() + LASTS_NANOS;
        int rounds = 0;
        while (rounds == 0 || System.nanoTime() < end) {
            new Round(kind, virtual, random).run();
            rounds++;
        }
        assertTrue(rounds > 0);
    }

    private static final class Round {
        private final ConcurrentLinkedQueue<Element> dropped = new ConcurrentLinkedQueue<>();
        private final List<Channel<Element>> channels;
        private final Random random;
        private final List<Actor> producers = new ArrayList<>();
        private final List<Actor> consumers = new ArrayList<>();
        private final List<Element> returned = new ArrayList<>();

        Round(String kind, boolean virtual, Random random) {
            this.random = random;
            this.channels = switch (kind) {
                case "ring of 1" -> two(() -> Channel.bounded(1));
                case "ring of 3" -> two(() -> Channel.bounded(3));
                case "unbounded" -> two(Channel::unbounded);
                case "rendezvous" -> two(Channel::rendezvous);
                case "mixed" -> List.of(Channel.rendezvous(), Channel.bounded(2));
                default ->
                    two(() -> Channel.<Element>builder(2)
                            .whenFull(random.nextBoolean() ? WhenFull.DROP_OLDEST : WhenFull.DROP_LATEST)
                            .onUndelivered(dropped::add)
                            .build());
            };
            ThreadFactory threads = virtual
                    ? Thread.ofVirtual().factory()
                    : Thread.ofPlatform().daemon().factory();
            for (int i = 0; i < PRODUCERS; i++) {
                producers.add(new Producer(i, random.nextLong(), threads));
            }
            for (int i = 0; i < CONSUMERS; i++) {
                consumers.add(new Consumer(random.nextLong(), threads));
            }
        }

        private static <T> List<T> two(Supplier<T> supplier) {
            return List.of(supplier.get(), supplier.get());
        }

        void run() throws Exception {
            List<Actor> all = new ArrayList<>(producers);
            all.addAll(consumers);
            all.forEach(actor -> actor.thread.start());
            for (int i = random.nextInt(40); i >= 0; i--) {
                all.get(random.nextInt(all.size())).thread.interrupt();
                LockSupport.parkNanos(random.nextInt(200_000)); // the pace of the interrupts, which is the workload
            }
            for (Channel<Element> channel : channels) {
                if (random.nextBoolean()) {
                    channel.close();
                } else {
                    returned.addAll(channel.abort());
                }
            }
            for (Actor actor : all) {
                actor.join();
            }
            check();
        }

        private void check() {
            Set<Element> sent = new HashSet<>();
            producers.forEach(producer -> sent.addAll(producer.elements));
            List<Element> arrived = new ArrayList<>(returned);
            arrived.addAll(dropped);
            for (Actor consumer : consumers) {
                arrived.addAll(consumer.elements);
            }
            Set<Element> distinct = new HashSet<>(arrived);
            assertEquals(arrived.size(), distinct.size(), "an element arrived twice");
            Set<Element> lost = new HashSet<>(sent);
            lost.removeAll(distinct);
            distinct.removeAll(sent);
            assertEquals(Set.of(), lost, "lost");
            assertEquals(Set.of(), distinct, "arrived, but were not sent");
            channels.forEach(channel -> assertEquals(0, channel.size()));
        }

        private abstract class Actor {
            final Thread thread;
            final List<Element> elements = new ArrayList<>();
            final Random random;
            private volatile Throwable failure;

            Actor(long seed, ThreadFactory threads) {
                random = new Random(seed);
                thread = threads.newThread(() -> {
                    try {
                        while (true) {
                            try {
                                act();
                            } catch (InterruptedException expected) {
                                Thread.interrupted();
                            }
                        }
                    } catch (ChannelClosedException ended) {
                        // that was the last one
                    } catch (Throwable thrown) {
                        failure = thrown;
                    }
                });
            }

            abstract void act() throws InterruptedException;

            Channel<Element> any() {
                return channels.get(random.nextInt(channels.size()));
            }

            Duration soon() {
                return Duration.ofNanos(random.nextInt(30_000));
            }

            void join() throws Exception {
                if (!thread.join(Duration.ofSeconds(60))) {
                    AssertionError stuck = new AssertionError("stuck: " + thread + " of " + channels);
                    stuck.setStackTrace(thread.getStackTrace());
                    throw stuck;
                }
                if (failure != null) {
                    throw new AssertionError("failed", failure);
                }
            }
        }

        private final class Producer extends Actor {
            private final int id;
            private int number;

            Producer(int id, long seed, ThreadFactory threads) {
                super(seed, threads);
                this.id = id;
            }

            @Override
            void act() throws InterruptedException {
                boolean open = channels.stream().noneMatch(Channel::isClosed);
                if (open && channels.stream().mapToInt(Channel::size).sum() > BACKLOG) {
                    // A virtual thread that never waits would keep the consumers from its core.
                    Thread.sleep(Duration.ofNanos(100_000));
                    return;
                }
                Element element = new Element(id, number++);
                SendResult result = switch (random.nextInt(6)) {
                    case 0 -> any().trySend(element);
                    case 1 -> any().trySend(element, soon());
                    case 2 -> select(element).trySelect(soon()).orElse(SendResult.FULL);
                    case 3 -> select(element).select();
                    default -> {
                        any().send(element);
                        yield SendResult.SENT;
                    }
                };
                if (result == SendResult.SENT || result == SendResult.DROPPED) {
                    elements.add(element);
                } else if (result == SendResult.CLOSED && channels.stream().allMatch(Channel::isClosed)) {
                    throw new ChannelClosedException(null);
                }
            }

            private Select<SendResult> select(Element element) {
                Select<SendResult> select = new Select<>();
                channels.forEach(channel -> select.send(channel, element, () -> SendResult.SENT));
                return select;
            }
        }

        private final class Consumer extends Actor {
            private final int[] last = new int[PRODUCERS * 2];

            Consumer(long seed, ThreadFactory threads) {
                super(seed, threads);
                java.util.Arrays.fill(last, -1);
            }

            @Override
            void act() throws InterruptedException {
                int index = random.nextInt(channels.size());
                Channel<Element> channel = channels.get(index);
                try {
                    switch (random.nextInt(7)) {
                        case 0 -> channel.tryReceive().ifPresent(element -> got(index, element));
                        case 1 -> channel.tryReceive(soon()).ifPresent(element -> got(index, element));
                        case 2 -> select().trySelect(soon());
                        case 3 -> select().select();
                        case 4 -> {
                            List<Element> drained = new ArrayList<>();
                            channel.drainTo(drained, 3, soon());
                            drained.forEach(element -> got(index, element));
                        }
                        default -> got(index, channel.receive());
                    }
                } catch (ChannelClosedException ended) {
                    select().select(); // throws when both have ended
                }
            }

            private Select<Boolean> select() {
                Select<Boolean> select = new Select<>();
                for (int i = 0; i < channels.size(); i++) {
                    int index = i;
                    select.receive(channels.get(i), element -> got(index, element));
                }
                return select;
            }

            private boolean got(int channel, Element element) {
                int slot = channel * PRODUCERS + element.producer;
                assertTrue(last[slot] < element.number, () -> element + " came after " + last[slot]);
                last[slot] = element.number;
                return elements.add(element);
            }
        }
    }
}
