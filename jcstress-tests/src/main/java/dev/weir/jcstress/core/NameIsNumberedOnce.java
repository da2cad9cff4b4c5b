package dev.weir.jcstress.core;

import dev.weir.core.internal.Name;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.Z_Result;

/** Two threads ask for a name that has no number yet. */
@JCStressTest
@Outcome(id = "true", expect = Expect.ACCEPTABLE, desc = "both have the same name")
@Outcome(expect = Expect.FORBIDDEN, desc = "a name has changed")
@State
public class NameIsNumberedOnce {
    private final Name name = Name.numbered("thing");
    private String first = "";
    private String second = "";

    @Actor
    public void ask() {
        first = name.toString();
    }

    @Actor
    public void askToo() {
        second = name.toString();
    }

    @Arbiter
    public void compare(Z_Result result) {
        result.r1 = first.equals(second) && first.equals(name.toString());
    }
}
