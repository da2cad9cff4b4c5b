package dev.weir.benchmarks;

import java.io.IOException;
import java.util.List;

/** The benchmark of one part: whom to measure doing what, and what should come out. */
interface Bench {
    /** The name to call it by. */
    String name();

    /** What is compared, and why that is fair, in a few sentences. */
    String about();

    /** Whom to measure. */
    List<Entry> entries(Settings settings);

    /** Rows that follow from those that were measured. They are no measurements, and their scenarios say so. */
    default List<Row> derived(Results measured, Settings settings) {
        return List.of();
    }

    /** What the part should reach: every goal, whether it was met or not. */
    List<Goal> goals(Results results);

    /** Ends what the entries have started and left running, such as a server. Called when the rounds are over. */
    default void end() throws IOException {}
}
