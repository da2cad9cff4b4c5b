package dev.weir.core.internal;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.helpers.MessageFormatter;

/** A logger that keeps what it logs at ERROR, after an appender of the test's own has had it. */
final class RecordingLogger {
    final List<String> lines = new ArrayList<>();
    final List<Throwable> thrown = new ArrayList<>();
    private final Logger logger;

    RecordingLogger() {
        this(arguments -> {});
    }

    /** The appender may throw what it likes. */
    RecordingLogger(Consumer<Object[]> appender) {
        logger = (Logger) Proxy.newProxyInstance(
                Logger.class.getClassLoader(), new Class<?>[] {Logger.class}, (proxy, method, arguments) -> {
                    if (!method.getName().equals("error")) {
                        throw new AssertionError("unexpected: " + method);
                    }
                    Object last = arguments[arguments.length - 1];
                    Object[] values = last instanceof Object[] array ? array : new Object[] {last};
                    appender.accept(values);
                    var formatted = MessageFormatter.arrayFormat((String) arguments[0], values);
                    lines.add(formatted.getMessage());
                    thrown.add(formatted.getThrowable());
                    return null;
                });
    }

    Logger logger() {
        return logger;
    }
}
