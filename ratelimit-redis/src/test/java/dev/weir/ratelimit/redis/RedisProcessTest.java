package dev.weir.ratelimit.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.testkit.Call;
import dev.weir.testkit.RedisProcess;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The servers of the tests leave nothing behind. */
@Timeout(60)
class RedisProcessTest {
    /** A JVM with a server that hangs, which nothing but a signal ends. */
    static final class Program {
        private Program() {}

        public static void main(String[] args) throws Exception {
            RedisProcess server = RedisProcess.start();
            server.hang();
            System.out.println("server " + server.pid());
            Thread.sleep(60_000);
        }
    }

    private static boolean isAlive(long pid) {
        return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
    }

    @Test
    void a_server_ends_with_the_jvm_that_started_it_even_if_that_is_killed() throws Exception {
        TestRedis.server().close();
        Process jvm = new ProcessBuilder(List.of(
                        ProcessHandle.current().info().command().orElseThrow(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Program.class.getName()))
                .redirectErrorStream(true)
                .start();
        BufferedReader output =
                new BufferedReader(new InputStreamReader(jvm.getInputStream(), StandardCharsets.US_ASCII));
        String line = output.readLine();
        while (!line.startsWith("server ")) {
            line = output.readLine();
        }
        long server = Long.parseLong(line.substring("server ".length()));
        assertTrue(isAlive(server));
        jvm.destroyForcibly().waitFor();
        Call.until(() -> !isAlive(server));
    }

    @Test
    void a_server_comes_back_at_the_same_port() throws Exception {
        try (RedisProcess server = TestRedis.server()) {
            int port = server.port();
            long pid = server.pid();
            server.kill();
            Call.until(() -> !isAlive(pid));
            server.restart();
            assertEquals(port, server.port());
            assertTrue(server.isAlive());
        }
    }
}
