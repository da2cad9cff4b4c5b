package dev.weir.jcstress.control;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/**
 * Broken: an object is published before it is built. That is what a compiler or a weak processor may make of "build,
 * then publish" through a plain field; x86 keeps stores in order and would hide it, so here the program does it itself.
 */
@JCStressTest
@Outcome(
        id = {"0", "42"},
        expect = Expect.ACCEPTABLE,
        desc = "not published yet, or built")
@Outcome(expect = Expect.FORBIDDEN, desc = "published before it was built")
@State
public class UnsafePublication {

    private static final class Box {
        int value;
    }

    private Box box;

    @Actor
    public void publish() {
        Box built = new Box();
        box = built;
        Thread.onSpinWait(); // keeps the compiler from putting it right
        built.value = 42;
    }

    @Actor
    public void read(I_Result result) {
        Box seen = box;
        result.r1 = seen == null ? 0 : seen.value == 42 ? 42 : -1;
    }
}
