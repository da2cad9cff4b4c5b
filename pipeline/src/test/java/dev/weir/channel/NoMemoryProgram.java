package dev.weir.channel;

import dev.weir.core.internal.Contexts;
import dev.weir.core.internal.Name;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Runs in a JVM with a small heap, of which nothing is left once a select has entered the list of a channel, and once
 * one has taken an element.
 */
final class NoMemoryProgram {
    private static final Object[] NOTHING = {};
    private static Object[] hoard = NOTHING;
    private static boolean armed;

    private NoMemoryProgram() {}

    public static void main(String[] args) throws Exception {
        System.out.println("entered: " + entered() + ", taken: " + taken());
        System.exit(0);
    }

    private static void takeAll() {
        int sizes = 0;
        while (sizes < 16) { // each until there is no room for one more
            try {
                Object[] next = new Object[1 << (15 - sizes)];
                next[0] = hoard;
                hoard = next;
            } catch (OutOfMemoryError full) {
                sizes++;
            }
        }
    }

    /** A receiver that waits behind a select that has failed gets the next element. */
    private static String entered() throws Exception {
        Channel<Integer> channel = new Channel<>(
                Name.numbered("channel"),
                new WrappedBuffer<>(new RingBuffer<Integer>(1)) {
                    @Override
                    @Nullable
                    ChannelWaiter enterReceive(QueuePosition position, @Nullable SelectLatch choice, boolean toDrain) {
                        ChannelWaiter waiter = super.enterReceive(position, choice, toDrain);
                        if (armed) {
                            armed = false;
                            takeAll();
                        }
                        return waiter;
                    }
                },
                dev.weir.core.time.TimeSource.system(),
                Overflow.waiting(),
                Contexts.byDefault());
        Select<Integer> select = new Select<Integer>().receive(channel, element -> element);
        Optional<Integer> unused = select.trySelect(Duration.ofMillis(1)); // what is loaded for the first time is now
        armed = true;
        String end = "nothing";
        while (armed) { // the time may be up before it waits: else the receiver were the one that finds no memory
            try {
                unused = select.trySelect(Duration.ofMillis(1));
            } catch (Throwable full) { // or what comes of it: a class that cannot be loaded
                hoard = NOTHING;
                end = "failed: " + full;
            }
        }
        hoard = NOTHING;
        Thread receiver = Thread.ofPlatform().daemon().start(() -> {
            try {
                channel.receive();
            } catch (InterruptedException unexpected) {
                // lives on
            }
        });
        while (receiver.getState() != Thread.State.WAITING) {
            Thread.sleep(1);
        }
        channel.send(1);
        return receiver.join(Duration.ofSeconds(20)) ? "received after " + end : "lost after " + end;
    }

    /** An element that a select takes is its result, or is still in. */
    private static String taken() throws Exception {
        Channel<Integer> channel = new Channel<>(
                Name.numbered("channel"),
                new WrappedBuffer<>(new RingBuffer<Integer>(1)) {
                    @Override
                    @Nullable
                    Integer poll() {
                        Integer element = super.poll();
                        if (armed && element != null) {
                            armed = false;
                            takeAll();
                        }
                        return element;
                    }
                },
                dev.weir.core.time.TimeSource.system(),
                Overflow.waiting(),
                Contexts.byDefault());
        Integer[] got = {null};
        Select<Integer> select = new Select<Integer>().receive(channel, element -> {
            got[0] = element;
            return element;
        });
        channel.send(1);
        int unused = select.select();
        got[0] = null;
        channel.send(2);
        armed = true;
        try {
            unused = select.select();
        } catch (Throwable full) {
            hoard = NOTHING; // and there is no result
        }
        hoard = NOTHING;
        return got[0] != null || channel.size() == 1 ? "kept" : "lost";
    }
}
