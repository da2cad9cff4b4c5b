package dev.weir.spring;

import dev.weir.batch.Batcher;
import dev.weir.channel.Channel;
import dev.weir.core.pool.WorkerPool;
import dev.weir.core.sync.AdaptiveLimit;
import dev.weir.core.sync.KeyedExecutor;
import dev.weir.core.sync.KeyedSemaphore;
import dev.weir.core.sync.ResizableSemaphore;
import dev.weir.micrometer.WeirMeters;
import dev.weir.pipeline.RunningPipeline;
import dev.weir.ratelimit.KeyedRateLimiter;
import dev.weir.ratelimit.RateLimiter;
import dev.weir.ratelimit.remote.KeyedRemoteRateLimiter;
import dev.weir.retry.Hedge;
import dev.weir.retry.Retry;
import dev.weir.retry.RetryBudget;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanPostProcessor;

/** Adds each bean that is a part to the meters when it is made, which a bean that nobody needs is not for that. */
final class PartMeters implements BeanPostProcessor {
    private static final Logger LOG = LoggerFactory.getLogger(PartMeters.class);

    /** Not before there is a part, so that the meters are a bean like others. */
    private final ObjectProvider<WeirMeters> meters;

    PartMeters(ObjectProvider<WeirMeters> meters) {
        this.meters = meters;
    }

    @Override
    public Object postProcessAfterInitialization(Object bean, String beanName) {
        try {
            add(bean);
        } catch (RuntimeException refused) { // the application can do without its meters
            LOG.error("The bean {} has no meters", beanName, refused);
        }
        return bean;
    }

    private void add(Object bean) {
        switch (bean) {
            case WorkerPool pool -> meters.getObject().add(pool);
            case KeyedExecutor<?> executor -> meters.getObject().add(executor);
            case ResizableSemaphore semaphore -> meters.getObject().add(semaphore);
            case KeyedSemaphore<?> semaphore -> meters.getObject().add(semaphore);
            case AdaptiveLimit limit -> meters.getObject().add(limit);
            case RateLimiter limiter -> meters.getObject().add(limiter);
            case KeyedRateLimiter<?> limiter -> meters.getObject().add(limiter);
            case KeyedRemoteRateLimiter limiter -> meters.getObject().add(limiter);
            case Retry retry -> meters.getObject().add(retry);
            case RetryBudget budget -> meters.getObject().add(budget);
            case Hedge hedge -> meters.getObject().add(hedge);
            case Channel<?> channel -> meters.getObject().add(channel);
            case RunningPipeline pipeline -> meters.getObject().add(pipeline);
            case Batcher<?, ?> batcher -> meters.getObject().add(batcher);
            default -> {}
        }
    }
}
