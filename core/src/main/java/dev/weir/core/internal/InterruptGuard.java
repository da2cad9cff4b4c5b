package dev.weir.core.internal;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Interrupts a thread only while it is in a certain section of its work: an item, a task, a read from a source. An
 * interrupt that is sent through the guard reaches that section or nothing; none comes late and hits what the thread
 * does next.
 *
 * <pre>
 *               begin                      end
 *   OUT(k-1) ----------&gt; IN(k) --------------------------------------------&gt; OUT(k)
 *                          |
 *                          | interrupt                            end
 *                          \--------&gt; SENDING(k) --&gt; SENT(k) ------------&gt; OUT(k)
 *                                        ^  \-------&gt; BESIDE(k) ----------&gt; OUT(k)
 *                                        |               |
 *                                        \---------------/ interrupt, once more, from either
 * </pre>
 *
 * <p>State and number k of the section are one word, changed by compare-and-set. The thread that moves it to SENDING
 * interrupts the thread and moves it on; {@code end} waits for that moment to pass, by spinning and yielding. So the
 * thread field does not change while another thread uses it, and after {@code end} none does.
 *
 * <p><b>Whose interrupt is it?</b> A thread has one interrupt status, however many interrupts it was sent. The guard
 * looks at it before it sends its own: if it is set, somebody else's interrupt is pending, and the section goes on as
 * BESIDE, at whose end the status is not cleared. What cannot be distinguished: an interrupt of a third party that
 * comes after ours and that the section does not use up is cleared together with ours by {@link #endAndClear()}. Where
 * third parties matter, send theirs through a guard, too, or use {@link #end()} and keep the status.
 *
 * <p>One thread at a time begins and ends sections, in turns; any thread may interrupt, the section's own included.
 * Never blocks but for the instant in which another thread's {@link Thread#interrupt()} runs.
 */
public final class InterruptGuard {
    /** The ticket of no section. */
    public static final long NONE = 0;

    private static final Logger LOG = LoggerFactory.getLogger(InterruptGuard.class);
    private static final VarHandle WORD = ConstantBootstraps.fieldVarHandle(
            MethodHandles.lookup(), "word", VarHandle.class, InterruptGuard.class, long.class);

    private static final int OUT = 0;
    private static final int IN = 1;
    private static final int SENDING = 2;
    private static final int SENT = 3;
    private static final int BESIDE = 4;
    private static final long PHASE = 7;
    private static final long NEXT = PHASE + 1;

    private static final int SPINS = 64;

    /** The ticket of the section, and its phase in the lowest bits. */
    private volatile long word;

    // Plain: written by its thread before the word says IN and after
    // it says OUT, read by the thread that has made it SENDING.
    private @Nullable Thread thread;

    /** Makes a guard whose thread is in no section. */
    public InterruptGuard() {}

    /**
     * Begins a section: from here on the current thread may be interrupted.
     *
     * @return the section's ticket, never {@link #NONE}
     * @throws IllegalStateException if a section has begun and not ended
     */
    public long begin() {
        long seen = word;
        if (phase(seen) != OUT) {
            throw new IllegalStateException("a section has begun and not ended");
        }
        long ticket = seen + NEXT;
        thread = Thread.currentThread();
        // Volatile, not release: a flag that another thread sets before it finds no section must be seen by a look at
        // it after this.
        word = ticket | IN;
        return ticket;
    }

    /**
     * Ends the section and leaves the thread's interrupt status as it is.
     *
     * @return whether the section was interrupted through this guard
     * @throws IllegalStateException if no section has begun
     */
    public boolean end() {
        return leave() != IN;
    }

    /**
     * Ends the section, and clears the thread's interrupt status if an interrupt was sent through this guard and no
     * other was pending before it.
     *
     * @return whether the section was interrupted through this guard
     * @throws IllegalStateException if no section has begun
     */
    public boolean endAndClear() {
        int phase = leave();
        if (phase == SENT) {
            Thread.interrupted();
        }
        return phase != IN;
    }

    private int leave() {
        for (int spins = 0; ; spins++) {
            long seen = word;
            int phase = phase(seen);
            if (phase == OUT) {
                throw new IllegalStateException("no section has begun");
            }
            if (phase == SENDING) {
                pause(spins); // or the interrupt would hit what comes next
            } else if (WORD.compareAndSet(this, seen, ticket(seen))) {
                thread = null;
                return phase;
            }
        }
    }

    /**
     * Interrupts the section that the thread is in, if it is in one.
     *
     * @return whether the interrupt reached a section
     */
    public boolean interrupt() {
        long ticket = current();
        return ticket != NONE && interrupt(ticket);
    }

    /**
     * Interrupts a section, if it has not ended. One that was interrupted before is interrupted again.
     *
     * @param ticket the section's ticket
     * @return whether the interrupt reached the section
     */
    public boolean interrupt(long ticket) {
        for (int spins = 0; ; spins++) {
            long seen = word;
            int phase = phase(seen);
            if (ticket(seen) != ticket || phase == OUT) {
                return false;
            }
            if (phase == SENDING) {
                pause(spins); // the other interrupt may have been used up already, and this one is to be one more
            } else if (WORD.compareAndSet(this, seen, ticket | SENDING)) {
                send(ticket, phase);
                return true;
            }
        }
    }

    private void send(long ticket, int before) {
        Throwable failed = null;
        int after = SENT;
        Thread target = thread;
        if (target != null) { // as it is, in a section
            // After SENT the pending one is ours. After BESIDE the other's may have been used up with ours.
            if (before != SENT && target.isInterrupted()) {
                after = BESIDE;
            }
            try {
                target.interrupt();
            } catch (Throwable foreign) { // of a channel that the interrupt closes; the status is set
                failed = foreign;
            }
        }
        word = ticket | after;
        if (failed != null) {
            Callbacks.error(LOG, "what {} waited for threw when it was interrupted", target, failed);
        }
    }

    /**
     * The section that the thread is in.
     *
     * @return its ticket, or {@link #NONE} if it is in none
     */
    public long current() {
        long seen = word;
        return phase(seen) == OUT ? NONE : ticket(seen);
    }

    /**
     * Whether the section that the thread is in has been sent an interrupt through this guard. To the section itself
     * this is true from before the interrupt on.
     *
     * @return true if so; false if it is in no section
     */
    public boolean isInterrupted() {
        return phase(word) >= SENDING;
    }

    /**
     * The thread that is in a section, for a report; it may have ended the section meanwhile.
     *
     * @return the thread, or null if none seems to be in a section
     */
    public @Nullable Thread thread() {
        return phase(word) == OUT ? null : thread;
    }

    private static int phase(long word) {
        return (int) (word & PHASE);
    }

    private static long ticket(long word) {
        return word & ~PHASE;
    }

    private static void pause(int spins) {
        if (spins < SPINS) {
            Thread.onSpinWait();
        } else {
            Thread.yield();
        }
    }
}
