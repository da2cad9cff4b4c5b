package dev.weir.examples.fanout;

import dev.weir.core.Deadline;
import dev.weir.core.Outcome;
import dev.weir.core.scope.Subtask;
import dev.weir.core.scope.TaskScope;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** Asks several things of different types at once, and keeps every answer and every exception. */
public final class GatherAll {
    private GatherAll() {}

    /**
     * Looks after the machine's health.
     *
     * @param folder whose disk space is asked for
     * @param host a name that is looked up
     * @param port a port of this machine that is connected to
     * @param deadline until when
     * @return a line for each check, whatever came of it
     * @throws InterruptedException if the thread is interrupted; no check goes on then
     */
    public static List<String> health(Path folder, String host, int port, Deadline deadline)
            throws InterruptedException {
        try (TaskScope.JoinAll scope =
                TaskScope.builder().named("health").deadline(deadline).joinAll()) {
            Subtask<Long> space = scope.fork(() -> Files.getFileStore(folder).getUsableSpace());
            Subtask<InetAddress> address = scope.fork(() -> InetAddress.getByName(host));
            Subtask<Boolean> open = scope.fork(() -> connect(port));
            Subtask<?> late = scope.fork(() -> new CountDownLatch(1).await());
            scope.join();
            List<String> lines = new ArrayList<>();
            lines.add("disk: " + line(space));
            lines.add("name: " + line(address));
            lines.add("port: " + line(open));
            lines.add("slow: " + line(late));
            return lines;
        }
    }

    private static boolean connect(int port) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        }
    }

    private static String line(Subtask<?> check) {
        return switch (check.outcome()) {
            case Outcome.Success<?>(Object value) -> String.valueOf(value);
            case Outcome.Failure<?>(Throwable cause) -> "failed with " + cause;
            case Outcome.Cancelled<?>(boolean started, Throwable cause) -> "cancelled by " + cause;
        };
    }

    /**
     * Prints the health of this machine. Port 1 is closed, and one check never ends.
     *
     * @param args none
     * @throws InterruptedException if the thread is interrupted
     */
    public static void main(String[] args) throws InterruptedException {
        health(Path.of("."), "localhost", 1, Deadline.after(Duration.ofSeconds(1)))
                .forEach(System.out::println);
    }
}
