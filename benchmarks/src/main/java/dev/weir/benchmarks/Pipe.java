package dev.weir.benchmarks;

import dev.weir.channel.Channel;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.LinkedTransferQueue;
import java.util.function.IntFunction;
import org.jctools.queues.MpmcArrayQueue;

/** A first-in first-out queue on which senders and receivers wait, and the ways to have one. */
interface Pipe {
    void send(Integer element) throws InterruptedException;

    Integer receive() throws InterruptedException;

    static Map<String, IntFunction<Pipe>> bounded() {
        Map<String, IntFunction<Pipe>> pipes = new LinkedHashMap<>();
        pipes.put(Entry.WEIR, capacity -> of(Channel.bounded(capacity)));
        pipes.put("ArrayBlockingQueue", capacity -> of(new ArrayBlockingQueue<>(capacity)));
        pipes.put("LinkedBlockingQueue", capacity -> of(new LinkedBlockingQueue<>(capacity)));
        pipes.put("jox", Pipe::jox);
        return pipes;
    }

    /** Those, and one that never parks. It is for platform threads only: with virtual ones a run may not end. */
    static Map<String, IntFunction<Pipe>> boundedOnPlatformThreads() {
        Map<String, IntFunction<Pipe>> pipes = bounded();
        pipes.put("JCTools, yield", Pipe::jctools);
        return pipes;
    }

    static Map<String, IntFunction<Pipe>> unbounded() {
        Map<String, IntFunction<Pipe>> pipes = new LinkedHashMap<>();
        pipes.put(Entry.WEIR, capacity -> of(Channel.unbounded()));
        pipes.put("LinkedBlockingQueue", capacity -> of(new LinkedBlockingQueue<>()));
        pipes.put("LinkedTransferQueue", capacity -> of(new LinkedTransferQueue<>()));
        pipes.put("jox", capacity -> of(com.softwaremill.jox.Channel.newUnlimitedChannel()));
        return pipes;
    }

    private static Pipe of(Channel<Integer> channel) {
        return new Pipe() {
            @Override
            public void send(Integer element) throws InterruptedException {
                channel.send(element);
            }

            @Override
            public Integer receive() throws InterruptedException {
                return channel.receive();
            }
        };
    }

    private static Pipe of(BlockingQueue<Integer> queue) {
        return new Pipe() {
            @Override
            public void send(Integer element) throws InterruptedException {
                queue.put(element);
            }

            @Override
            public Integer receive() throws InterruptedException {
                return queue.take();
            }
        };
    }

    private static Pipe jox(int capacity) {
        return of(com.softwaremill.jox.Channel.newBufferedChannel(capacity));
    }

    private static Pipe of(com.softwaremill.jox.Channel<Integer> channel) {
        return new Pipe() {
            @Override
            public void send(Integer element) throws InterruptedException {
                channel.send(element);
            }

            @Override
            public Integer receive() throws InterruptedException {
                return channel.receive();
            }
        };
    }

    private static Pipe jctools(int capacity) {
        MpmcArrayQueue<Integer> queue = new MpmcArrayQueue<>(capacity);
        return new Pipe() {
            @Override
            public void send(Integer element) throws InterruptedException {
                while (!queue.offer(element)) {
                    yieldOrStop();
                }
            }

            @Override
            public Integer receive() throws InterruptedException {
                while (true) {
                    Integer element = queue.poll();
                    if (element != null) {
                        return element;
                    }
                    yieldOrStop();
                }
            }
        };
    }

    private static void yieldOrStop() throws InterruptedException {
        if (Thread.currentThread().isInterrupted()) {
            throw new InterruptedException();
        }
        Thread.yield();
    }
}
