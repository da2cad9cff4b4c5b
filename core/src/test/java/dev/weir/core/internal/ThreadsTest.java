package dev.weir.core.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import dev.weir.core.time.TimeSource;
import java.net.URL;
import java.net.URLClassLoader;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;

@Timeout(60)
class ThreadsTest {
    private static final InheritableThreadLocal<String> CONTEXT = new InheritableThreadLocal<>();

    private final ClassLoader before = Thread.currentThread().getContextClassLoader();

    static List<Function<Runnable, Thread>> makers() {
        ThreadFactory virtual = Threads.virtualFactory("factory-");
        ThreadFactory platform = Threads.platformFactory("factory-");
        ThreadFactory daemon = Threads.daemonFactory("factory-");
        return List.of(
                task -> Threads.virtual("one", task),
                task -> Threads.platform("one", task),
                task -> Threads.daemon("one", task),
                Threads::timer,
                virtual::newThread,
                platform::newThread,
                daemon::newThread);
    }

    @BeforeEach
    void beAStarterWithAContext() {
        CONTEXT.set("of the starter");
        Thread.currentThread().setContextClassLoader(new URLClassLoader(new URL[0]));
    }

    @AfterEach
    void beAsBefore() {
        CONTEXT.remove();
        Thread.currentThread().setContextClassLoader(before);
    }

    @ParameterizedTest
    @MethodSource("makers")
    void a_thread_has_nothing_of_its_maker(Function<Runnable, Thread> maker) throws Exception {
        AtomicReference<String> context = new AtomicReference<>("none looked");
        AtomicReference<ClassLoader> loader = new AtomicReference<>();
        int priority = Thread.currentThread().getPriority();
        Thread thread;
        Thread.currentThread().setPriority(Thread.MIN_PRIORITY);
        try {
            thread = maker.apply(() -> {
                context.set(CONTEXT.get());
                loader.set(Thread.currentThread().getContextClassLoader());
            });
        } finally {
            Thread.currentThread().setPriority(priority);
        }
        assertEquals(Thread.State.NEW, thread.getState());
        assertEquals(Thread.NORM_PRIORITY, thread.getPriority());
        thread.start();
        thread.join();
        assertNull(context.get());
        assertSame(ClassLoader.getSystemClassLoader(), loader.get());
    }

    @Test
    void a_thread_is_of_the_kind_and_the_name_that_were_asked_for() {
        Runnable nothing = () -> {};
        assertTrue(Threads.virtual("v", nothing).isVirtual());
        assertEquals("v", Threads.virtual("v", nothing).getName());
        assertFalse(Threads.platform("p", nothing).isVirtual());
        assertFalse(Threads.platform("p", nothing).isDaemon());
        assertEquals("p", Threads.platform("p", nothing).getName());
        assertTrue(Threads.daemon("d", nothing).isDaemon());
        assertFalse(Threads.daemon("d", nothing).isVirtual());
        assertNull(Threads.daemon("d", nothing).getThreadGroup().getParent());
    }

    @Test
    void a_factory_numbers_its_threads() {
        for (ThreadFactory factory : List.of(
                Threads.virtualFactory("pool-"), Threads.platformFactory("pool-"), Threads.daemonFactory("pool-"))) {
            assertEquals("pool-0", factory.newThread(() -> {}).getName());
            assertEquals("pool-1", factory.newThread(() -> {}).getName());
        }
        assertTrue(Threads.virtualFactory("").newThread(() -> {}).isVirtual());
        assertFalse(Threads.platformFactory("").newThread(() -> {}).isDaemon());
        assertTrue(Threads.daemonFactory("").newThread(() -> {}).isDaemon());
    }

    @ParameterizedTest
    @MethodSource("makers")
    void a_failure_that_ends_a_thread_is_logged(Function<Runnable, Thread> maker) throws Exception {
        AtomicReference<String> logged = new AtomicReference<>();
        AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
            @Override
            protected void append(ILoggingEvent event) {
                logged.set(event.getLevel() + " " + event.getThrowableProxy().getMessage());
            }
        };
        Logger logger = (Logger) LoggerFactory.getLogger(Threads.class);
        appender.start();
        logger.addAppender(appender);
        logger.setAdditive(false);
        try {
            Thread thread = maker.apply(() -> {
                throw new IllegalStateException("the end");
            });
            thread.start();
            thread.join();
        } finally {
            logger.setAdditive(true);
            logger.detachAppender(appender);
        }
        assertEquals("ERROR the end", logged.get());
    }

    @Test
    void the_shared_timer_knows_its_thread() throws Exception {
        CompletableFuture<Boolean> seen = new CompletableFuture<>();
        TimeSource.system().schedule(() -> seen.complete(Threads.isTimer()), Duration.ZERO);
        assertTrue(seen.get());
        assertFalse(Threads.isTimer());
    }
}
