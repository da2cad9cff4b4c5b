package dev.weir.core.fanout;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.weir.core.ThrowingRunnable;
import java.util.List;
import org.slf4j.LoggerFactory;

/** What is logged by a class meanwhile, as {@code level message throwable}. */
final class CapturedLog {
    private CapturedLog() {}

    static List<String> of(Class<?> type, ThrowingRunnable<Exception> action) throws Exception {
        Logger logger = (Logger) LoggerFactory.getLogger(type);
        ListAppender<ILoggingEvent> events = new ListAppender<>();
        events.start();
        logger.addAppender(events);
        logger.setAdditive(false);
        try {
            action.run();
        } finally {
            logger.setAdditive(true);
            logger.detachAppender(events);
        }
        return events.list.stream().map(CapturedLog::line).toList();
    }

    private static String line(ILoggingEvent event) {
        var thrown = event.getThrowableProxy();
        return event.getLevel() + " " + event.getFormattedMessage() + (thrown == null ? "" : " " + thrown.getMessage());
    }
}
