package dev.weir.benchmarks.model;

/** A word of memory, with a value that programs see. */
final class Word {
    final Line line;
    long value;

    /** A word that has its line for itself. */
    Word(long value) {
        this(new Line(), value);
    }

    /** A word beside others in a line. */
    Word(Line line, long value) {
        this.line = line;
        this.value = value;
    }
}
