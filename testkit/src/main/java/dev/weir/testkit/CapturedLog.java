package dev.weir.testkit;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.LoggerFactory;

/** The lines that the logger of a class writes until this is closed, as {@code level message throwable}. */
public final class CapturedLog extends AppenderBase<ILoggingEvent> implements AutoCloseable {
    /** What may throw anything. */
    @FunctionalInterface
    public interface Action {
        void run() throws Exception;
    }

    private final Logger logger;
    private final List<String> lines = new CopyOnWriteArrayList<>();

    private CapturedLog(Logger logger) {
        this.logger = logger;
    }

    /** Captures the lines, instead of printing them, until it is closed. */
    public static CapturedLog of(Class<?> type) {
        CapturedLog log = new CapturedLog((Logger) LoggerFactory.getLogger(type));
        log.start();
        log.logger.addAppender(log);
        log.logger.setAdditive(false);
        return log;
    }

    /** The lines that are logged while the action runs. */
    public static List<String> during(Class<?> type, Action action) throws Exception {
        try (CapturedLog log = of(type)) {
            action.run();
            return List.copyOf(log.lines);
        }
    }

    @Override
    protected void append(ILoggingEvent event) {
        var thrown = event.getThrowableProxy();
        lines.add(event.getLevel() + " " + event.getFormattedMessage()
                + (thrown == null || thrown.getMessage() == null ? "" : " " + thrown.getMessage()));
    }

    public List<String> lines() {
        return lines;
    }

    @Override
    public void close() {
        logger.setAdditive(true);
        logger.detachAppender(this);
    }
}
