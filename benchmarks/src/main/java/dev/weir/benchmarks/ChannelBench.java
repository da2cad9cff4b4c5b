package dev.weir.benchmarks;

import dev.weir.benchmarks.Goal.Unit;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.IntFunction;

/** The channel beside queues and channels: producers and consumers that wait for each other. */
final class ChannelBench implements Bench {
    private static final String UNCONTENDED = "send and receive, 1 thread";
    private static final String ABQ = "ArrayBlockingQueue";
    private static final Set<String> RIVALS = Set.of(ABQ, "LinkedBlockingQueue", "jox");
    private static final List<Integer> SIDES = List.of(1, 4, 100);
    private static final List<Integer> CAPACITIES = List.of(16, 128, 1_024);
    private static final int UNBOUNDED = 0;

    private static final Integer[] ELEMENTS = new Integer[1_024];

    static {
        for (int index = 0; index < ELEMENTS.length; index++) {
            ELEMENTS[index] = index;
        }
    }

    @Override
    public String name() {
        return "channel";
    }

    @Override
    public String about() {
        return "Producers send elements that exist already, consumers receive and add them up; a run ends when all are"
            + " through. 4:4 has four threads on each side. JCTools spins and yields where all others park; it is no"
            + " goal to beat it, and it is left out where its threads are virtual and may starve each other. One"
            + " thread that never waits is measured with JMH.";
    }

    @Override
    public List<Entry> entries(Settings settings) {
        List<Entry> entries = new ArrayList<>();
        for (String contender : Pipe.boundedOnPlatformThreads().keySet()) {
            entries.add(new Entry(
                    UNCONTENDED,
                    contender,
                    JmhTrial.of(ChannelOps.class, "sendAndReceive", settings).with("contender", contender)));
        }
        for (boolean virtual : new boolean[] {false, true}) {
            for (int side : SIDES) {
                for (int capacity : CAPACITIES) {
                    (virtual ? Pipe.bounded() : Pipe.boundedOnPlatformThreads())
                            .forEach((contender, pipe) ->
                                    entries.add(entry(contender, pipe, virtual, side, capacity, settings)));
                }
            }
            Pipe.unbounded()
                    .forEach((contender, pipe) -> entries.add(entry(contender, pipe, virtual, 4, UNBOUNDED, settings)));
        }
        return entries;
    }

    private static Entry entry(
            String contender, IntFunction<Pipe> pipe, boolean virtual, int side, int capacity, Settings settings) {
        ThreadFactory threads = virtual ? Meeting.virtualThreads() : Meeting.platformThreads();
        return new Entry(
                scenario(virtual, side, capacity),
                contender,
                WholeRun.lasting(settings, elements -> transfer(pipe.apply(capacity), threads, side, elements)));
    }

    private static String scenario(boolean virtual, int side, int capacity) {
        return (virtual ? "virtual " : "platform ") + side + ":" + side
                + (capacity == UNBOUNDED ? ", unbounded" : ", capacity " + capacity);
    }

    private static Sample transfer(Pipe pipe, ThreadFactory threads, int side, int elements) throws Exception {
        int each = elements / side;
        LongAdder balance = new LongAdder();
        Meeting.Part producer = () -> {
            long sum = 0;
            for (int sent = 0; sent < each; sent++) {
                Integer element = ELEMENTS[sent % ELEMENTS.length];
                pipe.send(element);
                sum += element;
            }
            balance.add(sum);
        };
        Meeting.Part consumer = () -> {
            long sum = 0;
            for (int received = 0; received < each; received++) {
                sum += pipe.receive();
            }
            balance.add(-sum);
        };
        List<Meeting.Part> parts = new ArrayList<>();
        for (int pair = 0; pair < side; pair++) {
            parts.add(producer);
            parts.add(consumer);
        }
        return Meeting.measure(threads, each * side, parts, () -> {
            if (balance.sum() != 0) {
                throw new IllegalStateException("not every element arrived once");
            }
        });
    }

    @Override
    public List<Goal> goals(Results results) {
        List<String> small = scenarios(List.of(false), List.of(16, 128));
        List<String> all = scenarios(List.of(false, true), CAPACITIES);
        return List.of(
                Goal.atLeast(
                        "channel, speed beside ArrayBlockingQueue on platform threads, capacity 16 and 128",
                        results.worstRatio(small, Entry.WEIR, ABQ).inverse(),
                        5,
                        Unit.RATIO),
                Goal.atMost(
                        "channel, time beside the best of ABQ, LBQ and jox",
                        results.worstRatio(all, Entry.WEIR, RIVALS),
                        1.0,
                        Unit.RATIO),
                Goal.atMost("channel, allocation", results.worstBytes(all, Entry.WEIR), 0, Unit.BYTES));
    }

    private static List<String> scenarios(List<Boolean> virtuals, List<Integer> capacities) {
        List<String> scenarios = new ArrayList<>();
        for (boolean virtual : virtuals) {
            for (int side : SIDES) {
                for (int capacity : capacities) {
                    scenarios.add(scenario(virtual, side, capacity));
                }
            }
        }
        return scenarios;
    }
}
