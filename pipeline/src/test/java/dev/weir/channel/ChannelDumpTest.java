package dev.weir.channel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.testkit.Call;
import dev.weir.testkit.Dumps;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a dump shows of each wait of a channel, and of its threads. */
class ChannelDumpTest {
    private static final String FOR = " for (at least )?PT[0-9.]+S";

    private static <T> Call<T> start(boolean virtual, Callable<T> body) {
        Call<T> call = virtual ? Call.start(body) : Call.onPlatformThread(body);
        call.thread().setName("caller");
        return call;
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void a_sender_without_room_and_a_receiver_without_elements_are_listed_apart(boolean virtual) throws Exception {
        Channel<Integer> channel = Channel.<Integer>builder(1).name("orders").build();
        Call<Integer> receiver = start(virtual, channel::receive);
        Dumps.awaitBlocker(receiver.thread(), "Channel orders: an element, 1 waiting: caller" + FOR);
        channel.send(1);
        assertEquals(1, receiver.result());
        channel.send(2);
        Call<Boolean> sender = start(virtual, () -> {
            channel.send(3);
            return true;
        });
        Dumps.awaitBlocker(sender.thread(), "Channel orders: room in a buffer of 1, 1 waiting: caller" + FOR);
        assertEquals(2, channel.receive());
        assertTrue(sender.result());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void a_rendezvous_says_that_the_other_side_is_missing(boolean virtual) throws Exception {
        Channel<Integer> channel =
                Channel.<Integer>rendezvousBuilder().name("hand-off").build();
        Call<Integer> receiver = start(virtual, channel::receive);
        Dumps.awaitBlocker(receiver.thread(), "Channel hand-off: a sender, 1 waiting: caller" + FOR);
        channel.send(1);
        assertEquals(1, receiver.result());
        Call<Boolean> sender = start(virtual, () -> {
            channel.send(3);
            return true;
        });
        Dumps.awaitBlocker(sender.thread(), "Channel hand-off: a receiver, 1 waiting: caller" + FOR);
        assertEquals(3, channel.receive());
        assertTrue(sender.result());
    }

    @Test
    void a_select_lists_what_it_waits_for() throws Exception {
        Channel<Integer> in = Channel.<Integer>builder(1).name("in").build();
        Channel<Integer> out = Channel.<Integer>builder(1).name("out").build();
        out.send(0);
        Call<String> select = start(
                true,
                () -> new Select<String>()
                        .receive(in, element -> "received " + element)
                        .send(out, 1, () -> "sent")
                        .select());
        Dumps.awaitBlocker(
                select.thread(), "Select: an element of channel in, or room in channel out, caller waits" + FOR);
        in.send(7);
        assertEquals("received 7", select.result());
    }

    @Test
    void the_threads_of_consumers_have_the_name_of_the_channel() throws Exception {
        Channel<Integer> channel =
                Channel.<Integer>unboundedBuilder().name("events").build();
        CountDownLatch release = new CountDownLatch(1);
        channel.consume(2, element -> release.await());
        channel.send(1);
        Dumps.awaitThread("events-consumer-0");
        Dumps.awaitThread("events-consumer-1");
        channel.close();
        Call<Boolean> end = start(false, () -> {
            channel.awaitCompletion();
            return true;
        });
        Dumps.awaitBlocker(
                end.thread(), "Channel events: the end of all elements and of 1 consumers, 1 waiting: caller" + FOR);
        release.countDown();
        assertTrue(end.result());
    }

    @Test
    void the_thread_of_a_publisher_says_whether_demand_or_an_element_is_missing() throws Exception {
        Channel<Integer> channel = Channel.<Integer>builder(1).name("ticks").build();
        CountDownLatch done = new CountDownLatch(1);
        Thread[] emitter = new Thread[1];
        Flow.Subscription[] subscription = new Flow.Subscription[1];
        channel.asPublisher().subscribe(new Flow.Subscriber<>() {
            @Override
            public void onSubscribe(Flow.Subscription offered) {
                subscription[0] = offered;
                offered.request(1);
            }

            @Override
            public void onNext(Integer item) {
                emitter[0] = Thread.currentThread();
                done.countDown();
            }

            @Override
            public void onError(Throwable throwable) {}

            @Override
            public void onComplete() {}
        });
        Dumps.awaitThread("ticks-publisher");
        channel.send(1);
        done.await();
        Dumps.awaitBlocker(emitter[0], "Channel ticks: a request of a subscriber, ticks-publisher waits" + FOR);
        subscription[0].request(1);
        Dumps.awaitBlocker(emitter[0], "Channel ticks: an element for a subscriber, ticks-publisher waits" + FOR);
        channel.close();
    }
}
