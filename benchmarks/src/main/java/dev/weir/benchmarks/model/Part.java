package dev.weir.benchmarks.model;

import java.util.ArrayList;
import java.util.List;

/** Something that cores share: makes it anew, and the program of each core that uses it. */
@FunctionalInterface
public interface Part {
    /**
     * The programs of that many cores, the first of which has the given number.
     *
     * @param first the number of the first core
     * @param cores how many cores share one
     * @return a program for each core
     */
    List<Program> programs(int first, int cores);

    /**
     * Several of these instead of one, each for a group of cores.
     *
     * @param group how many cores share one
     * @return a part without anything that all cores share
     */
    default Part oneForEach(int group) {
        if (group < 1) {
            throw new IllegalArgumentException("group must be positive, but is " + group);
        }
        return (first, cores) -> {
            List<Program> all = new ArrayList<>();
            for (int from = 0; from < cores; from += group) {
                all.addAll(programs(first + from, Math.min(group, cores - from)));
            }
            return all;
        };
    }
}
