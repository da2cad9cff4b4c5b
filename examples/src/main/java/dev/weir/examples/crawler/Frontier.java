package dev.weir.examples.crawler;

import dev.weir.channel.Channel;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.HashSet;
import java.util.Set;

/** The addresses of a site, each once. It belongs to one worker of one stage, and so needs no lock. */
final class Frontier {
    final Channel<URI> toFetch = Channel.unbounded();
    private final Set<URI> found = new HashSet<>();
    private final URI start;
    private int done;

    Frontier(URI start) throws InterruptedException {
        this.start = start;
        add(start);
    }

    /** Adds what a page links to; after the last page there is nothing to fetch. */
    Page follow(Page page) throws InterruptedException {
        for (String link : page.links()) {
            try {
                add(new URI(link));
            } catch (URISyntaxException unreadable) {
                continue; // it is in the table of links all the same
            }
        }
        done++;
        if (done == found.size()) {
            toFetch.close();
        }
        return page;
    }

    private void add(URI uri) throws InterruptedException {
        boolean onSite = start.getScheme().equals(uri.getScheme())
                && start.getRawAuthority().equals(uri.getRawAuthority());
        if (onSite && found.add(uri)) {
            toFetch.send(uri);
        }
    }

    int found() {
        return found.size();
    }
}
