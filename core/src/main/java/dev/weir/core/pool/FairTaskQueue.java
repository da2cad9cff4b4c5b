package dev.weir.core.pool;

import dev.weir.core.internal.PlacedHeap;
import dev.weir.core.internal.PlacedHeap.Side;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A bounded queue that gives each tenant its share: self-clocked fair queueing (Golestani, 1994), with tasks that all
 * cost the same. A tenant's tasks go in order. The first of each has a virtual time at which it would end if the tenant
 * had its share all the time, and the earliest goes first:
 *
 * <pre>
 *   first task of an idle tenant:  finish = now + cost / weight
 *   next task of a tenant:         finish = finish of the one before + cost / weight
 *   a task is taken:               now    = its finish
 * </pre>
 *
 * <p>So of two tenants that both have tasks waiting, neither gets ahead of its share of the other by more than a task.
 * When the last task of a tenant is taken, now is at its finish, so that nothing is to be remembered of a tenant
 * without tasks. A task that has ended in the queue costs its tenant nothing.
 */
final class FairTaskQueue extends LockedTaskQueue {
    /** Of a task, in virtual time, by weight 1. Rounding by weights of up to 1,000 is below a millionth of a share. */
    private static final long COST = 1L << 32;

    /** The tenant of tasks without one. */
    private static final String NOBODY = "";

    private record Queued(Entry entry, long number) {}

    /** A task and its virtual time; the earliest goes first. */
    private record Due(Queued queued, long finish) implements Comparable<Due> {
        @Override
        public int compareTo(Due other) {
            return PlacedHeap.compareRanks(finish, queued.number, other.finish, other.queued.number);
        }
    }

    private static final class Tenant extends PlacedElement {
        final String name;
        final long step;
        final Deque<Queued> tasks = new ArrayDeque<>();

        /** Of the first task. */
        long finish;

        Tenant(String name, int weight) {
            this.name = name;
            this.step = COST / weight;
        }

        long firstNumber() {
            return tasks.getFirst().number;
        }

        /** How long its tasks would take, had it its share alone. */
        long load() {
            return tasks.size() * step;
        }
    }

    private static final Comparator<Tenant> BY_FINISH =
            (a, b) -> PlacedHeap.compareRanks(a.finish, a.firstNumber(), b.finish, b.firstNumber());

    /** The one that has most tasks for its weight first. */
    private static final Comparator<Tenant> BY_LOAD = (a, b) -> Long.compare(b.load(), a.load());

    private final Clocks clocks;
    private final int capacity;
    private final Map<String, Integer> weights;
    private final Map<String, Tenant> tenants = new HashMap<>(); // those that have tasks
    private final PlacedHeap<Tenant> heap = new PlacedHeap<>(Side.NEXT, BY_FINISH);

    /** The same tenants; empty until a task has given way, as those of most queues never do. */
    private final PlacedHeap<Tenant> victims = new PlacedHeap<>(Side.VICTIM, BY_LOAD);

    private boolean hasVictims;
    private long now;
    private long number;
    private int size;

    FairTaskQueue(int capacity, Map<String, Integer> weights, Clocks clocks) {
        this.capacity = capacity;
        this.weights = weights;
        this.clocks = clocks;
    }

    @Override
    boolean hasRoom() {
        return size < capacity;
    }

    @Override
    void add(Runnable task) {
        add(new Entry(task, TaskQueue.isSampled(number) ? clocks.nanos() : clocks.roughNanos()));
    }

    @Override
    void add(Entry entry) {
        String named = entry.task() instanceof PoolTask<?> task ? task.tenant() : null;
        String name = named == null ? NOBODY : named;
        Tenant tenant = tenants.get(name);
        if (tenant == null) {
            tenant = new Tenant(name, weights.getOrDefault(name, 1));
            tenant.finish = now + tenant.step;
            tenant.tasks.add(new Queued(entry, number));
            enlist(tenant);
        } else {
            tenant.tasks.add(new Queued(entry, number));
            loadChanged(tenant);
        }
        number++;
        size++;
    }

    private void enlist(Tenant tenant) {
        tenants.put(tenant.name, tenant);
        try {
            heap.add(tenant);
            if (hasVictims) {
                victims.add(tenant);
            }
        } catch (Throwable outOfMemory) {
            tenants.remove(tenant.name); // else its next tasks would be in no heap
            heap.remove(tenant);
            throw outOfMemory;
        }
    }

    private void loadChanged(Tenant tenant) {
        if (hasVictims) {
            victims.moved(tenant);
        }
    }

    @Override
    boolean take(Taken into) {
        return fill(into, next());
    }

    private @Nullable Queued next() {
        Tenant tenant = heap.peek();
        if (tenant == null) {
            return null;
        }
        Queued first = tenant.tasks.getFirst();
        return takeFirst(tenant, !first.entry.isDead());
    }

    /** @param pays whether the task costs its tenant a turn */
    private Queued takeFirst(Tenant tenant, boolean pays) {
        Queued first = tenant.tasks.removeFirst();
        size--;
        if (pays) {
            now = tenant.finish;
            tenant.finish += tenant.step;
        }
        if (tenant.tasks.isEmpty()) {
            tenants.remove(tenant.name);
            heap.remove(tenant);
            victims.remove(tenant);
        } else {
            heap.moved(tenant);
            loadChanged(tenant);
        }
        return first;
    }

    /** The oldest task of the tenant that has most of them for its weight. */
    @Override
    boolean takeVictim(Taken into) {
        if (!hasVictims) {
            listVictims();
        }
        Tenant most = victims.peek();
        return fill(into, most == null ? null : takeFirst(most, false));
    }

    private void listVictims() {
        try {
            for (Tenant each : heap.all()) {
                victims.add(each);
            }
            hasVictims = true;
        } catch (Throwable noMemory) {
            victims.clear();
            throw noMemory;
        }
    }

    private static boolean fill(Taken into, @Nullable Queued next) {
        if (next == null) {
            return false;
        }
        into.set(next.entry, TaskQueue.isSampled(next.number));
        return true;
    }

    @Override
    int length() {
        return size;
    }

    /** In the order in which they would be taken, which a queue that gets them so keeps. */
    @Override
    List<Entry> all() {
        List<Due> due = new ArrayList<>(size);
        for (Tenant tenant : heap.all()) {
            long finish = tenant.finish;
            for (Queued queued : tenant.tasks) {
                due.add(new Due(queued, finish));
                finish += queued.entry.isDead() ? 0 : tenant.step;
            }
        }
        Collections.sort(due);
        List<Entry> all = new ArrayList<>(due.size());
        for (Due next : due) {
            all.add(next.queued.entry);
        }
        return all;
    }

    @Override
    void clear() {
        heap.clear();
        victims.clear();
        tenants.clear();
        size = 0;
    }

    @Override
    public int capacity() {
        return capacity;
    }

    /** How many tenants it remembers; for tests. */
    int tenants() {
        return tenants.size();
    }
}
