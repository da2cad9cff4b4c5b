package dev.weir.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.weir.channel.Channel;
import dev.weir.core.context.ContextCarrier;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.MDC;

/** Elements that have the context of the thread that sent them, up to the sink. */
class CarriedTest {
    private static final ThreadLocal<String> USER = new ThreadLocal<>();
    private static final ContextCarrier CARRIER = ContextCarrier.of(USER);

    private final List<String> seen = Collections.synchronizedList(new ArrayList<>());

    @AfterEach
    void clean() {
        USER.remove();
        MDC.clear();
    }

    /** Notes what an element sees where. */
    private <T> T note(String stage, T element) {
        seen.add(stage + " " + element + " " + USER.get());
        return element;
    }

    private static Carried<Integer> of(int value, String user) {
        USER.set(user);
        try {
            return Carried.of(value, CARRIER);
        } finally {
            USER.remove();
        }
    }

    private void assertSeen(String... expected) {
        assertEquals(new TreeSet<>(List.of(expected)), new TreeSet<>(seen));
    }

    @Test
    void an_element_has_its_own_context_in_every_stage_and_those_without_have_none() throws Exception {
        Channel<Carried<Integer>> channel = Channel.bounded(8);
        channel.send(of(1, "alice"));
        channel.send(Carried.of(2, CARRIER));
        channel.send(of(3, "bob"));
        channel.close();
        USER.set("starter");
        Pipeline.fromCarried(channel)
                .map("map", element -> note("map", element))
                .filter("filter", element -> note("filter", element) > 0)
                .mapParallelOrdered("ordered", 2, element -> note("ordered", element))
                .mapParallelByKey("keyed", 2, element -> note("keyed", element), element -> note("key", element))
                .flatMap(
                        "flat",
                        element -> () ->
                                List.of(note("iterate", note("flat", element))).iterator())
                .to("sink", element -> note("sink", element))
                .context(CARRIER)
                .start()
                .awaitCompletion();
        List<String> expected = new ArrayList<>();
        for (String stage : List.of("map", "filter", "ordered", "key", "keyed", "flat", "iterate", "sink")) {
            expected.addAll(List.of(stage + " 1 alice", stage + " 2 null", stage + " 3 bob"));
        }
        assertSeen(expected.toArray(String[]::new));
        assertEquals("starter", USER.get());
    }

    @Test
    void a_function_with_a_timeout_has_it_in_its_own_thread() throws Exception {
        Pipeline.fromCarried(List.of(of(1, "alice")))
                .map("limited", element -> note("limited", element))
                .timeout(Duration.ofMinutes(1))
                .to("sink", element -> note("sink", element))
                .timeout(Duration.ofMinutes(1))
                .context()
                .start()
                .awaitCompletion();
        assertSeen("limited 1 alice", "sink 1 alice");
    }

    @Test
    void branches_have_it_and_a_list_of_several_elements_has_the_pipelines() throws Exception {
        List<Carried<Integer>> elements = List.of(of(1, "alice"), of(2, "bob"));
        USER.set("starter");
        RunningPipeline running = Pipeline.fromCarried(elements)
                .broadcast()
                .into(
                        one -> one.to("one", element -> note("one", element)),
                        two -> two.batch(2, Duration.ofMinutes(1)).to("list", list -> note("list", list)))
                .context(CARRIER)
                .start();
        running.awaitCompletion();
        assertSeen("one 1 alice", "one 2 bob", "list [1, 2] starter");
    }

    @Test
    void a_transaction_and_its_roll_back_have_it() {
        TransactionalSink<Integer> sink = new TransactionalSink<>() {
            @Override
            public void begin() {
                note("begin", 0);
            }

            @Override
            public void write(Integer element) throws IOException {
                note("write", element);
                throw new IOException("planned");
            }

            @Override
            public void commit() {}

            @Override
            public void rollback() {
                note("rollback", 0);
            }
        };
        RunningPipeline running = Pipeline.fromCarried(List.of(of(1, "alice")))
                .toTransactional("sink", sink)
                .start();
        assertThrows(PipelineException.class, running::awaitCompletion);
        assertSeen("begin 0 alice", "write 1 alice", "rollback 0 alice");
    }

    @Test
    void a_dead_letter_is_handled_with_it_and_an_acknowledgement_names_the_element() throws Exception {
        List<Integer> acknowledged = new ArrayList<>();
        Pipeline.fromCarried(List.of(of(1, "alice"), of(2, "bob")))
                .acknowledging(acknowledged::add)
                .map("map", element -> {
                    if (element == 1) {
                        throw new IOException("planned");
                    }
                    return element;
                })
                .onError(ErrorPolicy.deadLetter(failure -> note("dead", failure.element())))
                .to("sink", element -> note("sink", element))
                .start()
                .awaitCompletion();
        assertSeen("dead 1 alice", "sink 2 bob");
        assertEquals(List.of(1, 2), acknowledged);
    }

    @Test
    void what_a_function_leaves_is_not_seen_with_the_next_element() throws Exception {
        USER.set("starter");
        Pipeline.from(List.of(1, 2))
                .map("map", element -> {
                    note("map", element);
                    USER.set("left behind");
                    return element;
                })
                .to("sink", element -> {})
                .context(CARRIER)
                .start()
                .awaitCompletion();
        assertSeen("map 1 starter", "map 2 starter");
    }

    @Test
    void a_handler_calls_it_and_has_its_own_back() throws Exception {
        Carried<Integer> carried = of(1, "alice");
        USER.set("handler");
        String result = carried.call(element -> note("call", element) + " " + USER.get());
        assertEquals("1 alice", result);
        assertEquals("handler", USER.get());
    }

    @Test
    void the_defaults_carry_the_mdc() throws Exception {
        MDC.put("user", "alice");
        Carried<Integer> carried = Carried.of(1);
        MDC.clear();
        assertEquals("alice", carried.<String, RuntimeException>call(element -> MDC.get("user")));
        assertNull(MDC.get("user"));
    }

    @Test
    void it_describes_itself_and_refuses_null() {
        assertEquals("Carried[1]", Carried.of(1).toString());
        assertThrows(NullPointerException.class, () -> Carried.of(null));
        assertThrows(NullPointerException.class, () -> Carried.of(1, (ContextCarrier) null));
        assertThrows(NullPointerException.class, () -> Pipeline.fromCarried(null));
        assertThrows(NullPointerException.class, () -> Carried.of(1).call(null));
    }
}
