package dev.weir.core.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.weir.testkit.Call;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class IdentityOrderTest {
    /** Only three different hash codes. */
    private final IdentityOrder poor = new IdentityOrder(object -> System.identityHashCode(object) % 3);

    private static List<Object> objects() {
        List<Object> objects = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            objects.add(new String("equal, but not the same"));
        }
        return objects;
    }

    @Test
    void an_order_of_colliding_objects_is_total_and_never_changes() {
        long seed = System.nanoTime();
        System.out.println("an_order_of_colliding_objects seed " + seed);
        Random random = new Random(seed);
        List<Object> objects = objects();
        Collections.shuffle(objects, random);
        objects.sort(poor);
        for (int i = 0; i < objects.size(); i++) {
            for (int j = 0; j < objects.size(); j++) {
                assertEquals(Integer.compare(i, j), poor.compare(objects.get(i), objects.get(j)));
            }
        }
        List<Object> again = new ArrayList<>(objects);
        Collections.shuffle(again, random);
        again.sort(poor);
        for (int i = 0; i < objects.size(); i++) {
            assertEquals(0, poor.compare(objects.get(i), again.get(i)));
        }
    }

    @Test
    void objects_that_do_not_collide_are_not_remembered() {
        IdentityOrder good = new IdentityOrder(object -> (Integer) object);
        assertEquals(-1, good.compare(1, 2));
        assertEquals(1, good.compare(2, 1));
        assertEquals(0, good.collisions());
    }

    @Test
    void an_object_that_is_gone_is_forgotten() throws Exception {
        Object stays = new Object();
        IdentityOrder constant = new IdentityOrder(object -> 0);
        assertNotEquals(0, constant.compare(stays, new Object()));
        Call.until(() -> {
            System.gc();
            return constant.collisions() == 1;
        });
        assertEquals(0, constant.compare(stays, stays));
    }
}
