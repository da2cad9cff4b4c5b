package dev.weir.core.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class NameTest {
    @Test
    void what_was_given_is_the_name() {
        assertEquals("orders", Name.of("thing", "orders").toString());
    }

    @Test
    void others_are_numbered_by_their_kind_in_the_order_in_which_they_are_asked_for() {
        Name first = Name.numbered("first kind");
        Name second = Name.of("first kind", null);
        Name other = Name.numbered("second kind");
        assertEquals("first kind-1", second.toString());
        assertEquals("first kind-2", first.toString());
        assertEquals("second kind-1", other.toString());
    }

    @Test
    void a_name_stays_the_same() {
        Name name = Name.numbered("third kind");
        assertSame(name.toString(), name.toString());
    }

    @Test
    void a_blank_name_is_refused() {
        assertEquals("orders", Name.checked("orders"));
        assertEquals(
                "name must not be blank, but is \" \"",
                assertThrows(IllegalArgumentException.class, () -> Name.checked(" "))
                        .getMessage());
        assertEquals(
                "name",
                assertThrows(NullPointerException.class, () -> Name.checked(null))
                        .getMessage());
    }
}
