package dev.weir.spring;

import java.util.Objects;

/**
 * Thrown when a call is refused because all permits of a semaphore are held. It has no stack trace, since it is thrown
 * as often as the semaphore refuses.
 *
 * <p><b>Thread-safety.</b> Immutable.
 */
public final class ConcurrencyLimitExceededException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** The name of the semaphore. */
    private final String semaphore;

    /**
     * Creates one.
     *
     * @param semaphore the name of the semaphore
     */
    public ConcurrencyLimitExceededException(String semaphore) {
        super(
                "all permits of the semaphore " + Objects.requireNonNull(semaphore, "semaphore") + " are held",
                null,
                true,
                false);
        this.semaphore = semaphore;
    }

    /**
     * The semaphore.
     *
     * @return its name
     */
    public String semaphore() {
        return semaphore;
    }
}
