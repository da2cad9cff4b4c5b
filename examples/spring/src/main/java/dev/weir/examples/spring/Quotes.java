package dev.weir.examples.spring;

import dev.weir.core.pool.WorkerPool;
import java.util.concurrent.CompletableFuture;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.client.RestClient;

/** The endpoints. */
@RestController
class Quotes {
    private static final int DAYS = 5;

    private final RestClient exchange;
    private final WorkerPool reports;

    Quotes(RestClient exchange, @Qualifier("reports") WorkerPool reports) {
        this.exchange = exchange;
        this.reports = reports;
    }

    @GetMapping("/quotes/{symbol}")
    String quote(@PathVariable String symbol) {
        return symbol + " " + price(symbol) + "\n";
    }

    /** A report is several quotes, made in the pool; no thread of the server waits for it. */
    @GetMapping("/reports/{symbol}")
    CompletableFuture<String> report(@PathVariable String symbol) {
        return reports.supplyAsync(() -> {
            StringBuilder report = new StringBuilder();
            for (int day = 1; day <= DAYS; day++) {
                report.append(symbol).append(" day ").append(day).append(' ').append(price(symbol + day)).append('\n');
            }
            return report.toString();
        });
    }

    private String price(String symbol) {
        return exchange.get().uri("/{symbol}", symbol).retrieve().body(String.class);
    }
}
