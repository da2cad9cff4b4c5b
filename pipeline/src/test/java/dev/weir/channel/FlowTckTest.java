package dev.weir.channel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Flow;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.reactivestreams.tck.TestEnvironment;
import org.reactivestreams.tck.flow.FlowPublisherVerification;
import org.reactivestreams.tck.flow.FlowSubscriberBlackboxVerification;
import org.testng.ITestResult;
import org.testng.TestListenerAdapter;
import org.testng.TestNG;

/** The compatibility kit of reactive streams, which needs TestNG to run it. */
@Timeout(300)
class FlowTckTest {
    private static final long WAIT_MILLIS =
            3_000; // for what comes for sure; three tests of the kit always take so long
    private static final long LONG_WAIT_MILLIS = 30_000; // if that was not enough, as on a busy machine
    private static final long QUIET_MILLIS = 30;
    private static final int COLLECTIONS = 50;

    private static volatile long waitMillis = WAIT_MILLIS;

    @Test
    void a_channel_as_a_publisher_keeps_the_rules() {
        run(PublisherRules.class, 20);
    }

    @Test
    void a_channel_as_a_subscriber_keeps_the_rules() {
        run(SubscriberRules.class, 10);
    }

    private static void run(Class<?> rules, int atLeast) {
        waitMillis = WAIT_MILLIS;
        TestListenerAdapter first = resultsOf(rules);
        boolean late = failures(first).stream().anyMatch(failure -> failure.contains(WAIT_MILLIS + " ms"));
        waitMillis = LONG_WAIT_MILLIS;
        TestListenerAdapter results = late ? resultsOf(rules) : first;
        assertEquals(List.of(), failures(results));
        assertTrue(results.getPassedTests().size() >= atLeast, () -> "passed: " + results.getPassedTests());
    }

    private static TestListenerAdapter resultsOf(Class<?> rules) {
        TestListenerAdapter results = new TestListenerAdapter();
        TestNG testNg = new TestNG(false);
        testNg.setVerbose(0);
        testNg.setTestClasses(new Class<?>[] {rules});
        testNg.addListener(results);
        testNg.run();
        return results;
    }

    private static List<String> failures(TestListenerAdapter results) {
        List<String> failed = new ArrayList<>();
        for (ITestResult result : results.getFailedTests()) {
            failed.add(result.getName() + ": " + result.getThrowable());
        }
        return failed;
    }

    /** Run by TestNG alone. */
    public static class PublisherRules extends FlowPublisherVerification<Integer> {
        private final TestEnvironment environment;

        public PublisherRules() {
            this(new TestEnvironment(waitMillis, QUIET_MILLIS));
        }

        private PublisherRules(TestEnvironment environment) {
            super(environment, 100);
            this.environment = environment;
        }

        /** The kit gives the collector a tenth of a second; what is dropped "eventually" may take longer. */
        @Override
        @org.testng.annotations.Test
        public void required_spec313_cancelMustMakeThePublisherEventuallyDropAllReferencesToTheSubscriber()
                throws Throwable {
            for (int tries = 1; ; tries++) {
                try {
                    super.required_spec313_cancelMustMakeThePublisherEventuallyDropAllReferencesToTheSubscriber();
                    return;
                } catch (AssertionError notYet) {
                    if (tries == COLLECTIONS) {
                        throw notYet;
                    }
                    environment.clearAsyncErrors();
                }
            }
        }

        @Override
        public Flow.Publisher<Integer> createFlowPublisher(long elements) {
            Channel<Integer> channel = Channel.unbounded();
            for (int i = 0; i < elements; i++) {
                channel.trySend(i);
            }
            channel.close();
            return channel.asPublisher();
        }

        @Override
        public Flow.Publisher<Integer> createFailedFlowPublisher() {
            Channel<Integer> channel = Channel.unbounded();
            channel.fail(new IllegalStateException("expected by the test"));
            return channel.asPublisher();
        }

        @Override
        public long maxElementsFromPublisher() {
            return 1_000;
        }
    }

    /** Run by TestNG alone. */
    public static class SubscriberRules extends FlowSubscriberBlackboxVerification<Integer> {
        public SubscriberRules() {
            super(new TestEnvironment(waitMillis, QUIET_MILLIS));
        }

        @Override
        public Flow.Subscriber<Integer> createFlowSubscriber() {
            return Channel.<Integer>bounded(4).asSubscriber(4);
        }

        @Override
        public Integer createElement(int element) {
            return element;
        }
    }
}
