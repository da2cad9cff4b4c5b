package dev.weir.channel;

/**
 * Those who wait on one side of a channel, as metrics and thread dumps see them: it is the blocker of their parks, and
 * its text says what they wait for, how many they are, and which threads are first.
 */
interface WaitingSide {
    /** How many threads and selects wait, without one that was woken and has not been back. */
    int size();
}
