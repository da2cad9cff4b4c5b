package dev.weir.core.sync;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.Random;

/**
 * A service in virtual time: some workers, a queue in order of arrival, and clients that always have as many calls
 * under way as their limit or their demand allows. One thread, no clock: a run is the same each time.
 */
final class ModelServer {
    enum Work {
        CONSTANT,
        UNIFORM, // from 0.8 to 1.2 of the mean
        EXPONENTIAL
    }

    static final class Client {
        private final LimitFinder finder;
        private int inFlight;
        int demand = Integer.MAX_VALUE;
        long refused;

        Client(LimitFinder finder) {
            this.finder = finder;
        }
    }

    private record Call(Client client, long start, long round, boolean tookTheLast) {}

    private record End(long nanos, Call call) {}

    private final Work work;
    private final Random random;
    private final List<Client> clients = new ArrayList<>();
    private final Queue<Call> queue = new ArrayDeque<>();
    private final PriorityQueue<End> ends =
            new PriorityQueue<>((a, b) -> Long.compare(a.nanos, b.nanos)); // the readings do not overflow
    private long now;
    private int busy;
    int workers;
    int queueLimit = Integer.MAX_VALUE;
    long workNanos = 50_000_000;

    ModelServer(Work work, int workers, long seed) {
        this.work = work;
        this.workers = workers;
        this.random = new Random(seed);
    }

    Client client(LimitFinder finder) {
        Client client = new Client(finder);
        clients.add(client);
        return client;
    }

    private long draw() {
        return switch (work) {
            case CONSTANT -> workNanos;
            case UNIFORM -> (long) (workNanos * (0.8 + 0.4 * random.nextDouble()));
            case EXPONENTIAL -> (long) (-workNanos * Math.log(1 - random.nextDouble()));
        };
    }

    /** The mean limit of each client during a number of ended calls. */
    double[] run(int calls) {
        double[] sums = new double[clients.size()];
        for (int i = 0; i < calls; i++) {
            arrive();
            End end = ends.remove();
            now = end.nanos;
            busy--;
            begin();
            Call call = end.call;
            call.client.inFlight--;
            call.client.finder.succeeded(call.round, now - call.start, call.tookTheLast);
            for (int c = 0; c < sums.length; c++) {
                sums[c] += (double) clients.get(c).finder.limit() / calls;
            }
        }
        return sums;
    }

    private void arrive() {
        for (Client client : clients) {
            while (client.inFlight < Math.min(client.finder.limit(), client.demand)) {
                if (busy == workers && queue.size() >= queueLimit) {
                    client.refused++;
                    client.finder.refused(client.finder.round());
                    break;
                }
                client.inFlight++;
                queue.add(new Call(client, now, client.finder.round(), client.inFlight >= client.finder.limit()));
                begin();
            }
        }
    }

    private void begin() {
        while (busy < workers && !queue.isEmpty()) {
            busy++;
            ends.add(new End(now + draw(), queue.remove()));
        }
    }
}
