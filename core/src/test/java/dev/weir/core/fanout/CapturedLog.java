package dev.weir.core.fanout;

import dev.weir.core.ThrowingRunnable;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** What is written to the log meanwhile; slf4j-simple writes to System.err. */
final class CapturedLog {
    private CapturedLog() {}

    static String of(ThrowingRunnable<Exception> action) throws Exception {
        PrintStream before = System.err;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        System.setErr(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        try {
            action.run();
        } finally {
            System.setErr(before);
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
