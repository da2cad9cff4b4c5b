package dev.weir.spring;

import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;

/** The properties of one part: takes values to a builder, and names the property that the builder refuses. */
final class Settings {
    private final String prefix;

    Settings(PartKind kind, String name) {
        this.prefix = kind.property(name);
    }

    /** Takes a value that is set to a builder. */
    <V> void set(String property, @Nullable V value, Consumer<? super V> builder) {
        if (value != null) {
            make(property, value, its -> {
                builder.accept(its);
                return true;
            });
        }
    }

    /** What a property makes. */
    <V, R> R make(String property, V value, Function<? super V, R> maker) {
        try {
            return maker.apply(value);
        } catch (IllegalArgumentException refused) {
            throw invalid(property, value, refused);
        }
    }

    InvalidConfigurationPropertyValueException invalid(String property, @Nullable Object value, Exception refused) {
        var invalid = invalid(property, value, String.valueOf(refused.getMessage()));
        invalid.addSuppressed(refused); // its cause is set already
        return invalid;
    }

    InvalidConfigurationPropertyValueException invalid(String property, @Nullable Object value, String reason) {
        String name = property.isEmpty() ? prefix : prefix + "." + property;
        return new InvalidConfigurationPropertyValueException(name, value == null ? "" : value, reason + ".");
    }
}
