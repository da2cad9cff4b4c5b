package dev.weir.micrometer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The dashboard asks for what a scrape has, and for something of each kind of part. */
class DashboardTest {
    private static final Path FILE = Path.of("../docs/grafana/weir.json");
    private static final Pattern SELECTOR = Pattern.compile("(weir_\\w+)(?:\\{([^}]*)})?");
    private static final Pattern MATCHER = Pattern.compile("(\\w+)\\s*(=~|!~|!=|=)\\s*\"([^\"]*)\"");
    private static final Pattern GROUPED = Pattern.compile("\\bby\\s*\\(([^)]*)\\)");
    private static final Pattern SHOWN = Pattern.compile("\\{\\{(\\w+)}}");
    private static final Pattern VARIABLE = Pattern.compile("label_values\\((\\w+), (\\w+)\\)");

    private final Map<?, ?> dashboard = (Map<?, ?>) Json.parse(Files.readString(FILE));

    DashboardTest() throws IOException {}

    private static Map<String, Set<String>> labelsByName() throws Exception {
        Map<String, Set<String>> labels = new TreeMap<>();
        try (Shop shop = new Shop();
                var endpoint = new Scrape.Endpoint(MeterNamesTest.bound(shop))) {
            endpoint.get()
                    .samples()
                    .keySet()
                    .forEach(sample -> labels.computeIfAbsent(sample.name(), name -> new TreeSet<>())
                            .addAll(sample.labels().keySet()));
        }
        return labels;
    }

    /** Each panel, those of the rows included. */
    private List<Map<?, ?>> panels() {
        List<Map<?, ?>> panels = new ArrayList<>();
        for (Object panel : (List<?>) dashboard.get("panels")) {
            if (!"row".equals(((Map<?, ?>) panel).get("type"))) {
                panels.add((Map<?, ?>) panel);
            }
        }
        return panels;
    }

    private static List<Map<?, ?>> targets(Map<?, ?> panel) {
        return ((List<?>) panel.get("targets"))
                .stream().<Map<?, ?>>map(target -> (Map<?, ?>) target).toList();
    }

    @Test
    void every_query_names_metrics_and_labels_that_are_there() throws Exception {
        Map<String, Set<String>> there = labelsByName();
        List<String> wrong = new ArrayList<>();
        int queries = 0;
        for (Map<?, ?> panel : panels()) {
            for (Map<?, ?> target : targets(panel)) {
                String query = (String) target.get("expr");
                wrong.addAll(wrong(query, (String) target.get("legendFormat"), there));
                queries++;
            }
        }
        assertTrue(queries > 40, "only " + queries);
        assertEquals(List.of(), wrong);
    }

    private static List<String> wrong(String query, String legend, Map<String, Set<String>> there) {
        List<String> wrong = new ArrayList<>();
        Set<String> labels = new TreeSet<>();
        Matcher selectors = SELECTOR.matcher(query);
        int found = 0;
        while (selectors.find()) {
            found++;
            Set<String> its = there.getOrDefault(selectors.group(1), Set.of());
            labels.addAll(its);
            if (its.isEmpty()) {
                wrong.add(selectors.group(1) + " is not there: " + query);
            }
            Matcher matchers = MATCHER.matcher(selectors.group(2) == null ? "" : selectors.group(2));
            while (matchers.find()) {
                if (!its.contains(matchers.group(1))) {
                    wrong.add(selectors.group(1) + " has no " + matchers.group(1) + ": " + query);
                }
            }
        }
        if (found == 0
                || query.chars().filter(c -> c == '(').count()
                        != query.chars().filter(c -> c == ')').count()) {
            wrong.add("no query: " + query);
        }
        Set<String> kept = null;
        Matcher grouped = GROUPED.matcher(query);
        while (grouped.find()) {
            kept = Set.of(grouped.group(1).split("\\s*,\\s*"));
            kept.stream()
                    .filter(label -> !labels.contains(label))
                    .forEach(label -> wrong.add("by " + label + ": " + query));
        }
        Set<String> shownFrom = kept == null ? labels : kept;
        SHOWN.matcher(legend)
                .results()
                .map(shown -> shown.group(1))
                .filter(label -> !shownFrom.contains(label))
                .forEach(label -> wrong.add("shows " + label + ": " + query));
        return wrong;
    }

    @Test
    void a_query_that_is_wrong_is_found() {
        Map<String, Set<String>> there = Map.of("weir_pool_tasks_total", Set.of("pool", "outcome"));
        assertEquals(
                List.of(),
                wrong("sum by (pool) (rate(weir_pool_tasks_total{pool=~\"$pool\"}[5m]))", "{{pool}}", there));
        assertFalse(wrong("rate(weir_pool_task_total[5m])", "", there).isEmpty());
        assertFalse(wrong("rate(weir_pool_tasks_total{limiter=\"a\"}[5m])", "", there)
                .isEmpty());
        assertFalse(wrong("sum by (stage) (weir_pool_tasks_total)", "", there).isEmpty());
        assertFalse(wrong("sum by (pool) (weir_pool_tasks_total)", "{{outcome}}", there)
                .isEmpty());
        assertFalse(
                wrong("sum by (pool) (weir_pool_tasks_total", "{{pool}}", there).isEmpty());
        assertFalse(wrong("up", "", there).isEmpty());
    }

    @Test
    void each_kind_of_part_has_a_panel() {
        String queries = panels().stream()
                .flatMap(panel -> targets(panel).stream())
                .map(target -> (String) target.get("expr"))
                .collect(Collectors.joining("\n"));
        for (String kind : List.of(
                "pool",
                "keyed_executor",
                "semaphore",
                "keyed_semaphore",
                "adaptive_limit",
                "limiter",
                "limiter_remote",
                "keyed_limiter",
                "keyed_limiter_remote",
                "retry",
                "retry_budget",
                "hedge",
                "channel",
                "pipeline_stage",
                "batcher")) {
            assertTrue(Pattern.compile("\\bweir_" + kind + "_").matcher(queries).find(), kind);
        }
    }

    @Test
    void every_counter_is_shown_as_a_rate() {
        for (Map<?, ?> panel : panels()) {
            for (Map<?, ?> target : targets(panel)) {
                String query = (String) target.get("expr");
                Matcher counters = Pattern.compile("(\\w*\\(?)weir_\\w+_(?:total|sum|count)\\b")
                        .matcher(query);
                while (counters.find()) {
                    assertEquals("rate(", counters.group(1), query);
                }
            }
        }
    }

    @Test
    void each_variable_is_a_label_that_is_there_and_is_used() throws Exception {
        Map<String, Set<String>> there = labelsByName();
        String all = Files.readString(FILE);
        for (Object each : (List<?>) ((Map<?, ?>) dashboard.get("templating")).get("list")) {
            Map<?, ?> variable = (Map<?, ?>) each;
            if (variable.get("type").equals("query")) {
                Matcher values = VARIABLE.matcher((String) variable.get("query"));
                assertTrue(values.matches(), variable.toString());
                assertTrue(there.get(values.group(1)).contains(values.group(2)), variable.toString());
            }
            assertTrue(
                    Pattern.compile("\\$\\{?" + variable.get("name") + "\\b")
                            .matcher(all)
                            .find(),
                    variable.toString());
        }
    }

    @Test
    void panels_have_a_title_a_place_and_a_number_of_their_own() {
        Set<Object> numbers = new TreeSet<>();
        for (Object each : (List<?>) dashboard.get("panels")) {
            Map<?, ?> panel = (Map<?, ?>) each;
            assertFalse(((String) panel.get("title")).isBlank());
            assertTrue(((Map<?, ?>) panel.get("gridPos")).keySet().containsAll(Set.of("x", "y", "w", "h")));
            assertTrue(numbers.add(panel.get("id")), panel.get("title").toString());
        }
    }
}
