package dev.weir.examples.crawler;

import dev.weir.pipeline.RunningPipeline;
import dev.weir.pipeline.StageMetrics;
import java.io.PrintStream;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/** The table at the end. */
record Report(Store store, Fetcher fetcher, RunningPipeline pipeline, Duration wall) {
    private static final String BROKEN = """
        select page.outcome, page.url, count(link.source), min(link.source)
        from page left join link on link.target = page.url
        where page.outcome <> 'ok' group by page.url, page.outcome order by page.outcome, page.url
        """;

    void print(PrintStream out) throws SQLException {
        List<String> sums = store.query("select count(*), coalesce(sum(bytes), 0) from page where outcome = 'ok'")
                .getFirst();
        List<List<String>> broken = store.query(BROKEN);
        Duration waited = fetcher.limiter.metrics().waited().total();
        Duration busy = pipeline.metrics().stream()
                .skip(1) // the source only waits
                .map(StageMetrics::busy)
                .reduce(waited.negated(), Duration::plus);
        out.printf("pages         %s%nbytes         %s%nbroken links  %d%n", sums.get(0), sums.get(1), broken.size());
        out.printf("retries       %s%n", fetcher.retries);
        out.printf("rate limiter  waited %s%n", seconds(waited));
        out.printf("wall time     %s; one address after the other: about %s%n%n", seconds(wall), seconds(busy));

        String line = "%-8s %8s %7s %7s %12s %10s %10s %10s%n";
        out.printf(line, "stage", "workers", "in", "out", "peak queue", "busy", "starved", "blocked");
        for (StageMetrics s : pipeline.metrics()) {
            String busyTime = s.name().equals("source") ? "" : seconds(s.busy());
            String starved = seconds(s.name().equals("source") ? s.busy() : s.starved());
            out.printf(
                    line,
                    s.name(),
                    s.workers(),
                    s.in(),
                    s.out(),
                    s.peakQueued(),
                    busyTime,
                    starved,
                    seconds(s.blocked()));
        }
        out.printf("bottleneck    %s%n", pipeline.bottleneck());
        for (List<String> row : broken) {
            out.printf("broken        %s: %s%n", row.get(0), row.get(1));
            if (row.get(3) != null) {
                out.printf("              linked from %s pages, such as %s%n", row.get(2), row.get(3));
            }
        }
    }

    private static String seconds(Duration duration) {
        return String.format(Locale.ROOT, "%.1f s", duration.toNanos() / 1e9);
    }
}
