package dev.weir.benchmarks;

import io.lettuce.core.api.sync.RedisCommands;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What a server has counted.
 *
 * @param sent how many commands that decide something clients have sent; a script's own calls do not count
 * @param gets how many GETs were done, by clients and by scripts
 * @param cpuMicros the processor time of the server
 * @param bytes the memory in use, without the buffers of clients
 */
record RedisInfo(long sent, long gets, double cpuMicros, long bytes) {
    static RedisInfo of(RedisCommands<String, String> commands) {
        String calls = commands.info("commandstats");
        Map<String, String> cpu = lines(commands.info("cpu"));
        Map<String, String> memory = lines(commands.info("memory"));
        return new RedisInfo(
                calls(calls, "evalsha") + calls(calls, "eval") + calls(calls, "ping"),
                calls(calls, "get"),
                1e6 * (Double.parseDouble(cpu.get("used_cpu_sys")) + Double.parseDouble(cpu.get("used_cpu_user"))),
                Long.parseLong(memory.get("used_memory")) - Long.parseLong(memory.get("mem_clients_normal")));
    }

    private static Map<String, String> lines(String info) {
        return info.lines()
                .filter(line -> line.indexOf(':') > 0)
                .collect(Collectors.toMap(
                        line -> line.substring(0, line.indexOf(':')), line -> line.substring(line.indexOf(':') + 1)));
    }

    private static long calls(String commandstats, String command) {
        String calls = lines(commandstats).getOrDefault("cmdstat_" + command, "calls=0,");
        return Long.parseLong(calls.substring("calls=".length(), calls.indexOf(',')));
    }

    /**
     * The trips since then. Bucket4j sends a GET and a script that does one itself; those that are sent are the
     * difference. The scripts of others do GETs, too, and none is sent.
     */
    long tripsSince(RedisInfo before, String contender) {
        long scripts = sent - before.sent;
        return contender.startsWith(RedisClients.BUCKET4J)
                ? scripts + Math.max(0, gets - before.gets - scripts)
                : scripts;
    }
}
