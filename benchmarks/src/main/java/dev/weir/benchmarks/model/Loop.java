package dev.weir.benchmarks.model;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/** A program that knows where it is. */
abstract class Loop implements Program {
    /** Where the program goes on; 0 is its beginning. */
    private int at;

    /** The step at a place, given the result of the one before. */
    abstract Step at(int place, long result);

    @Override
    public final Step next(long result) {
        return at(at, result);
    }

    /** The step, after which the program goes on at a place. */
    final Step then(int place, Step step) {
        at = place;
        return step;
    }

    static List<Program> each(int first, int cores, IntFunction<Program> program) {
        List<Program> programs = new ArrayList<>();
        for (int core = first; core < first + cores; core++) {
            programs.add(program.apply(core));
        }
        return programs;
    }
}
