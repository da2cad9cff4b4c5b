package dev.weir.spring;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import dev.weir.core.pool.TaskRejectedException;
import dev.weir.core.pool.WorkerPool;
import dev.weir.testkit.CapturedLog;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

class PoolShutdownTest {
    private static final int SUBMITTERS = 4;

    @Test
    void every_task_that_was_accepted_under_load_is_done_when_the_application_has_ended() {
        Contexts.plain("weir.pools.work.max-workers=2", "weir.pools.work.queue-capacity=50")
                .run(context -> {
                    WorkerPool pool = context.getBean(WorkerPool.class);
                    AtomicLong ran = new AtomicLong();
                    AtomicLong accepted = new AtomicLong();
                    CountDownLatch begun = new CountDownLatch(SUBMITTERS * 100);
                    List<Thread> submitters = new ArrayList<>();
                    List<Throwable> failures = new CopyOnWriteArrayList<>();
                    for (int i = 0; i < SUBMITTERS; i++) {
                        submitters.add(Thread.ofPlatform().start(() -> {
                            try {
                                while (true) {
                                    pool.execute(ran::incrementAndGet);
                                    accepted.incrementAndGet();
                                    begun.countDown();
                                }
                            } catch (TaskRejectedException closed) {
                                // the end that is waited for
                            } catch (Throwable failure) {
                                failures.add(failure);
                            }
                        }));
                    }
                    begun.await();
                    context.getSourceApplicationContext().close();
                    for (Thread submitter : submitters) {
                        submitter.join();
                    }
                    assertThat(failures).isEmpty();
                    assertThat(pool.isTerminated()).isTrue();
                    assertThat(ran.get()).isEqualTo(accepted.get());
                });
    }

    @Test
    void what_a_shutdown_cuts_short_is_logged_with_its_names() throws Exception {
        List<String> log = CapturedLog.during(
                PoolLifecycle.class,
                () -> Contexts.plain("weir.pools.work.max-workers=1", "weir.pools.work.close-timeout=0s")
                        .run(context -> {
                            WorkerPool pool = context.getBean(WorkerPool.class);
                            CountDownLatch begun = new CountDownLatch(1);
                            Future<?> hangs = pool.submit(() -> {
                                begun.countDown();
                                new CountDownLatch(1).await();
                                return null;
                            });
                            Future<?> waits = pool.submit(() -> {});
                            begun.await();
                            context.getSourceApplicationContext().close();
                            assertThat(waits.isCancelled()).isTrue();
                            assertThat(hangs).isNotNull();
                        }));
        assertThat(log).hasSize(1);
        assertThat(log.get(0))
                .startsWith("WARN Pool work is shut down after PT0S with 1 tasks that never started and 1 that were"
                        + " interrupted: ");
    }

    @Test
    void a_clean_shutdown_is_logged() throws Exception {
        ((Logger) LoggerFactory.getLogger(PoolLifecycle.class)).setLevel(Level.INFO);
        assertThat(CapturedLog.during(
                        PoolLifecycle.class,
                        () -> Contexts.plain("weir.pools.work.max-workers=1").run(context -> {})))
                .containsExactly("INFO Pool work is shut down, and all of its tasks are done");
    }

    @Configuration(proxyBeanMethods = false)
    static class LateUser {
        static final List<String> SEEN = new CopyOnWriteArrayList<>();

        @Bean
        SmartLifecycle webServer(WorkerPool pool) {
            return new SmartLifecycle() {
                private boolean running;

                @Override
                public void start() {
                    running = true;
                }

                @Override
                public void stop() {
                    running = false;
                    pool.execute(() -> SEEN.add("a request in flight"));
                }

                @Override
                public boolean isRunning() {
                    return running;
                }

                @Override
                public int getPhase() {
                    return SmartLifecycle.DEFAULT_PHASE - 1024; // that of the graceful shutdown of a web server
                }
            };
        }
    }

    @Test
    void a_pool_takes_tasks_until_the_web_server_has_stopped() {
        LateUser.SEEN.clear();
        Contexts.plain("weir.pools.work.max-workers=1")
                .withUserConfiguration(LateUser.class)
                .run(context -> context.getSourceApplicationContext().close());
        assertThat(LateUser.SEEN).containsExactly("a request in flight");
    }

    @Test
    void an_application_that_stops_and_starts_again_goes_on_with_its_tasks() {
        Contexts.plain("weir.pools.work.max-workers=1").run(context -> {
            ConfigurableApplicationContext application = context.getSourceApplicationContext();
            WorkerPool pool = context.getBean(WorkerPool.class);
            application.stop();
            Future<String> task = pool.submit(() -> "done");
            assertThat(pool.metrics().active()).isZero();
            assertThat(task.isDone()).isFalse();
            application.start();
            assertThat(task.get()).isEqualTo("done");
        });
    }
}
