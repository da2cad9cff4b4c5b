package dev.weir.pipeline;

import dev.weir.core.time.TimeSource;

/**
 * What a description passes on to the stages that are added to it.
 *
 * @param time the clock
 * @param defaults the settings of stages
 * @param suffix what distinguishes the names of stages in equal branches; empty elsewhere
 */
record BuildContext(TimeSource time, StageDefaults defaults, String suffix) {
    static final BuildContext INITIAL = new BuildContext(TimeSource.system(), StageDefaults.NONE, "");

    BuildContext withTime(TimeSource other) {
        return new BuildContext(other, defaults, suffix);
    }

    BuildContext withDefaults(StageDefaults others) {
        return new BuildContext(time, others, suffix);
    }

    /** For one of several equal branches. */
    BuildContext branch(int number) {
        return new BuildContext(time, defaults, suffix + "#" + number);
    }
}
