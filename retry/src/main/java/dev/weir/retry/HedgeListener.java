package dev.weir.retry;

/**
 * Is notified of what a {@link Hedge} does, to count or to log. The methods are called in the thread that starts the
 * attempt or that has the result, with what is {@linkplain Hedge.Builder#context carried} from the caller, so a slow
 * one delays the call. What one throws is logged at ERROR and has no other effect. One listener may serve many threads
 * at once.
 *
 * <p><b>Thread-safety.</b> Called by many threads at once. <b>Blocking.</b> It must be quick: a slow one delays the
 * call. <b>Interruption.</b> An interrupt of the thread that calls is left alone. <b>Fairness.</b> None: events of
 * different calls come in no order. <b>Memory effects.</b> What that thread did before the call happens-before it.
 */
public interface HedgeListener {
    /**
     * Another attempt was made, because the one before takes long.
     *
     * @param attempt the number of the attempt, from 2 on
     */
    default void onHedge(int attempt) {}

    /**
     * Another attempt than the first one has given the result.
     *
     * @param attempt the number of the attempt, from 2 on
     */
    default void onWin(int attempt) {}
}
