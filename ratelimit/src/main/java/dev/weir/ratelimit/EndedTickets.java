package dev.weir.ratelimit;

import dev.weir.core.internal.StackRoom;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Tickets without a thread that were granted or refused under the lock of their line, for what follows outside of it.
 * Any thread that leaves the lock does that for all of them.
 */
final class EndedTickets {
    private final Queue<Ticket> tickets = new ConcurrentLinkedQueue<>();

    void add(Ticket ticket) {
        tickets.add(ticket);
    }

    void finish() {
        if (tickets.isEmpty()) {
            return;
        }
        StackRoom.check();
        for (Ticket ticket = tickets.poll(); ticket != null; ticket = tickets.poll()) {
            ticket.ended();
        }
    }
}
