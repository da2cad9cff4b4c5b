package consumer;

import dev.weir.core.ThrowingFunction;
import dev.weir.core.fanout.FanOut;
import dev.weir.pipeline.Pipeline;
import dev.weir.pipeline.RunningPipeline;
import dev.weir.ratelimit.Rate;
import dev.weir.ratelimit.RateLimiter;
import dev.weir.retry.Retry;
import dev.weir.retry.RetryPolicy;
import java.util.ArrayList;
import java.util.List;

/** Uses Weir's modules, and proves that what is internal stays so. */
public final class Modular {
    public static void main(String[] args) throws Exception {
        RateLimiter limiter = RateLimiter.of(Rate.perSecond(1_000));
        Retry retry = Retry.of(RetryPolicy.defaults());
        ThrowingFunction<Integer, Integer, RuntimeException> square = n -> n * n;
        List<Integer> squares = FanOut.over(List.of(1, 2, 3)).map(retry.decorate(limiter.decorate(square)));
        List<Integer> stored = new ArrayList<>();
        try (RunningPipeline running =
                Pipeline.from(squares).map("double", n -> n * 2).to("store", stored::add).start()) {
            running.awaitCompletion();
        }
        Module core = FanOut.class.getModule();
        if (!stored.equals(List.of(2, 8, 18)) || core.isExported("dev.weir.core.internal", Modular.class.getModule())) {
            throw new AssertionError("wrong: " + stored);
        }
        System.out.println(core + " in an image of " + ModuleLayer.boot().modules().size() + " modules");
    }
}
