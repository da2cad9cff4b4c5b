package dev.weir.retry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.core.time.ManualTimeSource;
import dev.weir.testkit.Call;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Results of a hedge that nobody takes are released. */
class HedgeUndeliveredTest {
    private final ManualTimeSource time = new ManualTimeSource();
    private final List<String> released = new CopyOnWriteArrayList<>();
    private final AtomicInteger number = new AtomicInteger();

    private Hedge.Builder hedge(Duration delay) {
        return Hedge.after(delay).timeSource(time).onUndelivered(String.class, released::add);
    }

    /** The first attempt returns in spite of its interrupt, after the second one. */
    private String stubborn() {
        int its = number.incrementAndGet();
        if (its == 1) {
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException overtaken) {
                return "late";
            }
        }
        return "second";
    }

    @Test
    void what_a_loser_returns_is_released_once_before_the_call_returns() throws Exception {
        assertEquals("second", hedge(Duration.ZERO).build().call(this::stubborn));
        assertEquals(List.of("late"), released);
    }

    @Test
    void a_call_that_is_interrupted_releases_what_its_attempts_return() throws Exception {
        Call<String> call = Call.onPlatformThread(() -> hedge(Duration.ofDays(1)).build().call(this::stubborn));
        Call.until(() -> number.get() == 1);
        call.interrupt();
        call.assertThrew(InterruptedException.class);
        assertEquals(List.of("late"), released);
    }

    @Test
    void the_winners_result_and_those_of_another_type_are_not_released() throws Exception {
        assertEquals(
                "second",
                Hedge.after(Duration.ZERO)
                        .onUndelivered(Integer.class, value -> released.add("" + value))
                        .build()
                        .call(this::stubborn));
        assertEquals("only", hedge(Duration.ofDays(1)).build().call(() -> "only"));
        assertEquals(List.of(), released);
    }

    @Test
    void a_stage_that_ends_though_it_was_cancelled_has_its_result_released() {
        List<CompletableFuture<String>> stages = new ArrayList<>();
        CompletableFuture<String> call = hedge(Duration.ofSeconds(1)).build().callAsync(() -> {
            CompletableFuture<String> stage = new CompletableFuture<>() {
                @Override
                public boolean cancel(boolean mayInterruptIfRunning) {
                    return false; // as a stage whose work cannot be stopped
                }
            };
            stages.add(stage);
            return stage;
        });
        time.advance(Duration.ofSeconds(1));
        stages.get(1).complete("winner");
        assertEquals("winner", call.join());
        stages.get(0).complete("loser");
        assertEquals(List.of("loser"), released);
    }

    @Test
    void a_future_that_was_completed_by_hand_has_what_comes_later_released() {
        CompletableFuture<String> stage = new CompletableFuture<>() {
            @Override
            public boolean cancel(boolean mayInterruptIfRunning) {
                return false;
            }
        };
        CompletableFuture<String> call = hedge(Duration.ofSeconds(1)).build().callAsync(() -> stage);
        assertTrue(call.complete("by hand"));
        stage.complete("nobody's");
        assertEquals(List.of("nobody's"), released);
    }

    @Test
    void a_release_that_throws_harms_nobody_and_bad_types_are_refused() throws Exception {
        Hedge hedge = Hedge.after(Duration.ZERO)
                .onUndelivered(String.class, value -> {
                    throw new IllegalStateException("not released");
                })
                .build();
        assertEquals("second", hedge.call(this::stubborn));
        assertThrows(
                IllegalArgumentException.class,
                () -> Hedge.after(Duration.ZERO).onUndelivered(int.class, value -> {}));
    }
}
