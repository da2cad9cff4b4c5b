package dev.weir.benchmarks;

/**
 * One line of a table before it is measured.
 *
 * @param scenario what is done; contenders are compared within one scenario only
 * @param contender who does it
 * @param trial how it is measured
 */
record Entry(String scenario, String contender, Trial trial) {
    /** What the contender of this project is called in every scenario. */
    static final String WEIR = "Weir";
}
