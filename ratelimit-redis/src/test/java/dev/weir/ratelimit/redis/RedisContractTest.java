package dev.weir.ratelimit.redis;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.ratelimit.contract.RemoteContract;
import dev.weir.ratelimit.remote.RemoteBuckets;
import dev.weir.testkit.Call;
import io.lettuce.core.SetArgs;
import io.lettuce.core.api.async.RedisAsyncCommands;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;

/** The server's clock is one that the test sets, and keys do not expire by the real one. */
class RedisContractTest extends RemoteContract {
    private static final long START_MICROS = 1_800_000_000_000_000L;

    private static TestRedis redis;
    private static RedisAsyncCommands<String, String> commands;

    private final String clock = TestRedis.newKey();
    private RemoteBuckets buckets;

    @BeforeAll
    static void connect() throws Exception {
        redis = TestRedis.any();
        commands = redis.commands();
    }

    @AfterAll
    static void disconnect() {
        if (redis != null) {
            redis.close();
        }
    }

    @BeforeEach
    void replaceTheClock() {
        String real = "local time = redis.call('TIME')";
        String text = Script.GCRA.text();
        assertTrue(text.contains(real));
        text = text.replace(
                real,
                "local set = redis.call('GET', '" + clock + "')\n"
                        + "local time = {math.floor(set / 1000000), set % 1000000}");
        buckets = new RedisBuckets(commands, Script.of(text.replaceAll(",\n *'PX', [^\n]*\\)\\)", ")")));
        setClock(0);
    }

    private void setClock(long nanos) {
        String micros = Long.toString(START_MICROS + nanos / 1_000);
        Call.uninterrupted(
                () -> commands.set(clock, micros, SetArgs.Builder.ex(600)).get(20, TimeUnit.SECONDS));
    }

    /** The server's clock first, so that what is due here is due there. */
    @Override
    protected void pass(Duration duration) {
        rest();
        setClock(time.nanoTime() + duration.toNanos());
        super.pass(duration);
    }

    @Override
    protected RemoteBuckets store() {
        return buckets;
    }

    @Override
    protected String newKey() {
        return TestRedis.newKey();
    }

    @Override
    protected Map<String, String> excluded() {
        Map<String, String> all = super.excluded();
        all.put("retry_after_is_exact_to_the_nanosecond", "the server's clock has microseconds");
        all.put("acquire_waits_until_the_very_nanosecond", "the server's clock has microseconds");
        all.put(
                "a_timed_wait_that_the_permit_just_meets_succeeds",
                "the answer is still on its way when the time is over");
        return all;
    }
}
