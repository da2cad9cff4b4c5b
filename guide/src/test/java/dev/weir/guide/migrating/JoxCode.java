package dev.weir.guide.migrating;

import com.softwaremill.jox.Channel;
import com.softwaremill.jox.ChannelErrorException;
import com.softwaremill.jox.Select;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The code of jox in docs/migrating/jox.md. */
final class JoxCode {
    private JoxCode() {}

    static List<String> channel() throws InterruptedException {
        List<String> seen = new ArrayList<>();
        // @start region="channel"
        Channel<String> orders = Channel.newBufferedChannel(16);
        orders.send("tea");
        orders.done();
        orders.forEach(order -> seen.add(order)); // until it is done
        // @end
        return seen;
    }

    static String failed() throws InterruptedException {
        // @start region="error"
        Channel<String> orders = Channel.newBufferedChannel(16);
        orders.send("tea");
        orders.error(new IOException("the connection is lost")); // the tea is lost, too
        try {
            return orders.receive();
        } catch (ChannelErrorException end) {
            return end.getCause().getMessage();
        }
        // @end
    }

    static String select() throws InterruptedException {
        Channel<String> orders = Channel.newBufferedChannel(1);
        Channel<String> results = Channel.newBufferedChannel(1);
        // @start region="select"
        String done = Select.select(
                orders.receiveClause(order -> "took " + order), results.sendClause("coffee", () -> "sent coffee"));
        // @end
        return done;
    }
}
