package dev.weir.core.pool;

import static dev.weir.testkit.Eventually.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.pool.TaskQueue.Answer;
import dev.weir.core.pool.TaskQueue.Entry;
import dev.weir.core.pool.TaskQueue.Taken;
import dev.weir.core.time.ManualTimeSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Workers are shared among tenants by weight. */
@Timeout(60)
class FairSharesTest extends PoolFixture {
    private static final PoolEngine ENGINE =
            new PoolEngine(WorkerPool.builder("none").settings(), PoolEvents.NONE);

    private final Clocks clocks = new Clocks(new ManualTimeSource());
    private final List<String> log = Collections.synchronizedList(new ArrayList<>());

    private static PoolTask<?> task(String tenant) {
        return ENGINE.tasks.executed(() -> {}, TaskOptions.none().tenant(tenant));
    }

    private FairTaskQueue queue(Map<String, Integer> weights) {
        return new FairTaskQueue(1_000_000, weights, clocks);
    }

    private static String take(TaskQueue queue) {
        Taken taken = new Taken();
        return queue.poll(taken) ? ((PoolTask<?>) taken.element).tenant() : "none";
    }

    private static void offer(TaskQueue queue, String tenant, int tasks) {
        for (int i = 0; i < tasks; i++) {
            assertEquals(Answer.ACCEPTED, queue.offer(task(tenant)));
        }
    }

    /** Of tenants that have had tasks waiting all the time, none is ahead of another by more than a task of each. */
    private static void assertFair(Map<String, Integer> taken, Map<String, Integer> weights) {
        weights.forEach((one, weight) -> weights.forEach((other, otherWeight) -> {
            double ahead =
                    taken.getOrDefault(one, 0) / (double) weight - taken.getOrDefault(other, 0) / (double) otherWeight;
            assertTrue(
                    ahead <= 1.0 / weight + 1.0 / otherWeight + 1e-6, () -> one + " ahead of " + other + ": " + taken);
        }));
    }

    @Test
    void tasks_are_taken_in_proportion_to_the_weights_at_any_time() {
        Map<String, Integer> weights = Map.of("a", 5, "b", 3, "c", 1, "d", 1);
        FairTaskQueue queue = queue(weights);
        weights.keySet().forEach(tenant -> offer(queue, tenant, 1_000));
        Map<String, Integer> taken = new HashMap<>();
        for (int i = 1; i <= 1_000; i++) {
            taken.merge(take(queue), 1, Integer::sum);
            assertFair(taken, weights);
        }
        assertEquals(Map.of("a", 500, "b", 300, "c", 100, "d", 100), taken);
    }

    @Test
    void one_who_comes_late_has_a_share_from_then_on_and_nothing_is_made_up_for() {
        FairTaskQueue queue = queue(Map.of());
        offer(queue, "early", 1_000);
        for (int i = 0; i < 500; i++) {
            assertEquals("early", take(queue));
        }
        offer(queue, "late", 100);
        Map<String, Integer> taken = new HashMap<>();
        for (int i = 0; i < 100; i++) {
            taken.merge(take(queue), 1, Integer::sum);
            assertFair(taken, Map.of("early", 1, "late", 1));
        }
        assertEquals(Map.of("early", 50, "late", 50), taken);
    }

    @Test
    void one_who_always_has_a_single_task_waiting_gets_no_more_than_a_share() {
        FairTaskQueue queue = queue(Map.of("flood", 4));
        offer(queue, "flood", 1_000);
        offer(queue, "single", 1);
        Map<String, Integer> taken = new HashMap<>();
        for (int i = 0; i < 500; i++) {
            String next = take(queue);
            taken.merge(next, 1, Integer::sum);
            if (next.equals("single")) {
                offer(queue, "single", 1);
            }
        }
        assertEquals(Map.of("flood", 400, "single", 100), taken);
    }

    @Test
    void equal_tenants_take_turns_in_the_order_in_which_they_came_and_each_in_its_own_order() {
        FairTaskQueue queue = queue(Map.of());
        List<PoolTask<?>> tasks = new ArrayList<>();
        for (String tenant : List.of("a", "a", "b", "a", "b", "c")) {
            tasks.add(task(tenant));
            queue.offer(tasks.getLast());
        }
        List<Integer> order = new ArrayList<>();
        for (Taken taken = new Taken(); queue.poll(taken); ) {
            order.add(tasks.indexOf(taken.element));
        }
        assertEquals(List.of(0, 2, 5, 1, 4, 3), order);
    }

    @Test
    void nothing_is_remembered_of_tenants_without_tasks() {
        FairTaskQueue queue = queue(Map.of("t1", 7));
        for (int i = 0; i < 10_000; i++) {
            offer(queue, "t" + i, 1);
            assertEquals("t" + i, take(queue));
        }
        assertEquals(0, queue.tenants());
        assertEquals(0, queue.size());
        assertEquals("none", take(queue));
    }

    @Test
    void a_cancelled_task_costs_its_tenant_nothing() {
        FairTaskQueue queue = queue(Map.of());
        for (int i = 0; i < 10; i++) {
            PoolTask<?> cancelled = task("a");
            queue.offer(cancelled);
            cancelled.cancel(false);
        }
        offer(queue, "a", 2);
        offer(queue, "b", 2);
        List<String> order = new ArrayList<>();
        for (Taken taken = new Taken(); queue.poll(taken); ) {
            PoolTask<?> next = (PoolTask<?>) taken.element;
            if (!next.isDead()) {
                order.add(next.tenant());
            }
        }
        assertEquals(List.of("a", "b", "a", "b"), order);
    }

    @Test
    void the_victim_is_the_oldest_of_the_tenant_that_has_most_for_its_weight() {
        FairTaskQueue queue = queue(Map.of("large", 10));
        offer(queue, "large", 20);
        PoolTask<?> oldest = task("flood");
        queue.offer(oldest);
        offer(queue, "flood", 2);
        offer(queue, "small", 1);
        Taken victim = new Taken();
        assertTrue(queue.pollVictim(victim));
        assertEquals(oldest, victim.element);
        assertEquals(23, queue.size());
        FairTaskQueue empty = queue(Map.of());
        assertFalse(empty.pollVictim(victim));
        offer(empty, "a", 1);
        assertTrue(empty.pollVictim(victim));
        assertEquals(0, empty.tenants());
    }

    @Test
    void what_is_moved_to_another_queue_is_taken_in_the_same_order() {
        Map<String, Integer> weights = Map.of("a", 3);
        FairTaskQueue queue = queue(weights);
        offer(queue, "a", 7);
        offer(queue, "b", 3);
        assertEquals("a", take(queue));
        List<Entry> left = queue.freeze();
        assertEquals("none", take(queue));
        FairTaskQueue next = queue(weights);
        left.forEach(next::restore);
        Map<String, Integer> taken = new HashMap<>();
        for (int i = 0; i < 8; i++) {
            taken.merge(take(next), 1, Integer::sum);
            assertFair(taken, Map.of("a", 3, "b", 1));
        }
        assertEquals(Map.of("a", 6, "b", 2), taken);
    }

    /**
     * Against a model that has a list for each tenant: all tasks come out once, in order, and nobody waits for long.
     */
    @Test
    void random_tenants_lose_nothing_and_none_starves() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        String[] names = {"a", "b", "c", "d", "e"};
        Map<String, Integer> weights = Map.of("a", 1, "b", 2, "c", 10, "d", 1_000, "e", 1);
        FairTaskQueue queue = queue(weights);
        Map<String, Deque<Runnable>> model = new HashMap<>();
        Map<String, Integer> takenSince = new HashMap<>(); // of all, since a tenant's first task was the first
        int size = 0;
        for (int i = 0; i < 50_000; i++) {
            if (random.nextInt(100) < (i / 5_000 % 2 == 0 ? 60 : 40)) {
                PoolTask<?> task = task(names[random.nextInt(names.length)]);
                queue.offer(task);
                model.computeIfAbsent(task.tenant(), name -> new ArrayDeque<>()).add(task);
                size++;
            } else {
                Taken taken = new Taken();
                assertEquals(size > 0, queue.poll(taken), "seed " + seed);
                if (size > 0) {
                    String tenant = ((PoolTask<?>) taken.element).tenant();
                    assertEquals(model.get(tenant).poll(), taken.element, "seed " + seed);
                    size--;
                    takenSince.remove(tenant);
                    model.forEach((name, waiting) -> {
                        if (!name.equals(tenant) && !waiting.isEmpty()) {
                            takenSince.merge(name, 1, Integer::sum);
                        } else {
                            takenSince.remove(name);
                        }
                    });
                    takenSince.forEach((name, others) -> {
                        double most = 0;
                        for (int weight : weights.values()) {
                            most += weight / (double) weights.get(name) + 1;
                        }
                        assertTrue(others <= most, name + " waits for " + others + ", seed " + seed);
                    });
                }
            }
            assertEquals(size, queue.size(), "seed " + seed);
        }
    }

    @Test
    void a_pool_shares_its_worker_though_one_tenant_has_flooded_it() throws Exception {
        WorkerPool pool = pool(one().fairShares(Map.of("gold", 2)));
        occupy(pool);
        List<Future<?>> all = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            all.add(pool.submit(() -> log.add("flood"), TaskOptions.none().tenant("flood")));
        }
        for (int i = 0; i < 4; i++) {
            all.add(pool.submit(() -> log.add("gold"), TaskOptions.none().tenant("gold")));
        }
        pool.execute(() -> log.add("nobody's")); // has no options
        gate.countDown();
        for (Future<?> each : all) {
            each.get();
        }
        await().until(() -> log.size() == 105);
        assertEquals(List.of("gold", "flood", "gold", "nobody's", "gold", "flood", "gold", "flood"), log.subList(0, 8));
    }

    @Test
    void a_full_pool_discards_what_the_one_who_floods_it_has_waiting() throws Exception {
        WorkerPool pool = pool(
                one().queueCapacity(10).saturation(Saturation.discardOldest()).fairShares());
        occupy(pool);
        List<Future<?>> flood = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            flood.add(pool.submit(() -> log.add("flood"), TaskOptions.none().tenant("flood")));
        }
        Future<?> other = pool.submit(() -> log.add("other"), TaskOptions.none().tenant("other"));
        gate.countDown();
        other.get();
        await().until(() -> log.size() == 10);
        assertTrue(flood.get(40).isCancelled(), "the oldest one left");
        assertFalse(flood.get(41).isCancelled());
    }

    @Test
    void a_change_of_the_capacity_keeps_the_shares() throws Exception {
        WorkerPool pool = pool(one().fairShares());
        occupy(pool);
        for (int i = 0; i < 5; i++) {
            pool.submit(() -> log.add("flood"), TaskOptions.none().tenant("flood"));
        }
        pool.resizeQueue(6);
        pool.submit(() -> log.add("other"), TaskOptions.none().tenant("other"));
        gate.countDown();
        await().until(() -> log.size() == 6);
        assertEquals(List.of("flood", "other", "flood"), log.subList(0, 3));
        assertThrows(IllegalArgumentException.class, () -> pool.resizeQueue(0));
    }

    @Test
    void bad_settings_are_refused_and_good_ones_are_shown() {
        WorkerPoolBuilder builder = one();
        assertEquals(
                "the weight of a must be from 1 to 1000, but is 0",
                assertThrows(IllegalArgumentException.class, () -> builder.fairShares(Map.of("a", 0)))
                        .getMessage());
        assertThrows(IllegalArgumentException.class, () -> builder.fairShares(Map.of("a", 1_001)));
        builder.fairShares(Map.of("a", 1_000));
        assertEquals("WorkerPoolBuilder[test, 0 to 1 workers, queue of 1024, fair shares]", builder.toString());
        assertThrows(IllegalArgumentException.class, builder.queueCapacity(0)::build);
        builder.queueCapacity(1).priorities();
        assertEquals(
                "a pool has priorities or fair shares, but this one is to have both",
                assertThrows(IllegalArgumentException.class, builder::build).getMessage());
        assertEquals(
                "TaskOptions[export, tenant acme]",
                TaskOptions.named("export").tenant("acme").toString());
    }
}
