package dev.weir.guide.migrating;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.channel.Channel;
import dev.weir.channel.ChannelClosedException;
import dev.weir.channel.Select;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class JoxTest {
    private static List<String> channel() throws InterruptedException {
        List<String> seen = new ArrayList<>();
        // @start region="channel"
        Channel<String> orders = Channel.bounded(16);
        orders.send("tea");
        orders.close();
        for (String order : orders) { // until it is closed
            seen.add(order);
        }
        // @end
        return seen;
    }

    private static String failed() throws InterruptedException {
        // @start region="error"
        Channel<String> orders = Channel.bounded(16);
        orders.send("tea");
        orders.fail(new IOException("the connection is lost"));
        String first = orders.receive(); // tea: what is in is delivered
        try {
            return first + orders.receive();
        } catch (ChannelClosedException end) {
            return end.getCause().getMessage();
        }
        // @end
    }

    private static String select() throws InterruptedException {
        Channel<String> orders = Channel.bounded(1);
        Channel<String> results = Channel.bounded(1);
        // @start region="select"
        String done = new Select<String>()
                .receive(orders, order -> "took " + order)
                .send(results, "coffee", () -> "sent coffee")
                .select();
        // @end
        return done;
    }

    @Test
    void both_sides_do_the_same() throws Exception {
        assertEquals(JoxCode.channel(), channel());
        assertEquals(JoxCode.failed(), failed());
        assertEquals(JoxCode.select(), select());
    }
}
