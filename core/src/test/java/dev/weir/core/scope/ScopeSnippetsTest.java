package dev.weir.core.scope;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.weir.core.scope.ScopeSnippets.Page;
import dev.weir.core.scope.ScopeSnippets.Shop;
import dev.weir.core.scope.ScopeSnippets.User;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ScopeSnippetsTest {
    private static final IOException CLOSED = new IOException("closed");

    private final Shop open = new Shop() {
        @Override
        public User user(int id) {
            return new User("user " + id);
        }

        @Override
        public List<String> orders(int id) {
            return List.of("order " + id);
        }

        @Override
        public String pay(int id) {
            return "receipt " + id;
        }
    };

    private final Shop broken = new Shop() {
        @Override
        public User user(int id) throws IOException {
            throw CLOSED;
        }

        @Override
        public List<String> orders(int id) throws InterruptedException {
            new CountDownLatch(1).await();
            return List.of();
        }

        @Override
        public String pay(int id) throws IOException {
            throw CLOSED;
        }
    };

    @Test
    void the_documentation_does_what_it_says() throws Exception {
        ScopeSnippets snippets = new ScopeSnippets(open, broken);
        Page page = new Page(new User("user 1"), List.of("order 1"));
        assertEquals(page, snippets.failFast(1));
        assertEquals(page, snippets.join(1));
        assertEquals("user 1", snippets.joinAll(1));
        assertEquals(List.of("order 1"), snippets.builder(1));
        assertEquals(1, snippets.timeout(1));
        assertEquals("receipt 1", snippets.shield(1));
    }

    @Test
    void the_documentation_fails_as_it_says() throws Exception {
        ScopeSnippets snippets = new ScopeSnippets(broken, open);
        assertSame(CLOSED, assertThrows(IOException.class, () -> snippets.failFast(1)));
        assertSame(CLOSED, assertThrows(IOException.class, () -> snippets.join(1)));
        assertEquals(List.of("order 1"), snippets.builder(1));
        assertSame(CLOSED, assertThrows(IOException.class, () -> snippets.shield(1)));
    }
}
