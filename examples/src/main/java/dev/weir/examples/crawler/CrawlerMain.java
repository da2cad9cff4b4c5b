package dev.weir.examples.crawler;

import dev.weir.core.Deadline;
import dev.weir.examples.site.Site;
import dev.weir.pipeline.RunningPipeline;
import dev.weir.ratelimit.Rate;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicBoolean;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarConsumer;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command line of the crawler. */
@Command(
        name = "crawler",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Crawls a site into a database and reports what is broken."
                + " Without --url and --dir: the Javadoc of JUnit, served on loopback with faults.")
public final class CrawlerMain implements Callable<Integer> {
    @Option(names = "--url", paramLabel = "URL", description = "the first page of a site")
    private URI url;

    @Option(names = "--dir", paramLabel = "FOLDER", description = "a folder of HTML files, served on loopback")
    private Path dir;

    @Option(names = "--rate", defaultValue = "100", description = "requests a second (default ${DEFAULT-VALUE})")
    private int rate;

    @Option(names = "--concurrency", defaultValue = "5", description = "requests at once (default ${DEFAULT-VALUE})")
    private int concurrency;

    @Option(names = "--timeout", defaultValue = "10", description = "seconds for an address (default ${DEFAULT-VALUE})")
    private int timeout;

    @Option(names = "--fail-on-broken", description = "exit code 3 if a link is broken")
    private boolean failOnBroken;

    @Option(
            names = "--db",
            paramLabel = "FILE",
            defaultValue = "target/crawl",
            description = "the H2 database, replaced if it exists (default ${DEFAULT-VALUE}, .mv.db is appended)")
    private Path db;

    @Spec
    private CommandSpec spec;

    /**
     * Runs the program: exit code 0 after a crawl, whatever was broken unless that is asked for; 1 if the first page
     * could not be fetched; 2 after a wrong argument; 3 if a link is broken and {@code --fail-on-broken} was given.
     *
     * @param args see {@code --help}
     */
    public static void main(String[] args) {
        int code = run(args);
        if (code != 0) {
            System.exit(code);
        }
    }

    static int run(String... args) {
        return new CommandLine(new CrawlerMain())
                .setParameterExceptionHandler((wrong, given) -> complain(wrong, 2))
                .setExecutionExceptionHandler((failure, command, parsed) -> complain(failure, 1))
                .execute(args);
    }

    private static int complain(Exception failure, int code) {
        String message = failure.getMessage() == null ? failure.toString() : failure.getMessage();
        System.err.println("crawler: " + message.lines().findFirst().orElse(""));
        return code;
    }

    private void check(boolean right, String message) {
        if (!right) {
            throw new ParameterException(spec.commandLine(), message);
        }
    }

    @Override
    public Integer call() throws Exception {
        check(url == null || dir == null, "--url and --dir cannot be used together");
        check(rate >= 1, "--rate must be at least 1, but is " + rate);
        check(concurrency >= 1, "--concurrency must be at least 1, but is " + concurrency);
        check(timeout >= 1, "--timeout must be at least 1, but is " + timeout);
        check(dir == null || Files.isDirectory(dir), "--dir must be a folder, but is " + dir);
        check(
                url == null || (url.getHost() != null && url.getScheme().matches("https?")),
                "--url must be an http or https address, but is " + url);
        if (url != null) {
            return crawl(url);
        }
        try (Site site = dir == null ? Site.ofJavadoc() : Site.of(dir)) {
            return crawl(site.start());
        }
    }

    private int crawl(URI start) throws Exception {
        try (Fetcher fetcher = new Fetcher(Rate.perSecond(rate).withBurst(concurrency), Duration.ofSeconds(timeout));
                Store store = open(db)) {
            Report report = crawl(start, fetcher, store);
            System.out.printf("Crawled %s into %s.mv.db%n%n", start, db);
            report.print(System.out);
            if (store.query("select url from page where outcome = 'ok'").isEmpty()) {
                return 1;
            }
            return failOnBroken
                            && !store.query("select url from page where outcome <> 'ok'")
                                    .isEmpty()
                    ? 3
                    : 0;
        } catch (CancellationException stopped) {
            return 0; // by Ctrl-C, after which the JVM ends with its own exit code
        }
    }

    private Store open(Path file) {
        try {
            return new Store(file);
        } catch (SQLException failure) {
            throw new ParameterException(spec.commandLine(), "--db cannot be opened: " + failure.getMessage(), failure);
        }
    }

    private Report crawl(URI start, Fetcher fetcher, Store store) throws Exception {
        // Quiet in a pipe: there is a console only on a terminal.
        ProgressBarConsumer display = System.console() == null
                ? new DelegatingProgressBarConsumer(text -> {}, 80)
                : new ConsoleProgressBarConsumer(System.err);
        try (var progress = new ProgressBarBuilder()
                .setTaskName("pages")
                .setConsumer(display)
                .build()) {
            long began = System.nanoTime();
            Crawler crawler = new Crawler(fetcher, store, concurrency, progress);
            RunningPipeline running = crawler.start(start.getPath().isEmpty() ? start.resolve("/") : start);
            AtomicBoolean stopped = new AtomicBoolean();
            Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                stopped.set(true);
                stop(running, store);
            }));
            running.awaitCompletion();
            if (stopped.get()) {
                throw new CancellationException("all that was fetched is stored, and the database is being closed");
            }
            Duration wall = Duration.ofNanos(System.nanoTime() - began);
            crawler.lookAgain();
            return new Report(store, fetcher, running, wall);
        }
    }

    /** On Ctrl-C: what has been fetched is stored, the rest is left. */
    private static void stop(RunningPipeline running, Store store) {
        try {
            running.drain(Deadline.after(Duration.ofSeconds(1)));
            store.close();
        } catch (InterruptedException | SQLException failure) {
            System.err.println("crawler: the database could not be closed: " + failure);
        }
    }
}
