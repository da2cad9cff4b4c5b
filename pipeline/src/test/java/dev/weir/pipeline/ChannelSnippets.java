package dev.weir.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** The code in the documentation of the channel. */
class ChannelSnippets {
    @Test
    void select() throws Exception {
        Channel<String> orders = Channel.bounded(4);
        Channel<String> results = Channel.bounded(4);
        orders.send("tea");
        String result = "coffee";
        for (int i = 0; i < 2; i++) {
            // @start region="select"
            String done = new Select<String>()
                    .receive(orders, order -> "took " + order)
                    .send(results, result, () -> "sent " + result)
                    .select();
            // @end
            assertEquals(done, done.startsWith("took") ? "took tea" : "sent coffee");
        }
        orders.close();
    }
}
