package dev.weir.benchmarks.model;

import dev.weir.benchmarks.model.Line.Request;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Cores that share cache lines, event by event.
 *
 * <p>A core does one step after the other. An access to a line that it has is a hit. For any other it asks for the
 * line: the request takes a while to reach the core that has it, which goes on with the line until then; requests for
 * one line are served one after the other, first come, first served. A line that is read is shared from then on, a line
 * that is written is the writer's own. A plain write goes into a buffer, in which it waits for its line while the core
 * goes on; the next atomic operation waits until the buffer is empty. What takes no shared access takes a time that
 * varies by a tenth, so that the cores do not march in step.
 *
 * <p>There is one distance between any two cores, nothing else in the caches, and no scheduler: each core has one
 * thread, for ever.
 */
public final class Machine {
    private static final double JITTER = 0.1;

    private record Event(double at, long order, Runnable action) implements Comparable<Event> {
        @Override
        public int compareTo(Event other) {
            int byTime = Double.compare(at, other.at);
            return byTime != 0 ? byTime : Long.compare(order, other.order);
        }
    }

    private static final class Core {
        final int number;
        final Program program;
        final ArrayDeque<Step> stores = new ArrayDeque<>();

        @Nullable
        Runnable whenStored;

        boolean isParked;
        boolean hasPermit;

        Core(int number, Program program) {
            this.number = number;
            this.program = program;
        }
    }

    private final Costs costs;
    private final SplittableRandom random;
    private final List<Core> cores = new ArrayList<>();
    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private final long warmUp;
    private final long last;
    private long order;
    private double now;
    private long done;
    private long transfers;
    private double startNanos;
    private long startTransfers;

    private Machine(Costs costs, List<? extends Program> programs, long operations, long seed) {
        if (programs.isEmpty()) {
            throw new IllegalArgumentException("there must be a program");
        }
        if (operations < 1) {
            throw new IllegalArgumentException("operations must be positive, but are " + operations);
        }
        this.costs = costs;
        this.random = new SplittableRandom(seed);
        this.warmUp = operations / 4;
        this.last = warmUp + operations;
        for (Program program : programs) {
            cores.add(new Core(cores.size(), program));
        }
    }

    /**
     * Runs a part until its cores have done that many operations together, after some that are not counted.
     *
     * @param costs what things cost
     * @param part what the cores share
     * @param cores how many cores
     * @param operations how many operations to count
     * @param seed the same seed gives the same outcome
     * @return what was seen
     */
    public static Outcome run(Costs costs, Part part, int cores, long operations, long seed) {
        if (cores < 1) {
            throw new IllegalArgumentException("cores must be positive, but are " + cores);
        }
        return new Machine(costs, part.programs(0, cores), operations, seed).run();
    }

    private Outcome run() {
        for (Core core : cores) {
            at(random.nextDouble() * costs.hit(), () -> goOn(core, 0));
        }
        while (done < last) {
            Event event = events.poll();
            if (event == null) {
                throw new IllegalStateException("all cores wait for each other");
            }
            now = event.at;
            event.action.run();
        }
        return new Outcome(cores.size(), last - warmUp, now - startNanos, transfers - startTransfers);
    }

    private void at(double when, Runnable action) {
        events.add(new Event(when, order++, action));
    }

    private void goOn(Core core, long result) {
        Step step = core.program.next(result);
        while (step.kind() == Step.Kind.DONE) {
            done++;
            if (done == warmUp) {
                startNanos = now;
                startTransfers = transfers;
            } else if (done == last) {
                return;
            }
            step = core.program.next(0);
        }
        begin(core, step);
    }

    private void begin(Core core, Step step) {
        switch (step.kind()) {
            case WORK -> at(now + varied(step.amount()), () -> goOn(core, 0));
            case PAUSE -> at(now + varied(step.amount() * costs.pause()), () -> goOn(core, 0));
            case READ -> read(core, step.its());
            case WRITE -> write(core, step);
            case ADD, CAS -> afterStores(core, () -> change(core, step));
            case PARK -> park(core);
            case UNPARK -> unpark(core, cores.get((int) step.value()));
            case DONE -> throw new AssertionError();
        }
    }

    private double varied(double nanos) {
        return nanos * (1 - JITTER + 2 * JITTER * random.nextDouble());
    }

    // ---- accesses

    private void read(Core core, Word word) {
        Runnable access = () -> access(core, word.line, false, 0, () -> goOn(core, word.value));
        if (core.stores.stream().anyMatch(store -> store.its() == word)) {
            afterStores(core, access);
        } else {
            access.run();
        }
    }

    private void write(Core core, Step step) {
        core.stores.add(step);
        if (core.stores.size() == 1) {
            storeFirst(core);
        }
        at(now, () -> goOn(core, 0));
    }

    private void storeFirst(Core core) {
        Step store = core.stores.getFirst();
        access(core, store.its().line, true, 0, () -> {
            store.its().value = store.value();
            core.stores.removeFirst();
            Runnable next = core.whenStored;
            if (!core.stores.isEmpty()) {
                storeFirst(core);
            } else if (next != null) {
                core.whenStored = null;
                next.run();
            }
        });
    }

    private void afterStores(Core core, Runnable action) {
        if (core.stores.isEmpty()) {
            action.run();
        } else {
            core.whenStored = action;
        }
    }

    private void change(Core core, Step step) {
        Word word = step.its();
        access(core, word.line, true, costs.hit(), () -> {
            long before = word.value;
            if (step.kind() == Step.Kind.ADD) {
                word.value = before + step.value();
                goOn(core, before);
            } else {
                word.value = before == step.expected() ? step.value() : before;
                goOn(core, before == step.expected() ? 1 : 0);
            }
        });
    }

    // ---- lines

    private void access(Core core, Line line, boolean toWrite, double use, Runnable whenDone) {
        if (line.isHitOf(core.number, toWrite) && line.isFree(now)) {
            line.give(core.number, toWrite);
            line.busyUntil = Math.max(line.busyUntil, now + use);
            at(now + use, whenDone);
        } else {
            line.waiting.add(new Request(core.number, toWrite, use, now + costs.request(), whenDone));
            serveWhenPossible(line);
        }
    }

    private void serveWhenPossible(Line line) {
        Request first = line.waiting.peekFirst();
        if (first != null && !line.isServing) {
            line.isServing = true;
            at(Math.max(now, Math.max(first.reachesAt(), line.busyUntil)), () -> {
                line.isServing = false;
                if (line.busyUntil > now) { // a hit has come in between
                    serveWhenPossible(line);
                } else {
                    serve(line);
                }
            });
        }
    }

    private void serve(Line line) {
        Request request = line.waiting.removeFirst();
        double arrives = now;
        if (!line.isHitOf(request.core(), request.toWrite())) {
            arrives += costs.transfer() - costs.request();
            transfers++;
        }
        line.give(request.core(), request.toWrite());
        line.busyUntil = arrives + request.use();
        at(line.busyUntil, request.done());
        serveWhenPossible(line);
    }

    // ---- threads

    private void park(Core core) {
        if (core.hasPermit) {
            core.hasPermit = false;
            at(now, () -> goOn(core, 0));
        } else {
            core.isParked = true;
        }
    }

    private void unpark(Core core, Core other) {
        if (other.isParked) {
            other.isParked = false;
            at(now + varied(costs.wake()), () -> goOn(other, 0));
        } else {
            other.hasPermit = true;
        }
        at(now + varied(costs.unpark()), () -> goOn(core, 0));
    }
}
