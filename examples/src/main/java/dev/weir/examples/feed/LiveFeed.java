package dev.weir.examples.feed;

import dev.weir.channel.Channel;
import dev.weir.channel.ChannelClosedException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;

/**
 * What a WebSocket pushes, as a channel that one pulls from. The next message is asked for when this one is in the
 * channel, so a slow reader slows down the connection, and never more waits than the channel holds.
 */
final class LiveFeed implements WebSocket.Listener {
    private final Channel<String> messages = Channel.bounded(64);
    private final StringBuilder parts = new StringBuilder();

    private final HttpClient client = HttpClient.newBuilder()
            .executor(Executors.newVirtualThreadPerTaskExecutor()) // on which a listener may wait
            .build();

    private LiveFeed() {}

    static Channel<String> connect(URI uri) {
        LiveFeed feed = new LiveFeed();
        feed.client.newWebSocketBuilder().buildAsync(uri, feed).whenComplete((socket, failure) -> {
            if (failure != null) {
                feed.messages.fail(failure);
            }
            feed.client.shutdown(); // there is no other; its threads end with this one's
        });
        return feed.messages;
    }

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence text, boolean last) {
        parts.append(text);
        try {
            if (last) {
                messages.send(parts.toString());
                parts.setLength(0);
            }
            socket.request(1);
        } catch (ChannelClosedException | InterruptedException nobodyReads) {
            socket.abort();
        }
        return null;
    }

    @Override
    public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
        if (code == WebSocket.NORMAL_CLOSURE) {
            messages.close();
        } else {
            messages.fail(new IOException("the feed was closed with " + code + " " + reason));
        }
        return null;
    }

    @Override
    public void onError(WebSocket socket, Throwable failure) {
        messages.fail(failure);
    }
}
