package dev.weir.ratelimit;

import java.time.Duration;
import java.util.Map;
import java.util.function.Function;

/** The code of this package's documentation. */
final class RateLimitSnippets {
    private RateLimitSnippets() {}

    static int overview() throws InterruptedException {
        int calls = 0;
        // @start region="overview"
        RateLimiter limiter = RateLimiter.of(Rate.perSecond(100).withBurst(10));
        for (int i = 0; i < 20; i++) {
            limiter.acquire(); // ten at once, then one every 10 ms
            calls++;
        }
        // @end
        return calls;
    }

    static String ask(RateLimiter limiter) throws InterruptedException {
        // @start region="ask"
        if (limiter.tryAcquire()) {
            return "now";
        }
        if (limiter.tryAcquire(Duration.ofMillis(50))) {
            return "within 50 ms";
        }
        limiter.acquire();
        return "in the end";
        // @end
    }

    static String reserve(RateLimiter limiter, boolean stillWanted) throws InterruptedException {
        // @start region="reserve"
        Reservation reservation = limiter.reserve(5);
        if (reservation.delay().compareTo(Duration.ofSeconds(10)) > 0 || !stillWanted) {
            reservation.cancel(); // those behind move up
            return "another time";
        }
        reservation.await();
        return "granted";
        // @end
    }

    static void priorities() throws InterruptedException {
        // @start region="priorities"
        RateLimiter limiter = TokenBucket.builder(Rate.perSecond(100))
                .priorities(Duration.ofSeconds(1))
                .build();
        RateLimiter interactive = limiter.withPriority(10); // passes what has waited up to 10 s
        interactive.acquire();
        limiter.acquireAsync().join(); // of priority 0
        // @end
    }

    static boolean striped() {
        // @start region="striped"
        RateLimiter limiter = StripedTokenBucket.builder(Rate.perSecond(20_000_000), Duration.ofMillis(1))
                .build();
        boolean admitted = limiter.tryAcquire(); // by a thread of many that do little else
        // @end
        return admitted;
    }

    static void shares(String customer) throws InterruptedException {
        // @start region="shares"
        RateLimiter limiter = TokenBucket.builder(Rate.perSecond(100))
                .fairShares(Map.of("internal", 3)) // as much as three others
                .build();
        limiter.forTenant(customer).acquire(); // a customer that floods waits for itself
        // @end
    }

    static boolean allOf(byte[] message) throws InterruptedException {
        // @start region="allOf"
        CombinedLimiter limits = RateLimiter.allOf(
                RateLimiter.of(Rate.perSecond(100)), // requests
                RateLimiter.of(Rate.perSecond(1_000_000))); // bytes
        if (!limits.tryAcquire(1, message.length)) {
            limits.acquire(1, message.length); // both, or none if this is interrupted
        }
        // @end
        return limits.check(1, message.length).decision().admitted();
    }

    static String allOfKeyed(KeyedRateLimiter<String> perUser, RateLimiter all, String user)
            throws InterruptedException {
        // @start region="allOfKeyed"
        RateLimiter mails = RateLimiter.allOf(perUser.limiter(user), all);
        return mails.decorate((String to) -> "mail to " + to).apply(user);
        // @end
    }

    static String keyed(String user) {
        // @start region="keyed"
        KeyedRateLimiter<String> limiter = KeyedRateLimiter.<String>builder(Rate.perMinute(60))
                .ratePerKey(key -> key.equals("premium") ? Rate.perMinute(600) : null)
                .maxKeys(100_000)
                .build();

        Decision decision = limiter.check(user);
        return decision.admitted() ? "200" : "429, Retry-After: " + RateLimitHeaders.retryAfter(decision);
        // @end
    }

    record Answer(String text, long tokens) {}

    static String settle(RateLimiter tokensPerMinute, Function<String, Answer> model, String prompt)
            throws InterruptedException {
        // @start region="settle"
        try (Settlement tokens = tokensPerMinute.acquireEstimate(prompt.length() / 4 + 500)) {
            Answer answer = model.apply(prompt); // if this throws, it has cost the estimate
            tokens.settle(answer.tokens());
            return answer.text();
        }
        // @end
    }

    static boolean pause(RateLimiter limiter, int status, Duration retryAfter) {
        // @start region="pause"
        if (status == 429) {
            limiter.pauseFor(retryAfter); // for all who share the limiter
        }
        // @end
        return limiter.tryAcquire();
    }

    static String keyedWaiting(KeyedRateLimiter<String> limits, String tenant) throws InterruptedException {
        // @start region="keyedWaiting"
        RateLimiter limiter = limits.limiter(tenant);
        limiter.replaceRate(Rate.perMinute(600)); // the tenant has a new plan
        limiter.acquire(); // waits in the line of this tenant
        // @end
        return limiter.check().admitted() ? "now" : "later";
    }

    static void adaptive(Function<String, Integer> service, String request) throws InterruptedException {
        // @start region="adaptive"
        RateLimiter limiter = RateLimiter.of(Rate.perSecond(10).withBurst(2));
        AdaptiveRate rate = AdaptiveRate.builder(limiter, 1, 1_000).step(5).build();

        limiter.acquire();
        if (service.apply(request) == 429) {
            rate.refused(Duration.ofSeconds(2)); // as its Retry-After says
        } else {
            rate.succeeded();
        }
        // @end
    }
}
