package dev.weir.micrometer;

/** How work ends. */
enum Ending {
    SUCCESS,
    FAILURE,
    TIMEOUT,
    CANCEL,
    RETRY
}
