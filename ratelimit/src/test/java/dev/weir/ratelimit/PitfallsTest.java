package dev.weir.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Defects that rate limiters have had, one test each; most have closer tests elsewhere. */
class PitfallsTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final ScriptedTime time = new ScriptedTime();

    private TokenBucket.Builder bucket(Rate rate) {
        return TokenBucket.builder(rate).timeSource(time);
    }

    private TokenBucket empty(Rate rate) {
        return bucket(rate).initialPermits(0).build();
    }

    @Test
    void anInterruptedTimedOutOrCancelledWait_keepsNoPermits_andThoseBehindMoveUp() throws Exception {
        TokenBucket bucket = empty(Rate.perSecond(1).withBurst(9));
        Reservation first = bucket.reserve(8);
        assertFalse(bucket.tryAcquire(1, Duration.ofSeconds(8)));
        CompletableFuture<Void> last = bucket.acquireAsync(1);
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, first::await);
        time.manual.advance(SECOND);
        assertFalse(last.isDone());
        assertTrue(first.cancel());
        time.manual.advance(Duration.ZERO); // who grants a future is a timer
        last.get(10, TimeUnit.SECONDS);
        assertFalse(bucket.tryAcquire());
    }

    @Test
    void retryAfter_isNeverTooEarly_noMatterHowShortThePeriod() {
        for (long permits : new long[] {3_000_000, 7_000_000, 999_999_937}) {
            TokenBucket bucket = empty(Rate.perSecond(permits).withBurst(1));
            Duration wait = bucket.check(1).retryAfter();
            time.manual.advance(wait.minusNanos(1));
            assertFalse(bucket.tryAcquire(), permits + " per second, a nanosecond early");
            time.manual.advance(Duration.ofNanos(1));
            assertTrue(bucket.tryAcquire(), permits + " per second, at the time");
        }
    }

    @Test
    void aRateThatIsNoWholeNumberOfNanoseconds_isWhatItSays_overAnHour() {
        Rate rate = Rate.perSecond(700_000_000).withBurst(700_000_000L * 3_600);
        TokenBucket bucket = empty(rate);
        long admitted = 0;
        for (int minute = 0; minute < 60; minute++) {
            time.manual.advance(Duration.ofMinutes(1));
            admitted += bucket.tryAcquireUpTo(Long.MAX_VALUE);
        }
        assertEquals(700_000_000L * 3_600, admitted);
    }

    @Test
    void noBoundaryOfAPeriod_admitsTwiceTheLimit_andEvenlySpacedMeansIt() {
        TokenBucket tenASecond = bucket(Rate.perSecond(10)).build();
        time.manual.advance(SECOND.minusMillis(1));
        int admitted = 0;
        for (int i = 0; i < 20; i++) {
            admitted += tenASecond.tryAcquire() ? 1 : 0;
            time.manual.advance(Duration.ofNanos(100_000)); // two milliseconds, around the full second
            assertTrue(admitted <= 10, "more than the burst and nothing has grown");
        }
        assertEquals(10, admitted);
        TokenBucket evenly =
                bucket(Rate.of(1, Duration.ofMillis(100)).withBurst(1)).build();
        time.manual.advance(Duration.ofMillis(94));
        assertTrue(evenly.tryAcquire());
        time.manual.advance(Duration.ofMillis(6));
        assertFalse(evenly.tryAcquire(), "two within 6 ms, around a full 100 ms");
    }

    @Test
    void aReadingOfTheClockThatIsOldWhenItIsUsed_rewindsNothing() {
        TokenBucket bucket = bucket(Rate.perSecond(10)).build();
        List<Boolean> others = new ArrayList<>();
        for (int round = 0; round < 100; round++) {
            time.inReading(
                    1,
                    () -> { // between a reading and its use a second goes by and another takes all
                        time.manual.advance(SECOND);
                        for (int i = 0; i < 11; i++) {
                            others.add(bucket.tryAcquire());
                        }
                    });
            assertFalse(bucket.tryAcquire(), "an old reading found what a newer one had taken");
        }
        assertEquals(1_000, others.stream().filter(admitted -> admitted).count());
    }

    @Test
    void aSecondHugeRequest_waitsForItsTime() {
        TokenBucket bucket = empty(Rate.perSecond(1).withBurst(2_000_000_000));
        bucket.reserve(2_000_000_000);
        Reservation second = bucket.reserve(2_000_000_000);
        assertEquals(Duration.ofSeconds(4_000_000_000L), second.delay());
        assertFalse(second.isGranted());
    }

    @Test
    void drainingForgivesNoDebt() throws Exception {
        TokenBucket bucket = empty(Rate.perSecond(1).withBurst(5));
        CompletableFuture<Void> owed = bucket.acquireAsync(3);
        assertEquals(0, bucket.drain());
        time.manual.advance(Duration.ofSeconds(3).minusNanos(1));
        assertFalse(owed.isDone());
        time.manual.advance(Duration.ofNanos(1));
        owed.get(10, TimeUnit.SECONDS);
    }

    @Test
    void replacingTheRate_neitherLosesNorDoublesTokens() {
        TokenBucket bucket = empty(Rate.perSecond(10).withBurst(100));
        time.manual.advance(Duration.ofMillis(2_050)); // twenty permits and a half
        for (int i = 0; i < 1_000; i++) {
            bucket.replaceRate(
                    i % 2 == 0
                            ? Rate.of(1, Duration.ofHours(1)).withBurst(100)
                            : Rate.perSecond(10).withBurst(100));
        }
        assertEquals(20, bucket.tryAcquireUpTo(100));
        time.manual.advance(Duration.ofMillis(50));
        assertEquals(1, bucket.tryAcquireUpTo(100), "the half was kept");
    }

    @Test
    void moreThanThereCanEverBe_isRefused_andBilledToNobody() {
        TokenBucket bucket = bucket(Rate.perSecond(5)).build();
        assertThrows(IllegalArgumentException.class, () -> bucket.tryAcquire(5_000, Duration.ZERO));
        assertThrows(IllegalArgumentException.class, () -> bucket.acquire(6));
        assertEquals(5, bucket.tryAcquireUpTo(5));
    }

    @Test
    void whoCannotBeServedInTime_isRefusedAtOnce() throws Exception {
        TokenBucket bucket = empty(Rate.perSecond(1));
        assertFalse(bucket.tryAcquire(SECOND.minusNanos(1)));
        assertEquals(0, time.nanoTime(), "no time went by");
    }

    @Test
    void keysAreEvicted_butNoneBeforeItsBucketIsFull() {
        KeyedRateLimiter<Integer> limiter = KeyedRateLimiter.<Integer>builder(Rate.perSecond(1))
                .maxKeys(1_000)
                .timeSource(time)
                .build();
        for (int key = 0; key < 100_000; key++) {
            limiter.tryAcquire(key);
        }
        assertTrue(limiter.size() <= 1_000, "keys without end");
        assertFalse(limiter.tryAcquire(0), "a limit that eviction has lifted");
        time.manual.advance(SECOND);
        assertTrue(limiter.tryAcquire(100_001));
        limiter.evictFull();
        assertEquals(1, limiter.size());
    }

    @Test
    void chainedLimits_countARequestOnce_andNotAtAllIfOneRefuses() {
        TokenBucket wide = bucket(Rate.perSecond(10)).build();
        TokenBucket narrow = bucket(Rate.perSecond(1)).build();
        CombinedLimiter both = RateLimiters.allOf(wide, narrow);
        assertTrue(both.tryAcquire(1, 1));
        for (int i = 0; i < 100; i++) {
            assertFalse(both.tryAcquire(1, 1));
        }
        assertEquals(9, wide.tryAcquireUpTo(10));
    }

    @Test
    void cancellingAReservation_givesBackWhatItTook_andNoMore() {
        TokenBucket bucket = bucket(Rate.perSecond(1).withBurst(10)).build();
        Reservation granted = bucket.reserve(4);
        Reservation waiting = bucket.reserve(9);
        assertTrue(granted.isGranted());
        assertFalse(waiting.isGranted());
        assertTrue(waiting.cancel());
        assertEquals(6, bucket.tryAcquireUpTo(10));
        assertTrue(granted.cancel());
        assertFalse(granted.cancel());
        assertEquals(4, bucket.tryAcquireUpTo(10));
    }
}
