package dev.weir.examples.crawler;

import dev.weir.core.fanout.FanOut;
import dev.weir.pipeline.Pipeline;
import dev.weir.pipeline.RunningPipeline;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import me.tongfei.progressbar.ProgressBar;

/** Crawls a site: fetch, parse, follow the links, store. */
record Crawler(Fetcher fetcher, Store store, int concurrency, ProgressBar progress) {
    RunningPipeline start(URI start) throws InterruptedException {
        Frontier frontier = new Frontier(start);
        return Pipeline.from(frontier.toFetch)
                .mapParallel("fetch", concurrency, fetcher::fetch)
                .mapParallel("parse", Runtime.getRuntime().availableProcessors(), Fetched::parse)
                .onPlatformThreads()
                .map("follow", page -> {
                    Page followed = frontier.follow(page);
                    progress.maxHint(frontier.found()).step();
                    return followed;
                })
                .batch(50, Duration.ofMillis(200))
                .to("store", store::save)
                .start();
    }

    /** A broken link gets a second look before it is called broken. */
    void lookAgain() throws Exception {
        List<List<String>> broken = store.query("select url from page where outcome <> 'ok'");
        List<Page> pages = FanOut.over(broken)
                .concurrency(concurrency)
                .map(row -> fetcher.fetch(URI.create(row.getFirst())).parse());
        store.save(pages);
    }
}
