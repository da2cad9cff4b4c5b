package dev.weir.testkit;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Runs a program in a JVM of its own. */
public final class ForkedJvm {
    private static final int KILLED = 128 + 9;

    private ForkedJvm() {}

    /** Returns what the program prints, with the class path of this JVM; after three minutes it is killed. */
    public static String run(List<String> options, Class<?> program, String... arguments) throws Exception {
        return run(System.getProperty("java.class.path"), options, program, arguments);
    }

    /** Returns what the program prints, with another class path; after three minutes it is killed. */
    public static String run(String classPath, List<String> options, Class<?> program, String... arguments)
            throws Exception {
        List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current().info().command().orElseThrow());
        command.addAll(options);
        command.add("-cp");
        command.add(classPath);
        command.add(program.getName());
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        CompletableFuture.delayedExecutor(3, TimeUnit.MINUTES).execute(process::destroyForcibly);
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() == KILLED) {
            throw new AssertionError("did not end: " + output);
        }
        return output;
    }
}
