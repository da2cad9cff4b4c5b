package dev.weir.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.weir.benchmarks.Goal.Unit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportTest {
    private final Results results = new Results(List.of(
            ResultsTest.row("admit", Entry.WEIR, 20, 0),
            ResultsTest.row("admit", "Peer", 1_500, 24),
            Row.failed(new Entry("admit", "Broken", () -> new Sample(0, 0)), "it broke")));
    private final Report report = new Report(
            "demo",
            "What is compared.",
            results,
            List.of(
                    Goal.atMost("speed", new Figure(0.5, "admit"), 1, Unit.RATIO),
                    Goal.atMost("heap", Figure.NONE, 0, Unit.BYTES)));

    @Test
    void table_alignsTextAndFigures() {
        Table table = new Table("scenario", "contender", "ns");
        table.add("a", "b|c", "1.0");

        assertEquals("""
            | scenario | contender |  ns |
            | -------- | --------- | --: |
            | a        | b\\|c      | 1.0 |
            """, table.markdown());
    }

    @Test
    void markdown_hasTheRowsAndTheGoals() {
        String markdown = report.markdown();

        assertTrue(markdown.startsWith("## demo\n\nWhat is compared.\n\n"), markdown);
        assertTrue(
                markdown.contains("| admit    | Peer      | 1,500 | 1,500 – 1,500 | 24.0 |  75.00 |      1 |\n"),
                markdown);
        assertTrue(
                markdown.contains("| admit    | Broken    |     - |      it broke |    - |      - |      0 |\n"),
                markdown);
        assertTrue(markdown.contains("- goal speed: 0.500× at admit (target ≤ 1.000×) met\n"), markdown);
        assertTrue(markdown.contains("- goal heap: not measured (target ≤ 0.0 B) missed\n"), markdown);
    }

    @Test
    void write_leavesMarkdownAndJson(@TempDir Path folder) throws IOException {
        report.write(folder);

        assertEquals(report.markdown(), Files.readString(folder.resolve("bench-demo.md")));
        JsonNode json =
                new ObjectMapper().readTree(folder.resolve("bench-demo.json").toFile());
        assertEquals("demo", json.get("bench").textValue());
        JsonNode peer = json.get("rows").get(1);
        assertEquals("Peer", peer.get("contender").textValue());
        assertEquals(1_500, peer.get("nanosPerOperation").get("median").doubleValue());
        assertEquals(24, peer.get("bytesPerOperation").get("max").doubleValue());
        JsonNode broken = json.get("rows").get(2);
        assertEquals("it broke", broken.get("failure").textValue());
        assertTrue(broken.get("nanosPerOperation").get("median").isNull());
        assertTrue(json.get("goals").get(0).get("met").booleanValue());
        assertFalse(json.get("goals").get(1).get("met").booleanValue());
        assertTrue(json.get("goals").get(1).get("figure").isNull());
    }

    @Test
    void writeAll_leavesOneFileOfEachKind(@TempDir Path folder) throws IOException {
        Report.writeAll("all", List.of(report, report), folder);

        JsonNode json =
                new ObjectMapper().readTree(folder.resolve("bench-all.json").toFile());
        assertEquals(2, json.size());
        assertEquals(report.markdown() + "\n" + report.markdown(), Files.readString(folder.resolve("bench-all.md")));
    }
}
