package dev.weir.spring;

import dev.weir.ratelimit.Rate;
import java.util.function.Supplier;

/** The rate of the keys of a limiter, which reads it with each request. */
final class LiveRate implements Supplier<Rate> {
    private volatile Rate rate;

    LiveRate(Rate rate) {
        this.rate = rate;
    }

    @Override
    public Rate get() {
        return rate;
    }

    void set(Rate rate) {
        this.rate = rate;
    }
}
