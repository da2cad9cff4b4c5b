package dev.weir.examples.stages;

import dev.weir.channel.Channel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Several producers and consumers with a clean end: the channel is closed when the last producer is done, and a
 * consumer ends when it is closed and empty. Nobody counts elements or sends a marker for the end.
 */
public final class ProducersConsumers {
    private ProducersConsumers() {}

    /** Each consumer's sum of the squares of the numbers that it got. */
    static List<Long> sumOfSquares(int producers, int consumers, int each)
            throws InterruptedException, ExecutionException {
        Channel<Long> channel = Channel.bounded(16);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Void>> producing = new ArrayList<>();
            for (int producer = 0; producer < producers; producer++) {
                long first = (long) producer * each;
                producing.add(threads.submit(() -> {
                    for (long number = first; number < first + each; number++) {
                        channel.send(number); // waits while the channel is full
                    }
                    return null;
                }));
            }
            List<Future<Long>> consuming = new ArrayList<>();
            for (int consumer = 0; consumer < consumers; consumer++) {
                consuming.add(threads.submit(() -> {
                    long sum = 0;
                    for (long number : channel) { // until the end
                        sum += number * number;
                    }
                    return sum;
                }));
            }
            try {
                for (Future<Void> producer : producing) {
                    producer.get();
                }
            } finally {
                channel.close(); // also after a failure, or the consumers would wait for ever
            }
            List<Long> sums = new ArrayList<>();
            for (Future<Long> consumer : consuming) {
                sums.add(consumer.get());
            }
            return sums;
        }
    }

    /**
     * Prints what each of four consumers got of three producers.
     *
     * @param args none
     * @throws InterruptedException if it is interrupted
     * @throws ExecutionException if a producer or consumer fails
     */
    public static void main(String[] args) throws InterruptedException, ExecutionException {
        List<Long> sums = sumOfSquares(3, 4, 100_000);
        sums.forEach(System.out::println);
        System.out.println("sum " + sums.stream().mapToLong(sum -> sum).sum());
    }
}
