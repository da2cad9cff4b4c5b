package dev.weir.ratelimit.redis;

import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.remote.RemoteBuckets;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisNoScriptException;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.async.RedisScriptingAsyncCommands;
import io.lettuce.core.cluster.SlotHash;
import io.netty.util.concurrent.FastThreadLocalThread;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/**
 * Buckets in Redis, by the script {@code gcra.lua}. A call is one EVALSHA; a server that does not know the script, as
 * after a restart, a failover or SCRIPT FLUSH, is sent the script itself, by EVAL with the same key and so to the same
 * node.
 */
final class RedisBuckets implements RemoteBuckets {
    /**
     * Writes the value that is there, or one that is deleted at once, so that it fails where no value can be written.
     */
    private static final String PROBE = """
        local value = redis.call('GET', KEYS[1])
        redis.call('SET', KEYS[1], value or '', 'KEEPTTL')
        if not value then redis.call('DEL', KEYS[1]) end
        return 1\
        """;

    /** How the script's answer begins if a key holds what is not a bucket. */
    private static final String WRONG_VALUE = "WRONGVALUE";

    private static final long NEVER = -1;
    private static final int NUMBERS_AFTER_ANSWERS = 3; // remaining, reset, and the server's time
    private static final int REMAINING = 3;
    private static final int RESET = 2;

    private final RedisScriptingAsyncCommands<String, String> commands;
    private final Script script;

    /** The numbers of the rate that was used last: nearly always the next one's as well. */
    private volatile Encoded encoded;

    private record Encoded(Rate rate, RedisRate numbers) {}

    RedisBuckets(RedisScriptingAsyncCommands<String, String> commands) {
        this(commands, Script.GCRA);
    }

    RedisBuckets(RedisScriptingAsyncCommands<String, String> commands, Script script) {
        this.commands = Objects.requireNonNull(commands, "commands");
        this.script = script;
        Rate any = Rate.perSecond(1);
        this.encoded = new Encoded(any, RedisRate.of(any));
    }

    private RedisRate numbersOf(Rate rate) {
        Encoded last = encoded;
        if (!last.rate().equals(rate)) {
            last = new Encoded(rate, RedisRate.of(rate));
            encoded = last;
        }
        return last.numbers();
    }

    private <A> CompletionStage<A> call(
            List<Bucket> buckets, String operation, Function<List<Long>, A> decoded, long number, long... more) {
        String[] keys = new String[buckets.size()];
        List<String> values = new ArrayList<>(4 * keys.length + more.length + 2);
        values.add(operation);
        for (int i = 0; i < keys.length; i++) {
            Bucket bucket = buckets.get(i);
            RedisRate rate = numbersOf(bucket.rate());
            keys[i] = bucket.key();
            values.add(Long.toString(rate.unitsPerMicro()));
            values.add(Long.toString(rate.unitsPerPermit()));
            values.add(Long.toString(rate.burst()));
            values.add(Long.toString(bucket.generation()));
        }
        values.add(Long.toString(number));
        for (long argument : more) {
            values.add(Long.toString(argument));
        }
        String[] sent = values.toArray(String[]::new);
        CompletionStage<List<Long>> answer = commands.evalsha(script.digest(), ScriptOutputType.MULTI, keys, sent);
        return answer.exceptionallyCompose(failure -> {
                    Throwable cause = failure.getCause();
                    Throwable origin = failure instanceof CompletionException && cause != null ? cause : failure;
                    return origin instanceof RedisNoScriptException
                            ? commands.<List<Long>>eval(script.text(), ScriptOutputType.MULTI, keys, sent)
                            : CompletableFuture.failedStage(origin);
                })
                .thenApply(decoded);
    }

    private static Duration micros(long micros) {
        return micros == NEVER ? Answer.NEVER : Duration.ofNanos(Math.multiplyExact(micros, 1_000));
    }

    private static Answer answer(List<Long> numbers, long granted, long retryMicros) {
        int size = numbers.size();
        return new Answer(
                granted, micros(retryMicros), numbers.get(size - REMAINING), micros(numbers.get(size - RESET)));
    }

    @Override
    public CompletionStage<List<Answer>> take(List<Bucket> buckets, long[] permits, boolean inOrder, long ahead) {
        int answered = permits.length + (ahead > 0 ? 1 : 0);
        return call(
                buckets,
                inOrder ? "line" : "take",
                numbers -> {
                    if (numbers.size() != answered + NUMBERS_AFTER_ANSWERS) {
                        throw new IllegalStateException(
                                "the script answered " + numbers + " to " + permits.length + " requests");
                    }
                    List<Answer> answers = new ArrayList<>(answered);
                    for (int i = 0; i < permits.length; i++) {
                        long retryMicros = numbers.get(i);
                        answers.add(answer(numbers, retryMicros == 0 ? permits[i] : 0, retryMicros));
                    }
                    if (ahead > 0) {
                        answers.add(answer(numbers, numbers.get(permits.length), 0));
                    }
                    return answers;
                },
                ahead,
                permits);
    }

    @Override
    public CompletionStage<Answer> takeUpTo(List<Bucket> buckets, long most) {
        return call(buckets, "upto", numbers -> answer(numbers, numbers.get(0), 0), most);
    }

    @Override
    public CompletionStage<Answer> peek(List<Bucket> buckets, long permits) {
        return call(buckets, "peek", numbers -> answer(numbers, 0, numbers.get(0)), permits);
    }

    @Override
    public CompletionStage<Answer> refund(List<Bucket> buckets, long permits) {
        return call(buckets, "refund", numbers -> answer(numbers, 0, 0), permits);
    }

    @Override
    public CompletionStage<Answer> charge(List<Bucket> buckets, long permits) {
        return call(buckets, "charge", numbers -> answer(numbers, 0, 0), permits);
    }

    @Override
    public CompletionStage<?> probe(Bucket bucket) {
        return commands.<Long>eval(PROBE, ScriptOutputType.INTEGER, bucket.key());
    }

    /** A key that holds something else says nothing about other keys. */
    @Override
    public boolean isOutage(Throwable failure) {
        String message = String.valueOf(failure.getMessage());
        return !(failure instanceof RedisCommandExecutionException
                && (message.contains("WRONGTYPE") || message.contains(WRONG_VALUE)));
    }

    @Override
    public void checkRate(Rate rate) {
        RedisRate.of(rate);
    }

    /** Also without a cluster, so that one can be introduced. */
    @Override
    public void checkKeys(List<String> keys) {
        if (keys.stream().mapToInt(SlotHash::getSlot).distinct().count() > 1) {
            throw new IllegalArgumentException(
                    "keys must be in one hash slot, as by a common part in braces, but are " + keys);
        }
    }

    @Override
    public void checkMayWait() {
        if (Thread.currentThread() instanceof FastThreadLocalThread) {
            throw new IllegalStateException("a blocking call on " + Thread.currentThread()
                    + ", a thread of Netty, may wait for itself: use acquireAsync, or another thread");
        }
    }

    @Override
    public String toString() {
        return "RedisBuckets[" + commands + "]";
    }
}
