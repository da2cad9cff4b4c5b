package dev.weir.spring;

/** What a call has to pass: permits that it takes before, and gives back if another guard refuses. */
interface Guard {
    /** Waits for as long as the guard is set to, and throws what refuses the call. */
    void enter() throws InterruptedException;

    /**
     * Enters without waiting. Only for a guard that {@link #answersAtOnce}.
     *
     * @return false if it does not enter, but would if it waited
     */
    boolean enterNow();

    /** Whether {@link #enterNow} does not even wait for a server. */
    boolean answersAtOnce();

    /** After another guard has refused the call. */
    void undo();

    /** After the call has ended. */
    void exit();
}
