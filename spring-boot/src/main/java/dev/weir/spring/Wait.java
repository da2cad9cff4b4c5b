package dev.weir.spring;

import java.time.Duration;
import org.springframework.boot.convert.DurationStyle;

/** How long a call waits. */
record Wait(Duration duration) {
    private static final Duration FOREVER = Duration.ofNanos(Long.MAX_VALUE);

    static Wait of(String text) {
        if (text.equals("forever")) {
            return new Wait(FOREVER);
        }
        Duration duration;
        try {
            duration = DurationStyle.detectAndParse(text);
        } catch (IllegalArgumentException refused) {
            throw new IllegalArgumentException(
                    "maxWait must be a duration, such as 500ms, or \"forever\", but is \"" + text + "\"", refused);
        }
        if (duration.isNegative()) {
            throw new IllegalArgumentException("maxWait must not be negative, but is " + text);
        }
        return new Wait(duration);
    }

    boolean isNone() {
        return duration.isZero();
    }
}
