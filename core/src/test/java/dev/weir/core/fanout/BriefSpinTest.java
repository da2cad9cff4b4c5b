package dev.weir.core.fanout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.testkit.Call;
import org.junit.jupiter.api.Test;

class BriefSpinTest {
    private final BriefSpin spin = new BriefSpin();
    private int looks;

    @Test
    void what_does_not_come_is_looked_for_less_and_less_often() throws Exception {
        Call.onPlatformThread(() -> {
                    int before = looksInVain();
                    for (int i = 0; i < 10; i++) {
                        int now = looksInVain();
                        assertTrue(now <= before, now + " looks after " + before);
                        before = now;
                    }
                    assertTrue(before <= 5, before + " looks at the end");
                    return null;
                })
                .result();
    }

    @Test
    void what_comes_meanwhile_is_seen() {
        assertTrue(spin.sees(() -> true));
    }

    @Test
    void a_virtual_thread_looks_once() throws Exception {
        Call<Integer> call = Call.start(() -> {
            int[] seen = {0};
            Thread virtual = Thread.startVirtualThread(() -> seen[0] = looksInVain());
            virtual.join();
            return seen[0];
        });
        assertEquals(1, call.result());
    }

    private int looksInVain() {
        int before = looks;
        assertFalse(spin.sees(() -> {
            looks++;
            return false;
        }));
        return looks - before;
    }
}
