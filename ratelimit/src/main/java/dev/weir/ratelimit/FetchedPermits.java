package dev.weir.ratelimit;

import java.util.Iterator;

/**
 * The permits of a {@link PermitLine}: what its source has brought for the requests that wait, which the line takes
 * from while it is handed over. The source is asked for numbers under the lock of the line, and for permits outside of
 * it.
 */
final class FetchedPermits extends PermitSource {
    final WaitingLine line;
    private final PermitLine.Source source;

    /** Brought by the source, and not handed over yet; guarded by the lock of the line. */
    private long granted;

    FetchedPermits(LimiterSettings settings, LineCounts counts, PermitLine.Source source) {
        this.source = source;
        this.line = new WaitingLine(this, settings, counts);
    }

    // ---- what the source does

    PermitLine.Wants wants(int most) {
        return line.locked(() -> {
            if (line.gate.isPaused()) {
                return new PermitLine.Wants(new Ticket[0]);
            }
            Ticket[] tickets = new Ticket[Math.min(most, line.queue.size())];
            Iterator<Ticket> next = line.queue.iterator();
            for (int i = 0; i < tickets.length; i++) {
                tickets[i] = next.next();
            }
            return new PermitLine.Wants(tickets);
        });
    }

    /** Hands permits over, and ends the requests that can wait no longer. Returns what nobody wants any more. */
    long grant(PermitLine.Wants wants, long permits, long[] waitNanos, String refusal) {
        return line.locked(() -> {
            granted = permits;
            try {
                line.grantAndWatch(); // before anybody is sent away
                long now = line.time.nanoTime();
                for (int i = 0; i < waitNanos.length; i++) {
                    endIfHopeless(wants.tickets[i], waitNanos[i], now, refusal);
                }
                line.grantAndWatch(); // those behind them
                return granted;
            } finally {
                granted = 0;
            }
        });
    }

    private void endIfHopeless(Ticket ticket, long waitNanos, long now, String refusal) {
        if (waitNanos <= 0 || !line.queue.contains(ticket)) {
            return;
        }
        if (waitNanos == PermitLine.NEVER_NANOS) {
            ticket.refusal = refusal;
            line.drop(ticket, Ticket.State.REFUSED);
        } else if (ticket.timeoutNanos != WaitingLine.FOR_EVER
                && waitNanos > ticket.timeoutNanos - (now - ticket.sinceNanos)) {
            line.drop(ticket, Ticket.State.LEFT);
        }
    }

    // ---- what the line asks for

    /** Called under the lock of the line. */
    @Override
    boolean take(long permits, long now) {
        if (permits > granted) {
            return false;
        }
        granted -= permits;
        return true;
    }

    @Override
    long nanosUntil(long permits) {
        return source.nanosUntil(permits);
    }

    @Override
    long nanosAtLeast(long permits) {
        return 0; // the source knows what is there, when it is asked
    }

    /** The change that is under way when this is called is followed by a call of the source, which asks what is due. */
    @Override
    long nanosToWatch(long permits, long pauseNanos) {
        long asked = source.nanosUntilAsked(permits);
        if (line.gate.isPaused()) {
            return Math.max(1, Math.max(pauseNanos, asked));
        }
        return asked <= 0 ? WaitingLine.FOR_EVER : asked;
    }

    @Override
    long largest() {
        return source.largest();
    }

    @Override
    void giveBack(long permits) {
        source.refund(permits);
    }

    @Override
    void grantDue() {
        line.grantDue();
    }

    @Override
    public String toString() {
        return source.toString();
    }

    @Override
    void lineChanged() {
        source.lineChanged();
    }
}
