package dev.weir.jcstress.ratelimit;

import dev.weir.jcstress.StressClock;
import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.RateLimiter;
import dev.weir.ratelimit.TokenBucket;
import java.lang.reflect.Proxy;
import java.util.concurrent.CompletableFuture;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZI_Result;

/** The limit in whose line a request of two limits stands grants it, while the request is cancelled. */
@JCStressTest
@Outcome(id = "true, false, 1", expect = Expect.ACCEPTABLE, desc = "left the line, and nothing was taken")
@Outcome(id = "true, true, 2", expect = Expect.ACCEPTABLE, desc = "cancelled after the grant, and all is given back")
@Outcome(id = "false, true, 0", expect = Expect.ACCEPTABLE, desc = "both permits are the request's")
@Outcome(expect = Expect.FORBIDDEN, desc = "a permit is lost or doubled")
@State
public class SeveralLimitsGrantOrCancel {
    private final TokenBucket first = bucket(0);
    private final TokenBucket second = bucket(1);
    private final CompletableFuture<Void> place = new CompletableFuture<>();
    private final CompletableFuture<?> request =
            RateLimiter.allOf(inPlace(), second).acquireAsync();

    private static TokenBucket bucket(long initialPermits) {
        return TokenBucket.builder(Rate.perSecond(3))
                .initialPermits(initialPermits)
                .timeSource(new StressClock())
                .build();
    }

    /** The first limit, which grants when the place is completed. */
    private RateLimiter inPlace() {
        return (RateLimiter) Proxy.newProxyInstance(
                RateLimiter.class.getClassLoader(),
                new Class<?>[] {RateLimiter.class},
                (proxy, method, arguments) ->
                        method.getName().equals("acquireAsync") ? place : method.invoke(first, arguments));
    }

    @Actor
    public void cancel(ZZI_Result result) {
        result.r1 = request.cancel(false);
    }

    @Actor
    public void grant(ZZI_Result result) {
        result.r2 = place.complete(null);
    }

    @Arbiter
    public void look(ZZI_Result result) {
        result.r3 = (int) (first.drain() + second.drain());
    }
}
