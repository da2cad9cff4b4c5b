package dev.weir.core.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;

class HashedKeyTest {
    private final ConcurrentHashMap<HashedKey, String> map = new ConcurrentHashMap<>();

    private void put(HashedKey key, String value) {
        map.computeIfAbsent(key, absent -> {
            absent.held();
            return value;
        });
    }

    @Test
    void a_key_that_was_held_before_finds_what_another_thread_has_put_in_its_place() {
        HashedKey mine = new HashedKey("key");
        put(mine.forLookUp(), "first");
        assertEquals("first", map.remove(mine));
        put(new HashedKey("key"), "second");
        put(mine.forLookUp(), "third");
        assertEquals("second", map.get(new HashedKey("key")));
        assertEquals(1, map.size());
    }

    @Test
    void a_held_key_is_removed_by_identity() {
        HashedKey mine = new HashedKey("key");
        put(mine, "first");
        map.remove(mine);
        put(new HashedKey("key"), "second");
        assertNull(map.remove(mine));
    }

    @Test
    void a_key_that_no_map_holds_needs_no_copy() {
        HashedKey mine = new HashedKey("key");
        assertSame(mine, mine.forLookUp());
    }
}
