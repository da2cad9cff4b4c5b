package dev.weir.ratelimit.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.remote.RemoteBuckets.Answer;
import dev.weir.ratelimit.remote.RemoteBuckets.Bucket;
import io.lettuce.core.api.async.RedisAsyncCommands;
import java.math.BigInteger;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The script, with the server's clock replaced by one that the test sets. Time is in microseconds. */
@Timeout(60)
class RedisScriptTest {
    private static final long START = 1_800_000_000_000_000L;
    private static final String CLOCK_LINE = "local time = redis.call('TIME')";
    private static final String EXPIRY = "divideUp(depth + 1, 1000) + 1";

    /** By which keys live longer, as the server's own time goes on while the one that the test sets stands still. */
    private static final long LATER_MILLIS = 60_000;

    private static TestRedis redis;
    private static RedisAsyncCommands<String, String> commands;

    private final String key = TestRedis.newKey();
    private final RedisBuckets buckets = new RedisBuckets(commands, script(false));
    private long now = START;

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

    private Script script(boolean withoutExpiry) {
        String text = Script.GCRA.text();
        assertTrue(text.contains(CLOCK_LINE));
        String clock = "local set = redis.call('GET', KEYS[1] .. ':clock')\n"
                + "local time = {math.floor(set / 1000000), set % 1000000}";
        assertTrue(text.contains(EXPIRY));
        text = text.replace(CLOCK_LINE, clock).replace(EXPIRY, EXPIRY + " + " + LATER_MILLIS);
        return Script.of(withoutExpiry ? text.replaceAll(",\n *'PX', [^\n]*\\)\\)", ")") : text);
    }

    private <A> A await(CompletionStage<A> stage) throws Exception {
        return stage.toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    private void at(long micros) throws Exception {
        now = micros;
        await(commands.set(key + ":clock", Long.toString(micros), io.lettuce.core.SetArgs.Builder.ex(600)));
    }

    private Bucket bucket(Rate rate) {
        return new Bucket(key, rate, 0);
    }

    private long[] taken(Bucket bucket, boolean inOrder, long... permits) throws Exception {
        return await(buckets.take(List.of(bucket), permits, inOrder, 0)).stream()
                .mapToLong(Answer::granted)
                .toArray();
    }

    private Answer take(Bucket bucket, long permits) throws Exception {
        return await(buckets.take(List.of(bucket), new long[] {permits}, false, 0))
                .get(0);
    }

    private static Duration micros(long micros) {
        return Duration.ofNanos(micros * 1_000);
    }

    @Test
    void a_burst_is_there_and_grows_again_to_the_microsecond() throws Exception {
        Bucket bucket = bucket(Rate.of(7, Duration.ofSeconds(11)).withBurst(5));
        at(START);
        assertEquals(new Answer(5, Duration.ZERO, 0, micros(7_857_143)), take(bucket, 5));
        Answer refused = take(bucket, 1);
        assertEquals(micros(1_571_429), refused.retryAfter(), "11/7 s, rounded up");
        at(START + 1_571_428);
        assertEquals(micros(1), take(bucket, 1).retryAfter());
        at(START + 1_571_429);
        assertEquals(1, take(bucket, 1).granted());
    }

    @Test
    void requests_of_a_trip_are_each_all_or_nothing() throws Exception {
        Bucket bucket = bucket(Rate.perSecond(10));
        at(START);
        org.junit.jupiter.api.Assertions.assertArrayEquals(new long[] {6, 0, 4, 0}, taken(bucket, false, 6, 5, 4, 1));
    }

    @Test
    void requests_of_the_line_are_not_overtaken() throws Exception {
        Bucket bucket = bucket(Rate.perSecond(10));
        at(START);
        List<Answer> answers = await(buckets.take(List.of(bucket), new long[] {6, 5, 4, 1}, true, 0));
        assertEquals(
                List.of(6L, 0L, 0L, 0L), answers.stream().map(Answer::granted).toList());
        assertEquals(micros(100_000), answers.get(1).retryAfter());
        assertEquals(micros(1), answers.get(2).retryAfter());
    }

    @Test
    void a_full_bucket_has_no_key_and_a_refusal_writes_nothing() throws Exception {
        Bucket bucket = bucket(Rate.perSecond(10));
        at(START);
        await(buckets.peek(List.of(bucket), 1));
        assertNull(await(commands.get(key)));
        take(bucket, 10);
        String value = await(commands.get(key));
        at(START + 50_000);
        assertEquals(0, take(bucket, 1).granted());
        assertEquals(value, await(commands.get(key)));
        await(buckets.refund(List.of(bucket), 20));
        assertNull(await(commands.get(key)));
        assertEquals(10, take(bucket, 10).granted());
    }

    @Test
    void a_key_expires_when_it_is_full_and_not_earlier() throws Exception {
        Bucket bucket = bucket(Rate.perSecond(10));
        at(START);
        long start = System.nanoTime();
        take(bucket, 10);
        long left = await(commands.pttl(key)) - LATER_MILLIS;
        long passed = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
        assertTrue(left >= 1_000 - passed && left <= 1_002, "pttl " + left + " after " + passed + " ms");
        take(bucket, 0);
    }

    @Test
    void a_clock_that_goes_back_locks_nobody_out() throws Exception {
        Bucket bucket = bucket(Rate.perSecond(5).withBurst(10));
        at(START);
        take(bucket, 10);
        long back = START - 600_000_000L;
        at(back);
        assertEquals(micros(200_000), take(bucket, 1).retryAfter(), "the time stood still, and the refusal is written");
        at(back + 200_000);
        assertEquals(1, take(bucket, 1).granted());
        at(back + 2_200_000);
        assertEquals(10, await(buckets.takeUpTo(List.of(bucket), 100)).granted());
    }

    @Test
    void a_clock_that_jumps_ahead_gives_one_burst() throws Exception {
        Bucket bucket = bucket(Rate.perSecond(5).withBurst(10));
        at(START);
        take(bucket, 10);
        at(START + 3_600_000_000L);
        assertEquals(10, await(buckets.takeUpTo(List.of(bucket), 100)).granted());
        assertEquals(0, take(bucket, 1).granted());
    }

    @Test
    void another_rate_keeps_the_permits_and_grows_at_its_own_speed_from_then_on() throws Exception {
        Bucket slow = bucket(Rate.of(1, Duration.ofSeconds(10)).withBurst(10));
        at(START);
        take(slow, 7);
        Bucket fast = new Bucket(key, Rate.of(3, Duration.ofSeconds(7)).withBurst(5), 1);
        assertEquals(3, await(buckets.peek(List.of(fast), 1)).remaining());
        assertEquals(0, take(fast, 4).granted(), "refused, and written all the same");
        at(START + 2_333_334);
        assertEquals(4, take(fast, 4).granted());
    }

    @Test
    void the_rate_of_the_higher_generation_stays() throws Exception {
        Bucket newer = new Bucket(key, Rate.perSecond(1).withBurst(3), 5);
        Bucket older = new Bucket(key, Rate.perSecond(100).withBurst(100), 4);
        at(START);
        take(newer, 1);
        assertEquals(Answer.NEVER, take(older, 4).retryAfter());
        assertEquals(2, take(older, 2).granted());
        at(START + 1_000_000);
        assertEquals(1, await(buckets.takeUpTo(List.of(older), 100)).granted());
    }

    @Test
    void a_charge_becomes_a_debt_that_a_jump_back_of_the_clock_keeps() throws Exception {
        Bucket bucket = bucket(Rate.perSecond(10));
        at(START);
        await(buckets.charge(List.of(bucket), 25));
        assertEquals(micros(1_600_000), take(bucket, 1).retryAfter());
        at(START - 10_000_000);
        assertEquals(micros(1_600_000), take(bucket, 1).retryAfter());
        await(buckets.charge(List.of(bucket), Long.MAX_VALUE));
        assertEquals(0, take(bucket, 1).granted());
        at(START);
        assertEquals(0, await(buckets.peek(List.of(bucket), 1)).remaining());
    }

    @Test
    void a_full_bucket_knows_no_generation() throws Exception {
        Bucket newer = new Bucket(key, Rate.perSecond(1).withBurst(3), 5);
        Bucket older = new Bucket(key, Rate.perSecond(1).withBurst(100), 4);
        at(START);
        take(newer, 3);
        assertEquals(Answer.NEVER, take(older, 4).retryAfter());
        await(buckets.refund(List.of(newer), 3));
        assertEquals(4, take(older, 4).granted(), "it is full, and so forgotten");
        assertEquals(3, await(buckets.takeUpTo(List.of(newer), 100)).granted(), "and the newer one is back");
    }

    @Test
    void several_buckets_give_all_or_none_in_one_trip() throws Exception {
        Bucket second = new Bucket("{" + key + "}:second", Rate.perSecond(5), 0);
        Bucket day = new Bucket("{" + key + "}:day", Rate.of(8, Duration.ofDays(1)), 0);
        String text = script(false).text().replace("KEYS[1] .. ':clock'", "'" + key + ":clock'");
        RedisBuckets both = new RedisBuckets(commands, Script.of(text));
        List<Bucket> all = List.of(second, day);
        at(START);
        List<Answer> answers = await(both.take(all, new long[] {4, 2, 1, 9}, false, 0));
        assertEquals(
                List.of(4L, 0L, 1L, 0L), answers.stream().map(Answer::granted).toList());
        assertEquals(micros(200_000), answers.get(1).retryAfter(), "of the second");
        assertEquals(Answer.NEVER, answers.get(3).retryAfter());
        assertEquals(0, answers.get(0).remaining());
        at(START + 1_000_000);
        answers = await(both.take(all, new long[] {4}, false, 0));
        assertEquals(
                Duration.ofDays(1).dividedBy(8).minusSeconds(1), answers.get(0).retryAfter(), "of the day");
        assertEquals(3, await(both.takeUpTo(all, 100)).granted());
        assertEquals(2, await(both.peek(List.of(second), 1)).remaining(), "what the day refused was not taken");
        await(both.refund(all, 2));
        assertEquals(4, await(both.peek(List.of(second), 1)).remaining());
        assertEquals(2, await(both.peek(List.of(day), 1)).remaining());
        await(both.charge(all, 3));
        assertEquals(0, await(both.peek(all, 1)).remaining());
        assertEquals(1, await(both.peek(List.of(second), 1)).remaining());
        await(commands.del(second.key(), day.key()));
    }

    @Test
    void what_is_taken_ahead_comes_after_the_requests_and_only_if_all_are_granted() throws Exception {
        Bucket bucket = bucket(Rate.perSecond(10));
        at(START);
        List<Answer> answers = await(buckets.take(List.of(bucket), new long[] {2, 3}, false, 4));
        assertEquals(List.of(2L, 3L, 4L), answers.stream().map(Answer::granted).toList());
        assertEquals(1, answers.get(0).remaining());
        answers = await(buckets.take(List.of(bucket), new long[] {2}, true, 4));
        assertEquals(List.of(0L, 0L), answers.stream().map(Answer::granted).toList());
        answers = await(buckets.take(List.of(bucket), new long[] {1}, true, 4));
        assertEquals(List.of(1L, 0L), answers.stream().map(Answer::granted).toList());
        at(START + 10_000_000);
        answers = await(buckets.take(List.of(bucket), new long[] {1}, true, Long.MAX_VALUE));
        assertEquals(List.of(1L, 9L), answers.stream().map(Answer::granted).toList());
    }

    @Test
    void it_agrees_with_exact_arithmetic_at_random() throws Exception {
        long seed = System.nanoTime();
        System.out.println("it_agrees_with_exact_arithmetic_at_random seed " + seed);
        Random random = new Random(seed);
        RedisBuckets exact = new RedisBuckets(commands, script(true));
        for (int round = 0; round < 8; round++) {
            Rate rate = randomRate(random);
            Bucket bucket = new Bucket(key + round, rate, 0);
            RedisRate units = RedisRate.of(rate);
            BigInteger n = BigInteger.valueOf(units.unitsPerMicro());
            BigInteger p = BigInteger.valueOf(units.unitsPerPermit());
            BigInteger cap = p.multiply(BigInteger.valueOf(units.burst()));
            BigInteger missing = BigInteger.ZERO;
            long clock = START + random.nextInt(1_000_000);
            for (int step = 0; step < 40; step++) {
                BigInteger toFill = missing.divide(n);
                long ahead = (long) (random.nextDouble() * Math.min(toFill.longValueExact() + 2, 1L << 40));
                clock += ahead;
                missing =
                        missing.subtract(n.multiply(BigInteger.valueOf(ahead))).max(BigInteger.ZERO);
                await(commands.set(bucket.key() + ":clock", Long.toString(clock)));
                long wanted = 1 + (long) (random.nextDouble() * Math.min(rate.burst(), 1L << 30) / 2);
                Answer answer = await(exact.take(List.of(bucket), new long[] {wanted}, false, 0))
                        .get(0);
                BigInteger after = missing.add(p.multiply(BigInteger.valueOf(wanted)));
                BigInteger over = after.subtract(cap);
                String what = rate + " step " + step + " wants " + wanted;
                if (over.signum() <= 0) {
                    assertEquals(wanted, answer.granted(), what);
                    missing = after;
                } else {
                    BigInteger wait = over.add(n).subtract(BigInteger.ONE).divide(n);
                    assertEquals(micros(wait.longValueExact()), answer.retryAfter(), what);
                }
                assertEquals(cap.subtract(missing).divide(p).longValueExact(), answer.remaining(), what);
            }
            await(commands.del(bucket.key(), bucket.key() + ":clock"));
        }
    }

    private static Rate randomRate(Random random) {
        while (true) {
            long permits = 1L + (long) Math.pow(2, random.nextDouble() * 30);
            Duration period = Duration.ofNanos(1L + (long) Math.pow(2, random.nextDouble() * 50));
            long burst = 1L + (long) Math.pow(2, random.nextDouble() * 20);
            try {
                Rate rate = new Rate(permits, period, burst);
                RedisRate.of(rate);
                return rate;
            } catch (IllegalArgumentException another) {
                // out of range
            }
        }
    }
}
