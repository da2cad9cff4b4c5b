package dev.weir.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.channel.Channel;
import dev.weir.testkit.Call;
import dev.weir.testkit.Dumps;
import dev.weir.testkit.FlightRecords;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import jdk.jfr.consumer.RecordedEvent;
import org.junit.jupiter.api.Test;

/** What a flight recording has of channels and pipelines. */
class FlightEventsTest {
    private static void exchange(Channel<Integer> channel) throws Exception {
        Call<Integer> receives = Call.start(channel::receive);
        Call.until(() -> channel.metrics().waitingReceivers() == 1);
        channel.send(1);
        assertEquals(1, receives.result());
        channel.send(2);
        Call<Void> sends = Call.run(() -> channel.send(3));
        Call.until(() -> channel.metrics().waitingSenders() == 1);
        assertEquals(2, channel.receive());
        sends.result();
        assertEquals(3, channel.receive());
    }

    private static void run(CountDownLatch release) throws Exception {
        Channel<Integer> source = Channel.unbounded();
        LinkedBlockingQueue<Thread> parsers = new LinkedBlockingQueue<>();
        RunningPipeline pipeline = Pipeline.from(source)
                .map("parse", element -> {
                    parsers.add(Thread.currentThread());
                    return element;
                })
                .buffer(1)
                .to("store", element -> release.await())
                .start();
        for (int i = 0; i < 100; i++) {
            source.send(i);
        }
        Dumps.awaitBlocker(parsers.take(), "Stage store: room in its buffer of [0-9]+, 1 waiting.*");
        release.countDown();
        source.close();
        assertTrue(pipeline.awaitCompletion(Duration.ofSeconds(60)));
    }

    @Test
    void a_wait_at_a_channel_is_recorded_with_the_name_of_the_channel() throws Exception {
        Channel<Integer> channel = Channel.<Integer>builder(1).name("orders").build();
        List<RecordedEvent> events = FlightRecords.of("dev.weir.ChannelWait", () -> exchange(channel));
        assertEquals(
                List.of("receive", "send"),
                events.stream()
                        .map(event -> event.getString("operation"))
                        .sorted()
                        .toList());
        for (RecordedEvent event : events) {
            assertEquals("orders", event.getString("channel"));
            assertTrue(event.getDuration().isPositive());
            assertTrue(event.toString().contains("channel = \"orders\""), event.toString()); // as jfr print shows it
        }
    }

    @Test
    void a_stage_that_waits_for_room_or_an_element_is_recorded_with_the_stage_that_it_waits_at() throws Exception {
        List<RecordedEvent> events = FlightRecords.of("dev.weir.StageStall", () -> run(new CountDownLatch(1)));
        assertTrue(
                events.stream()
                        .anyMatch(event -> event.getString("stage").equals("store")
                                && event.getString("waitedFor").startsWith("room in its buffer")),
                events::toString);
    }

    @Test
    void nothing_is_recorded_that_nobody_has_enabled() throws Exception {
        assertEquals(List.of(), FlightRecords.byDefault(() -> {
            exchange(Channel.bounded(1));
            run(new CountDownLatch(1));
        }));
    }
}
