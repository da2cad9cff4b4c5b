package dev.weir.ratelimit;

import dev.weir.core.internal.Checks;
import java.util.Iterator;

/** How long it takes until what waits in a {@link WaitingLine} is granted, as it looks now. Takes the lock of that. */
final class LineForecast {
    private final WaitingLine line;

    LineForecast(WaitingLine line) {
        this.line = line;
    }

    /**
     * How long a thread may park that awaits a ticket without a thread: until the ticket is due, on a clock that moves
     * as those need it who wait on it. On others those who grant wake it, and it only looks whether somebody has: it
     * does not count all who are before it.
     */
    long nanosToAwait(Ticket ticket) {
        line.lock();
        try {
            if (!line.queue.contains(ticket)) {
                return 0;
            }
            return line.timerForVirtualThreads && line.queue.peekFirst() != ticket
                    ? nanosUntilThere(line.wanted.sum())
                    : nanosUntilGranted(ticket);
        } finally {
            line.lock.unlock();
        }
    }

    /** How long until the ticket is due; 0 if it is not in the line. */
    long nanosUntil(Ticket ticket) {
        line.lock();
        try {
            return line.queue.contains(ticket) ? nanosUntilGranted(ticket) : 0;
        } finally {
            line.lock.unlock();
        }
    }

    private long nanosUntilGranted(Ticket ticket) {
        long sum = ticket.permits;
        Iterator<Ticket> before = line.queue.iterator();
        for (Ticket next = before.next(); next != ticket; next = before.next()) {
            sum = Checks.saturatedSum(sum, next.permits);
        }
        return nanosUntilThere(sum);
    }

    /** How long until that number of permits more is due than the requests in line want. */
    long nanosUntil(long permits) {
        line.lock();
        try {
            return nanosUntilThere(Checks.saturatedSum(line.wanted.sum(), permits));
        } finally {
            line.lock.unlock();
        }
    }

    /** How long until that number of permits is there and no pause. */
    private long nanosUntilThere(long permits) {
        return Math.max(line.source.nanosUntil(permits), line.gate.pauseNanos());
    }
}
